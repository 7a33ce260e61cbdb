//! What a hang-up signal (`kill -HUP`) changes in a running server: its certificate, passwords of its databases, the rules
//! about accounts, the proxies that are believed, and the way of mail. What is new and bad is named, and what was there
//! before stays in force; so is what needs a new start.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context, Result};
use tacenda_accounts::Post;
use tacenda_postgres::Endpoint;
use tokio::sync::watch;

use crate::{
    databases::Databases, folder::DataFolder, mail::post, settings::Settings, system::System,
    tls::Certificates,
};

/// What there is to be read again.
pub struct Reload {
    certificates: Arc<Certificates>,
    configured: Option<Configured>,
}

/// What runs.
pub struct Live<'a> {
    /// The system.
    pub system: &'a System,
    /// The way of mail.
    pub post: &'a watch::Sender<Arc<Post>>,
}

/// A configuration file, and what of it is in force.
struct Configured {
    config: PathBuf,
    settings: Settings,
    databases: Databases,
}

/// What came of it, part by part.
#[derive(Default)]
struct Outcome {
    changed: Vec<String>,
    kept: Vec<String>,
}

impl Reload {
    /// The certificate alone.
    #[must_use]
    pub fn of_certificate(certificates: Arc<Certificates>) -> Self {
        Self { certificates, configured: None }
    }

    /// Everything that a configuration file says and a running server can take.
    #[must_use]
    pub fn of_configuration(
        certificates: Arc<Certificates>,
        config: PathBuf,
        settings: Settings,
        databases: Databases,
    ) -> Self {
        Self { certificates, configured: Some(Configured { config, settings, databases }) }
    }

    /// Reads it all again, and says in one line of the log what changed.
    pub async fn reload(&mut self, live: &Live<'_>) {
        let mut outcome = Outcome::default();
        match self.certificates.reload() {
            Ok(true) => outcome.changed.push("the certificate".to_owned()),
            Ok(false) => {}
            Err(error) => outcome.kept.push(format!("the certificate ({error:#})")),
        }
        if let Some(configured) = &mut self.configured
            && let Err(error) = configured.reload(live, &mut outcome).await
        {
            outcome.kept.push(format!("the configuration ({error:#})"));
        }
        outcome.say();
    }
}

impl Configured {
    async fn reload(&mut self, live: &Live<'_>, outcome: &mut Outcome) -> Result<()> {
        let new = Settings::read(&self.config)?;
        let endpoints = new.endpoints()?;
        for (service, endpoints) in &endpoints {
            let Some(current) = self.databases.endpoint(service) else { continue };
            if !current.leads_where(&endpoints.runtime) {
                outcome.kept.push(format!("the place of the database of {service} (start anew for it)"));
            } else if !current.has_password_of(&endpoints.runtime) {
                match try_password(current, &endpoints.runtime).await {
                    Ok(()) => outcome.changed.push(format!("the password of the database of {service}")),
                    Err(error) => {
                        outcome.kept.push(format!("the password of the database of {service} ({error:#})"))
                    }
                }
            }
        }
        self.take_rules(&new, live, outcome);
        self.take_mail(&new, live, outcome);
        outcome.kept.extend(
            only_at_the_start(&self.settings, &new).map(|name| format!("{name} (start anew for it)")),
        );
        Ok(())
    }

    fn take_rules(&mut self, new: &Settings, live: &Live<'_>, outcome: &mut Outcome) {
        if self.settings.accounts != new.accounts {
            live.system.accounts.take_rules(new.accounts.rules());
            self.settings.accounts = new.accounts;
            outcome.changed.push("[accounts]".to_owned());
        }
        if self.settings.trusted_proxies != new.trusted_proxies {
            live.system.trusted_proxies.replace(new.trusted_proxies.clone());
            self.settings.trusted_proxies.clone_from(&new.trusted_proxies);
            outcome.changed.push("trusted_proxies".to_owned());
        }
    }

    /// Also where it says the same as before: the password in its file may be another.
    fn take_mail(&mut self, new: &Settings, live: &Live<'_>, outcome: &mut Outcome) {
        let folder = DataFolder::open(&self.settings.data);
        match folder.and_then(|folder| post(new.mail.as_ref(), &folder, &self.settings.origin)) {
            Ok(way) => {
                live.post.send_replace(Arc::new(way));
                if self.settings.mail != new.mail {
                    self.settings.mail.clone_from(&new.mail);
                    outcome.changed.push("[mail]".to_owned());
                }
            }
            Err(error) => outcome.kept.push(format!("[mail] ({error:#})")),
        }
    }
}

/// Takes the other's password where it opens the database.
async fn try_password(current: &Endpoint, new: &Endpoint) -> Result<()> {
    new.connect().await.context("it does not open it")?;
    current.take_password_of(new);
    Ok(())
}

/// The names of what differs and is read at the start alone.
fn only_at_the_start<'a>(old: &Settings, new: &Settings) -> impl Iterator<Item = &'a str> {
    let names = |urls: &Settings| urls.databases.keys().cloned().collect::<Vec<_>>();
    [
        ("origin", old.origin != new.origin),
        ("data", old.data != new.data),
        ("listen", old.listen != new.listen),
        ("http_listen", old.http_listen != new.http_listen),
        ("tls_certificate", old.tls_certificate != new.tls_certificate),
        ("tls_key", old.tls_key != new.tls_key),
        ("root_key", old.root_key != new.root_key),
        ("which databases there are", names(old) != names(new)),
        ("[[providers]]", format!("{:?}", old.providers) != format!("{:?}", new.providers)),
    ]
    .into_iter()
    .filter(|(_, differs)| *differs)
    .map(|(name, _)| name)
}

impl Outcome {
    fn say(&self) {
        let list = |parts: &[String]| if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") };
        let (changed, kept) = (list(&self.changed), list(&self.kept));
        if self.kept.is_empty() {
            tracing::info!(changed, "read the configuration again");
        } else {
            tracing::error!(changed, kept_as_before = kept, "read the configuration again");
        }
    }
}
