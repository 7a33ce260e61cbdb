//! `tacenda doctor`: what in a configuration is not safe, each by its name. `serve` refuses the same.

use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt, path::Path, process::ExitCode};

use anyhow::Result;

use super::{say, serve::Configured};
use crate::{
    databases::specs,
    finding::Finding,
    folder::{DataFolder, read_root_key},
    home::Home,
    mail::MailSettings,
    providers,
    settings::Settings,
    standing,
    tls::TlsFiles,
};

pub(crate) async fn run(configured: &Configured) -> Result<ExitCode> {
    let settings = configured.settings()?;
    let findings = examine(&settings, configured.path());
    findings.iter().for_each(|finding| say(&finding.to_string()));
    if !findings.is_empty() {
        return Ok(ExitCode::FAILURE);
    }
    if settings.databases.is_empty()
        && !DataFolder::open(&settings.data).is_ok_and(|folder| folder.has_cluster())
    {
        say("nothing unsafe found in the configuration; there is no private PostgreSQL yet to be looked at");
        return Ok(ExitCode::SUCCESS);
    }
    let home = Home::to_look_at(&settings).await?;
    let findings = standing::examine(&home.databases).await;
    home.close().await;
    let findings = findings?;
    findings.iter().for_each(|finding| say(&finding.to_string()));
    if !findings.is_empty() {
        return Ok(ExitCode::FAILURE);
    }
    say("nothing unsafe found");
    Ok(ExitCode::SUCCESS)
}

/// What can be seen without opening a database.
#[must_use]
pub(crate) fn examine(settings: &Settings, config: &Path) -> Vec<Finding> {
    let mut findings = examine_files(settings, config);
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
    let files = TlsFiles { certificate: settings.tls_certificate.clone(), key: settings.tls_key.clone() };
    if let Err(error) = files.read() {
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

/// Who may read the configuration, the data folder and the root key.
fn examine_files(settings: &Settings, config: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    let has_passwords = settings
        .databases
        .values()
        .any(|urls| urls.owner_password_file.is_none() || urls.runtime_password_file.is_none());
    let mode = fs::metadata(config).map(|about| about.permissions().mode() & 0o777).unwrap_or_default();
    // Where it holds no password, others may read it; to write it is to have its passwords sent elsewhere.
    let fitting = if has_passwords { 0o600 } else { 0o644 };
    if mode & !fitting & 0o077 != 0 {
        let path = config.display();
        let text = format!("{path} is open to others (mode {mode:o}); run: chmod {fitting:o} {path}");
        findings.push(Finding::new("configuration", text));
    }
    let folder = DataFolder::open(&settings.data).ok();
    findings.extend(
        folder.as_ref().and_then(DataFolder::refuse_listed).map(|text| Finding::new("data-folder", text)),
    );
    let key = settings.root_key_file();
    if let Err(error) = read_root_key(&key) {
        let lost = folder.filter(|folder| !key.exists() && folder.is_in_use());
        let text = lost.map_or_else(|| format!("{error:#}"), |folder| folder.missing_root_key());
        findings.push(Finding::new("root-key", text));
    }
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
