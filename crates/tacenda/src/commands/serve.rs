//! `tacenda serve`: the services, as configured.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use tacenda_crypto::SystemRandom;
use tacenda_kernel::{SystemClock, TrustedProxies};

use super::{doctor, say};
use crate::{
    folder::{DataFolder, read_root_key},
    home::Home,
    keys,
    mail::post,
    providers::providers,
    reload::Reload,
    running::{Running, Sockets},
    settings::Settings,
    standing,
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

    /// The file itself.
    pub(crate) fn path(&self) -> &Path {
        &self.config
    }
}

pub(crate) async fn run(command: ServeCommand) -> Result<ExitCode> {
    let Which::All(configured) = command.which;
    let settings = configured.settings()?;
    let unsafe_settings = doctor::examine(&settings, configured.path());
    if !unsafe_settings.is_empty() {
        unsafe_settings.iter().for_each(|finding| say(&finding.to_string()));
        bail!("this configuration is not safe and is not served");
    }
    say_what_starts(&settings, configured.path());
    let files = TlsFiles { certificate: settings.tls_certificate.clone(), key: settings.tls_key.clone() };
    let certificates = files.certificates()?;
    let sockets = Sockets::bind(settings.listen, certificates.server_config()?, settings.http_listen).await?;
    let home = Home::to_serve(&settings, configured.path()).await?;
    let reload = Reload::of_configuration(
        certificates,
        configured.path().to_owned(),
        settings.clone(),
        home.databases.clone(),
    );
    let served = serve(&settings, &home, sockets, reload).await;
    home.close().await;
    served?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(settings: &Settings, home: &Home, sockets: Sockets, reload: Reload) -> Result<()> {
    standing::refuse_unsafe(&home.databases).await?;
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
    running.until_told_to_stop(reload).await
}

/// One line of the log that says which release runs, by which configuration, and where.
fn say_what_starts(settings: &Settings, config: &Path) {
    let databases = match settings.databases.len() {
        0 => "private".to_owned(),
        configured => format!("{configured} configured"),
    };
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        config = %config.display(),
        data = %settings.data.display(),
        origin = settings.origin,
        listen = %settings.listen,
        http_listen = settings.http_listen.map(|address| address.to_string()),
        databases,
        "starting"
    );
}
