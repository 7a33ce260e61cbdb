//! `tacenda ledger`: verifying it.

use std::{process::ExitCode, sync::Arc};

use anyhow::{Context, Result};
use clap::Subcommand;
use tacenda_crypto::SystemRandom;
use tacenda_kernel::SystemClock;

use super::{Data, say};
use crate::{
    folder::{DataFolder, read_root_key},
    settings::Home,
    verify::{Verification, verify},
};

/// Looks after the ledger.
#[derive(Debug, Subcommand)]
pub(crate) enum LedgerCommand {
    /// Check every entry, the tree, the signatures, and every stored version against its entry.
    Verify(Data),
}

pub(crate) async fn run(command: LedgerCommand) -> Result<ExitCode> {
    let LedgerCommand::Verify(data) = command;
    let folder = DataFolder::open(&data.data)?;
    let root = read_root_key(&folder.root_key())?;
    let home = Home::private(&folder).await?;
    let verified =
        verify(&home.databases, &root, &folder.witness(), Arc::new(SystemClock), Arc::new(SystemRandom)).await;
    home.close().await;
    let verified: Verification = verified.context("the ledger could not be verified")?;
    verified.lines().iter().for_each(|line| say(line));
    Ok(if verified.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
