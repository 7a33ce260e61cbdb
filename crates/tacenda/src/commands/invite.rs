//! `tacenda invite`: somebody who is to work here, by the operator. It makes the first administrator.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use jiff::Timestamp;
use tacenda_accounts::RoleGrant;
use tacenda_contracts::accounts::people::Invitation;
use tacenda_crypto::SystemRandom;
use tacenda_kernel::{Language, Role, Secret, SystemClock, TraceId};

use super::{role, say, serve::Configured};
use crate::{
    folder::{DataFolder, read_root_key},
    home::Home,
    settings::Settings,
    system::{System, SystemParts},
};

/// Invites somebody who is to work here, and prints the link that the mail has as well. For the first administrator,
/// who invites everybody else on pages; and to send an invitation again that was not accepted.
#[derive(Debug, Args)]
pub(crate) struct InviteCommand {
    /// The e-mail address.
    email: String,
    /// What they may be; several times for several roles.
    #[arg(long, required = true, value_parser = role)]
    role: Vec<Role>,
    /// Until when they have the roles: a time like 2027-01-31T00:00:00Z. Without it, for ever.
    #[arg(long)]
    until: Option<Timestamp>,
    /// What they are called on pages. Without it, the e-mail address.
    #[arg(long)]
    name: Option<String>,
    /// In which language they are written to: en or it.
    #[arg(long, default_value = "en")]
    language: Language,
    #[command(flatten)]
    configured: Configured,
}

pub(crate) async fn run(command: InviteCommand) -> Result<ExitCode> {
    let settings = command.configured.settings()?;
    let home = Home::open(&settings).await?;
    let link = invite(&settings, &home, &command).await;
    home.close().await;
    say(&format!("Mail is on its way. The same link, good once, for 7 days:\n{}", link?));
    Ok(ExitCode::SUCCESS)
}

async fn invite(settings: &Settings, home: &Home, command: &InviteCommand) -> Result<String> {
    let folder = DataFolder::open(&settings.data)?;
    let system = System::open(SystemParts {
        databases: home.databases.clone(),
        root: read_root_key(&settings.root_key_file())?,
        origin: settings.origin.clone(),
        witness: folder.witness(),
        rules: settings.accounts.rules(),
        clock: std::sync::Arc::new(SystemClock),
        random: std::sync::Arc::new(SystemRandom),
    });
    let system = system.await?;
    let invitation = Invitation {
        display_name: Secret::new(command.name.clone().unwrap_or_else(|| command.email.clone())),
        email: Secret::new(command.email.clone()),
        language: command.language,
        roles: command.role.iter().map(|role| RoleGrant { role: *role, until: command.until }).collect(),
    };
    let trace = TraceId::make(system.random.as_ref());
    let link = system.accounts.invite_as_operator(invitation, trace).await;
    let link = link.context("nobody was invited")?;
    // EXPOSE: whoever may read the root key asks for it.
    Ok(format!("{}/link/{}", settings.origin, link.expose()))
}
