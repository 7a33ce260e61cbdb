//! `tacenda import`: from files, into a data folder or over HTTP.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::{Result, bail};
use clap::Args;
use tacenda_kernel::Role;

use super::say;
use crate::{
    demo::attached::Attached,
    import::{ImportOptions, Target, import},
};

/// Imports FHIR bundles (JSON) or resources (NDJSON). Running it twice adds nothing twice.
#[derive(Debug, Args)]
pub(crate) struct ImportCommand {
    /// Files, or folders of files.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Import into this data folder, beside whatever runs there.
    #[arg(long, conflicts_with = "url")]
    data: Option<PathBuf>,
    /// Import into the server at this URL.
    #[arg(long, requires = "token")]
    url: Option<String>,
    /// The access token for that server.
    #[arg(long, env = "TACENDA_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// The certificate authority of that server (PEM), where it is not a public one.
    #[arg(long)]
    ca: Option<PathBuf>,
}

pub(crate) async fn run(command: ImportCommand) -> Result<ExitCode> {
    let options = ImportOptions::new(command.paths);
    let summary = match (command.data, command.url, command.token) {
        (Some(data), ..) => {
            let attached = Attached::open(&data).await?;
            let (system, accounts) = (attached.system(), attached.accounts());
            let target = Target::local(attached.system(), move || {
                let (system, accounts) = (Arc::clone(&system), accounts.clone());
                async move { accounts.token(&system.accounts, system.random.as_ref(), Role::Application).await }
            });
            let summary = import(&options, &target).await;
            attached.close().await;
            summary?
        }
        (None, Some(url), Some(token)) => {
            import(&options, &Target::remote(&url, &token, command.ca.as_deref())?).await?
        }
        _ => bail!("say where to: --data <folder>, or --url <server> --token <token>"),
    };
    say(&summary.to_string());
    Ok(if summary.all_done() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
