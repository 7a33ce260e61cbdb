//! `tacenda migrate`: every database to this version, and in a new installation every key.

use std::process::ExitCode;

use anyhow::Result;
use tacenda_crypto::SystemRandom;
use tacenda_kernel::SystemClock;

use super::{say, serve::Configured};
use crate::{folder::read_root_key, keys, settings::Home};

pub(crate) async fn run(configured: &Configured) -> Result<ExitCode> {
    let settings = configured.settings()?;
    let root = read_root_key(&settings.root_key_file())?;
    let home = Home::open(&settings).await?;
    let made = keys::make_first(&home.databases, &root, &SystemClock, &SystemRandom).await;
    home.close().await;
    made?;
    say("every database is at this version");
    Ok(ExitCode::SUCCESS)
}
