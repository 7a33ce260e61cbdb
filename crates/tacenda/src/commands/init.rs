//! `tacenda init`: the root key.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::{Data, say};
use crate::folder::DataFolder;

/// Makes a new root key, mode 0600. It refuses to overwrite one.
#[derive(Debug, Args)]
pub(crate) struct InitCommand {
    #[command(flatten)]
    data: Data,
}

pub(crate) fn run(command: &InitCommand) -> Result<ExitCode> {
    let folder = DataFolder::make(&command.data.data)?;
    folder.make_root_key()?;
    say(&format!("made {}", folder.root_key().display()));
    say("Keep a copy where no database backup is: without it, no record can ever be read again.");
    Ok(ExitCode::SUCCESS)
}
