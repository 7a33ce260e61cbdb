//! The configuration file of an installation.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    num::NonZeroU16,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use ipnet::IpNet;
use jiff::SignedDuration;
use serde::Deserialize;
use tacenda_accounts::AccountRules;
use tacenda_postgres::{Cluster, Endpoint, ServiceEndpoints};

use crate::{
    databases::{Databases, PREFIX},
    folder::DataFolder,
    mail::MailSettings,
    providers::ProviderSettings,
};

/// What an installation is told. Unknown keys are refused: a mistyped one must not be ignored.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The public URL, without a slash at its end.
    pub origin: String,
    /// The data folder.
    #[serde(default = "usual_folder")]
    pub data: PathBuf,
    /// Where TLS is served.
    pub listen: SocketAddr,
    /// Where plain HTTP is served, for a proxy on this host.
    pub http_listen: Option<SocketAddr>,
    /// The networks (`10.1.2.0/24`) of proxies whose `X-Forwarded-For` is believed. A proxy on this host is named as well.
    #[serde(default)]
    pub trusted_proxies: Vec<IpNet>,
    /// The certificate chain, PEM.
    pub tls_certificate: PathBuf,
    /// Its key, PEM, readable by its owner only.
    pub tls_key: PathBuf,
    /// The root key's file; `root.key` of the data folder where it is not said.
    pub root_key: Option<PathBuf>,
    /// Where mail is sent. With none, it is kept in the folder `mail` of the data folder.
    pub mail: Option<MailSettings>,
    /// What is decided about accounts.
    #[serde(default)]
    pub accounts: AccountSettings,
    /// Identity providers whose people are let in.
    #[serde(default)]
    pub providers: Vec<ProviderSettings>,
    /// One database for each service. With none, a private cluster runs in the data folder.
    #[serde(default)]
    pub databases: BTreeMap<String, DatabaseUrls>,
}

/// What is decided about accounts.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AccountSettings {
    /// People who did not use their account for so many days are suspended.
    pub dormant_after_days: NonZeroU16,
    /// Passwords of security officers and administrators that are older must be changed.
    pub password_age_days: NonZeroU16,
}

impl Default for AccountSettings {
    fn default() -> Self {
        const NINETY: NonZeroU16 = NonZeroU16::MIN.saturating_add(89);
        Self { dormant_after_days: NINETY, password_age_days: NINETY }
    }
}

impl AccountSettings {
    /// The rules that follow.
    #[must_use]
    pub fn rules(self) -> AccountRules {
        let days = |days: NonZeroU16| SignedDuration::from_hours(24 * i64::from(days.get()));
        AccountRules {
            dormant_after: days(self.dormant_after_days),
            password_age: days(self.password_age_days),
        }
    }
}

/// Where a service's database is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseUrls {
    /// As its owner, who migrates it.
    pub owner: String,
    /// As the service, which can define nothing.
    pub runtime: String,
}

fn usual_folder() -> PathBuf {
    PathBuf::from(".tacenda")
}

impl Settings {
    /// Reads a configuration file (TOML).
    ///
    /// # Errors
    /// Where it is missing, malformed or has a key that there is not.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the configuration {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("in {}", path.display()))
    }

    /// The root key's file.
    #[must_use]
    pub fn root_key_file(&self) -> PathBuf {
        self.root_key.clone().unwrap_or_else(|| self.data.join("root.key"))
    }

    /// The endpoints of the configured databases.
    ///
    /// # Errors
    /// Where a URL is malformed, or would send passwords over a network in the clear.
    pub fn endpoints(&self) -> Result<BTreeMap<String, ServiceEndpoints>> {
        let parse = |service: &str, url: &str| {
            Endpoint::parse(url).with_context(|| format!("the database URL of {service}"))
        };
        self.databases
            .iter()
            .map(|(service, urls)| {
                let (owner, runtime) = (parse(service, &urls.owner)?, parse(service, &urls.runtime)?);
                Ok((service.clone(), ServiceEndpoints { owner, runtime }))
            })
            .collect()
    }
}

/// The databases of an installation, and the private cluster they may be in.
pub struct Home {
    /// Every database, migrated and open.
    pub databases: Databases,
    cluster: Option<Cluster>,
}

impl Home {
    /// Opens what the settings name.
    ///
    /// # Errors
    /// Where a database does not answer or cannot be migrated.
    pub async fn open(settings: &Settings) -> Result<Self> {
        if settings.databases.is_empty() {
            return Self::private(&DataFolder::open(&settings.data)?).await;
        }
        let databases = Databases::at(&settings.endpoints()?).await?;
        Ok(Self { databases, cluster: None })
    }

    /// Starts the private cluster of a data folder, or uses the one that runs there.
    ///
    /// # Errors
    /// Where it does not start.
    pub async fn private(folder: &DataFolder) -> Result<Self> {
        let cluster =
            Cluster::attach(folder.postgres()).await.context("the private PostgreSQL does not start")?;
        let databases = Databases::in_cluster(&cluster, PREFIX).await?;
        Ok(Self { databases, cluster: Some(cluster) })
    }

    /// Stops the private cluster, if this process started it.
    pub async fn close(self) {
        if let Some(cluster) = self.cluster {
            cluster.stop().await;
        }
    }
}
