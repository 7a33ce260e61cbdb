//! `tacenda ledger`: verifying it, and what others verify it with.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::{Context, Result};
use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use tacenda_crypto::{RootKey, SystemRandom};
use tacenda_kernel::SystemClock;

use super::{Data, complain, say};
use crate::{
    folder::{DataFolder, read_root_key},
    home::Home,
    installation::refuse_elsewhere,
    keys,
    settings::Settings,
    system::ORIGIN,
    verify::{Step, UNDER_WAY, Verdict, Verification, VerifyParts, verify},
};

/// Looks after the ledger.
#[derive(Debug, Subcommand)]
pub(crate) enum LedgerCommand {
    /// Check every entry, the tree, the signatures, and every stored version against its entry.
    Verify(VerifyCommand),
    /// Print the public key of the checkpoints, for those who verify proofs: a C2SP signed-note verifier key.
    Key(KeyCommand),
    /// Go on with a ledger whose end is lost, as after a backup was put back, and have it say so for ever.
    Adopt(super::adopt::AdoptCommand),
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
        LedgerCommand::Adopt(command) => super::adopt::run(command).await,
    }
}

async fn print_key(command: KeyCommand) -> Result<ExitCode> {
    let (_, root, home) = opened(command.config, &command.data).await?;
    let keys = keys::unseal(&home.databases, &root).await;
    home.close().await;
    say(&keys?.checkpoint_key(ORIGIN)?.verifier().to_string());
    Ok(ExitCode::SUCCESS)
}

/// The installation, its root key, and its databases to be looked at.
async fn opened(config: Option<PathBuf>, data: &Data) -> Result<(DataFolder, RootKey, Home)> {
    if let Some(config) = config {
        let settings = Settings::read(&config)?;
        let root = read_root_key(&settings.root_key_file())?;
        return Ok((DataFolder::open(&settings.data)?, root, Home::to_look_at(&settings).await?));
    }
    let folder = DataFolder::open(&data.data)?;
    refuse_elsewhere(&folder)?;
    let root = read_root_key(&folder.root_key())?;
    let home = Home::private_to_look_at(&folder).await?;
    Ok((folder, root, home))
}

/// Whatever keeps it from being compared has an exit code of its own: nobody takes it for what holds, or does not.
async fn verify_all(command: VerifyCommand) -> Result<ExitCode> {
    match verified(command).await {
        Ok(Found::Lost(lost)) => {
            say(&format!("keystore: {lost}"));
            say("nothing else can be compared without the keys; it does not hold");
            Ok(ExitCode::from(Verdict::DoesNotHold.code()))
        }
        Ok(Found::Verified(verified)) => {
            verified.lines().iter().for_each(|line| say(line));
            Ok(ExitCode::from(verified.verdict().code()))
        }
        Err(error) => {
            complain(&error);
            Ok(ExitCode::from(Verdict::NotCompared.code()))
        }
    }
}

/// What came of looking.
enum Found {
    /// All that can be compared was.
    Verified(Box<Verification>),
    /// The keys are gone without which nothing can be compared.
    Lost(String),
}

async fn verified(command: VerifyCommand) -> Result<Found> {
    let (folder, root, home) = opened(command.config, &command.data).await?;
    let verified = match look(&folder, &root, &home).await {
        Ok(verified) => Ok(Found::Verified(Box::new(verified))),
        Err(error) => keys::lost(&home.databases, &error).await.map(Found::Lost).ok_or(error),
    };
    home.close().await;
    verified.context("the ledger could not be verified")
}

async fn look(folder: &DataFolder, root: &RootKey, home: &Home) -> Result<Verification> {
    let bar = ProgressBar::new_spinner().with_style(ProgressStyle::with_template("{spinner} {pos} {msg}")?);
    bar.set_message("entries of the ledger were read");
    let tell = |step| match step {
        Step::Entries(read) => bar.set_position(read),
        Step::Vaults => bar.set_message("entries were read; comparing every version in the vaults with them"),
        Step::Again => bar.set_message("entries were read; waiting for what may be under way"),
    };
    let parts = VerifyParts {
        databases: &home.databases,
        root,
        witness: &folder.witness(),
        under_way: UNDER_WAY,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
    };
    let verified = verify(parts, tell).await;
    bar.finish_and_clear();
    verified
}
