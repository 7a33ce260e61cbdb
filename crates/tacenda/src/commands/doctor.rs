//! `tacenda doctor`: what in a configuration is not safe, each by its name. `serve` refuses the same.

use std::{collections::BTreeMap, fmt, process::ExitCode};

use anyhow::{Context, Result, bail};

use super::{say, serve::Configured};
use crate::{
    databases::{Databases, specs},
    folder::read_root_key,
    mail::MailSettings,
    providers,
    settings::{Home, Settings},
    tls::TlsFiles,
};

/// Something that is not safe, or does not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// Its name, for scripts.
    pub(crate) name: &'static str,
    /// What it is and what to do.
    pub(crate) text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.text)
    }
}

pub(crate) async fn run(configured: &Configured) -> Result<ExitCode> {
    let settings = configured.settings()?;
    let findings = examine(&settings);
    findings.iter().for_each(|finding| say(&finding.to_string()));
    if !findings.is_empty() {
        return Ok(ExitCode::FAILURE);
    }
    let home = Home::open(&settings).await?;
    let roles = refuse_unsafe_roles(&home.databases).await;
    home.close().await;
    roles?;
    say("nothing unsafe found");
    Ok(ExitCode::SUCCESS)
}

/// What can be seen without opening a database.
#[must_use]
pub(crate) fn examine(settings: &Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |name, text: String| findings.push(Finding { name, text });
    if let Some(address) = settings.http_listen
        && !address.ip().is_loopback()
    {
        find(
            "plain-http-beyond-loopback",
            format!("http_listen is {address}; use a loopback address, or leave it out"),
        );
    }
    if !settings.origin.starts_with("https://") || settings.origin.ends_with('/') {
        find("insecure-origin", "origin begins with https:// and does not end with a slash".to_owned());
    }
    if let Err(error) = read_root_key(&settings.root_key_file()) {
        find("root-key", format!("{error:#}"));
    }
    let files = TlsFiles { certificate: settings.tls_certificate.clone(), key: settings.tls_key.clone() };
    if let Err(error) = files.server_config() {
        find("tls", format!("{error:#}"));
    }
    if let Some(mail) = &settings.mail {
        findings.extend(examine_mail(mail, &settings.origin));
    }
    if let Err(error) = providers::check(&settings.providers) {
        findings.push(Finding { name: "provider", text: format!("{error:#}") });
    }
    findings.extend(examine_databases(settings));
    findings
}

fn examine_mail(mail: &MailSettings, origin: &str) -> Option<Finding> {
    if mail.is_plain_beyond_loopback() {
        let text = "smtp+plain:// would send mail over a network in the clear; use smtps:// or smtp://";
        return Some(Finding { name: "plain-mail-beyond-loopback", text: text.to_owned() });
    }
    let error = mail.post(origin).err()?;
    Some(Finding { name: "mail", text: format!("{error:#}") })
}

fn examine_databases(settings: &Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    if settings.databases.is_empty() {
        return findings;
    }
    let mut find = |name, text: String| findings.push(Finding { name, text });
    for spec in specs().iter().filter(|spec| !settings.databases.contains_key(&spec.name)) {
        find("missing-database", format!("no database is configured for {}", spec.name));
    }
    for name in settings.databases.keys().filter(|name| !specs().iter().any(|spec| spec.name == **name)) {
        find("unknown-database", format!("there is no service {name}"));
    }
    let endpoints = match settings.endpoints() {
        Ok(endpoints) => endpoints,
        Err(error) => {
            find("database-url", format!("{error:#}"));
            return findings;
        }
    };
    let mut used: BTreeMap<String, &str> = BTreeMap::new();
    for (service, endpoints) in &endpoints {
        if endpoints.owner.role() == endpoints.runtime.role() {
            find(
                "shared-role",
                format!("{service} runs as the owner of its tables; give it a role of its own"),
            );
        }
        if let Some(other) = used.insert(endpoints.runtime.database().to_owned(), service) {
            find("shared-database", format!("{service} and {other} share a database; each needs its own"));
        }
        if let Some(other) = used.insert(format!("role {}", endpoints.runtime.role()), service) {
            find("shared-role", format!("{service} and {other} share a role; each needs its own"));
        }
    }
    findings
}

const POWERS: &str = "select rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls, \
     has_schema_privilege(current_user, 'public', 'create') from pg_roles where rolname = current_user";

/// Refuses runtime roles that could do more than their service.
///
/// # Errors
/// Names the service and what its role can do.
pub(crate) async fn refuse_unsafe_roles(databases: &Databases) -> Result<()> {
    for spec in specs() {
        let rows = databases.get(&spec.name)?.lanes().query(POWERS, &[]).await?;
        let row = rows.first().context("a role does not know itself")?;
        if row.try_get::<_, bool>(0)? {
            bail!("superuser-role: the runtime role of {} is a superuser or as good as one", spec.name);
        }
        if row.try_get::<_, bool>(1)? {
            bail!("ddl-role: the runtime role of {} can make tables", spec.name);
        }
    }
    Ok(())
}
