//! `tacenda migrate`: every database to this version, and in a new installation every key.

use std::process::ExitCode;

use anyhow::Result;
use tacenda_crypto::SystemRandom;
use tacenda_kernel::SystemClock;

use super::{say, serve::Configured};
use crate::{
    folder::{DataFolder, read_root_key},
    home::Home,
    keys,
};

pub(crate) async fn run(configured: &Configured) -> Result<ExitCode> {
    let settings = configured.settings()?;
    let root = read_root_key(&settings.root_key_file())?;
    // Beside a server, its private cluster is used; without one it is made.
    let is_private = settings.databases.is_empty() && DataFolder::make(&settings.data)?.has_cluster();
    let home = if is_private {
        Home::open(&settings).await?
    } else {
        Home::to_serve(&settings, configured.path()).await?
    };
    let made = keys::make_first(&home.databases, &root, &SystemClock, &SystemRandom).await;
    home.close().await;
    made?;
    say("every database is at this version");
    Ok(ExitCode::SUCCESS)
}
