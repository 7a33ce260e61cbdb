//! `tacenda ledger`: verifying it, and what others verify it with.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::{Context, Result};
use clap::Subcommand;
use tacenda_crypto::{RootKey, SystemRandom};
use tacenda_kernel::SystemClock;

use super::{Data, say};
use crate::{
    folder::{DataFolder, read_root_key},
    keys,
    settings::{Home, Settings},
    system::ORIGIN,
    verify::{Verification, verify},
};

/// Looks after the ledger.
#[derive(Debug, Subcommand)]
pub(crate) enum LedgerCommand {
    /// Check every entry, the tree, the signatures, and every stored version against its entry.
    Verify(VerifyCommand),
    /// Print the public key of the checkpoints, for those who verify proofs: a C2SP signed-note verifier key.
    Key(KeyCommand),
}

/// Of which installation.
#[derive(Debug, clap::Args)]
pub(crate) struct KeyCommand {
    #[command(flatten)]
    data: Data,
    /// The configuration file of an installation whose root key is elsewhere.
    #[arg(long, conflicts_with = "data")]
    config: Option<PathBuf>,
}

/// Of which installation.
#[derive(Debug, clap::Args)]
pub(crate) struct VerifyCommand {
    #[command(flatten)]
    data: Data,
    /// The configuration file of an installation whose databases or root key are elsewhere.
    #[arg(long, conflicts_with = "data")]
    config: Option<PathBuf>,
}

pub(crate) async fn run(command: LedgerCommand) -> Result<ExitCode> {
    match command {
        LedgerCommand::Verify(command) => verify_all(command).await,
        LedgerCommand::Key(command) => print_key(command).await,
    }
}

async fn print_key(command: KeyCommand) -> Result<ExitCode> {
    let (_, root, home) = opened(command.config, &command.data).await?;
    let keys = keys::unseal(&home.databases, &root).await;
    home.close().await;
    say(&keys?.checkpoint_key(ORIGIN)?.verifier().to_string());
    Ok(ExitCode::SUCCESS)
}

/// The installation, its root key, and its databases.
async fn opened(config: Option<PathBuf>, data: &Data) -> Result<(DataFolder, RootKey, Home)> {
    if let Some(config) = config {
        let settings = Settings::read(&config)?;
        let root = read_root_key(&settings.root_key_file())?;
        return Ok((DataFolder::open(&settings.data)?, root, Home::open(&settings).await?));
    }
    let folder = DataFolder::open(&data.data)?;
    let root = read_root_key(&folder.root_key())?;
    let home = Home::private(&folder).await?;
    Ok((folder, root, home))
}

async fn verify_all(command: VerifyCommand) -> Result<ExitCode> {
    let (folder, root, home) = opened(command.config, &command.data).await?;
    let verified =
        verify(&home.databases, &root, &folder.witness(), Arc::new(SystemClock), Arc::new(SystemRandom))
            .await;
    home.close().await;
    let verified: Verification = verified.context("the ledger could not be verified")?;
    verified.lines().iter().for_each(|line| say(line));
    Ok(if verified.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
