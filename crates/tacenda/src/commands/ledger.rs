//! `tacenda ledger`: verifying it, and what others verify it with.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::{Context, Result};
use clap::Subcommand;
use tacenda_crypto::SystemRandom;
use tacenda_kernel::SystemClock;

use super::{Data, say};
use crate::{
    folder::{DataFolder, read_root_key},
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
        LedgerCommand::Key(command) => print_key(command),
    }
}

fn print_key(command: KeyCommand) -> Result<ExitCode> {
    let file = match command.config {
        Some(config) => Settings::read(&config)?.root_key_file(),
        None => DataFolder::open(&command.data.data)?.root_key(),
    };
    say(&read_root_key(&file)?.master_key().checkpoint_key(ORIGIN)?.verifier().to_string());
    Ok(ExitCode::SUCCESS)
}

async fn verify_all(command: VerifyCommand) -> Result<ExitCode> {
    let (folder, root, home) = match command.config {
        Some(config) => {
            let settings = Settings::read(&config)?;
            let root = read_root_key(&settings.root_key_file())?;
            (DataFolder::open(&settings.data)?, root, Home::open(&settings).await?)
        }
        None => {
            let folder = DataFolder::open(&command.data.data)?;
            let root = read_root_key(&folder.root_key())?;
            let home = Home::private(&folder).await?;
            (folder, root, home)
        }
    };
    let verified =
        verify(&home.databases, &root, &folder.witness(), Arc::new(SystemClock), Arc::new(SystemRandom))
            .await;
    home.close().await;
    let verified: Verification = verified.context("the ledger could not be verified")?;
    verified.lines().iter().for_each(|line| say(line));
    Ok(if verified.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
