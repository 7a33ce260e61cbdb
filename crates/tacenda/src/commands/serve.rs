//! `tacenda serve`: the services, as configured.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use tacenda_crypto::SystemRandom;
use tacenda_kernel::{SystemClock, TrustedProxies};

use super::{doctor, say};
use crate::{
    folder::{DataFolder, read_root_key},
    keys,
    mail::post,
    providers::providers,
    running::{Running, Sockets},
    settings::{Home, Settings},
    system::{System, SystemParts},
    tls::TlsFiles,
};

/// Runs services.
#[derive(Debug, Args)]
pub(crate) struct ServeCommand {
    #[command(subcommand)]
    which: Which,
}

#[derive(Debug, Subcommand)]
enum Which {
    /// Every service in one process.
    All(Configured),
}

/// A configuration file.
#[derive(Debug, Args)]
pub(crate) struct Configured {
    /// The configuration file (TOML).
    #[arg(long, env = "TACENDA_CONFIG", default_value = "tacenda.toml")]
    config: PathBuf,
}

impl Configured {
    pub(crate) fn settings(&self) -> Result<Settings> {
        Settings::read(&self.config)
    }
}

pub(crate) async fn run(command: ServeCommand) -> Result<ExitCode> {
    let Which::All(configured) = command.which;
    let settings = configured.settings()?;
    let unsafe_settings = doctor::examine(&settings);
    if !unsafe_settings.is_empty() {
        unsafe_settings.iter().for_each(|finding| say(&finding.to_string()));
        bail!("this configuration is not safe and is not served");
    }
    let files = TlsFiles { certificate: settings.tls_certificate.clone(), key: settings.tls_key.clone() };
    let sockets = Sockets::bind(settings.listen, files.server_config()?, settings.http_listen).await?;
    let home = Home::open(&settings).await?;
    doctor::refuse_unsafe_roles(&home.databases).await?;
    let folder = DataFolder::open(&settings.data)?;
    let root = read_root_key(&settings.root_key_file())?;
    keys::make_first(&home.databases, &root, &SystemClock, &SystemRandom).await?;
    let mut system = System::open_with(
        SystemParts {
            databases: home.databases.clone(),
            root,
            origin: settings.origin.clone(),
            witness: folder.witness(),
            rules: settings.accounts.rules(),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
        },
        providers(&settings.providers)?,
    )
    .await?;
    system.trusted_proxies = TrustedProxies::new(settings.trusted_proxies.clone());
    if let Some(address) = settings.http_listen
        && !system.trusted_proxies.include(address.ip())
    {
        let proxy = address.ip();
        tracing::warn!(%proxy, "http_listen has no named proxy: all who come through one there count as one caller");
    }
    let post = post(settings.mail.as_ref(), &folder, &settings.origin)?;
    if settings.mail.is_none() {
        tracing::warn!(folder = %folder.mail().display(), "no mail server is configured: mail is kept here");
    }
    let running = Running::start(Arc::new(system), sockets, post)?;
    say(&format!("tacenda: ready at {}", settings.origin));
    running.until_told_to_stop().await?;
    home.close().await;
    Ok(ExitCode::SUCCESS)
}
