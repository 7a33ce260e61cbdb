//! `tacenda migrate`: every database to this version.

use std::process::ExitCode;

use anyhow::Result;

use super::{say, serve::Configured};
use crate::settings::Home;

pub(crate) async fn run(configured: &Configured) -> Result<ExitCode> {
    let settings = configured.settings()?;
    let home = Home::open(&settings).await?;
    say("every database is at this version");
    home.close().await;
    Ok(ExitCode::SUCCESS)
}
