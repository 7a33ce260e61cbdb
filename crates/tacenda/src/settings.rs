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
use tacenda_postgres::{Endpoint, ServiceEndpoints};

use crate::{folder::refuse_shared, mail::MailSettings, providers::ProviderSettings};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
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
    /// The file with the owner's password, mode 0600, where the URL has none.
    pub owner_password_file: Option<PathBuf>,
    /// As the service, which can define nothing.
    pub runtime: String,
    /// The file with the service's password, mode 0600, where the URL has none. It is read for every connection.
    pub runtime_password_file: Option<PathBuf>,
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
    /// Where a URL is malformed, or would send passwords over a network in the clear, or others may read a password.
    pub fn endpoints(&self) -> Result<BTreeMap<String, ServiceEndpoints>> {
        self.databases
            .iter()
            .map(|(service, urls)| {
                let parse = |url: &str, password: Option<&PathBuf>| {
                    endpoint(url, password).with_context(|| format!("the database of {service}"))
                };
                let owner = parse(&urls.owner, urls.owner_password_file.as_ref())?;
                let runtime = parse(&urls.runtime, urls.runtime_password_file.as_ref())?;
                Ok((service.clone(), ServiceEndpoints { owner, runtime }))
            })
            .collect()
    }
}

fn endpoint(url: &str, password_file: Option<&PathBuf>) -> Result<Endpoint> {
    let endpoint = Endpoint::parse(url)?;
    let Some(file) = password_file else { return Ok(endpoint) };
    refuse_shared(file)?;
    Ok(endpoint.with_password_file(file.clone())?)
}
