//! `tacenda ledger adopt`: going on with a ledger whose end is lost.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::{Context, Result, bail, ensure};
use tacenda_crypto::SystemRandom;
use tacenda_kernel::SystemClock;
use tacenda_postgres::Endpoint;

use super::{Data, say};
use crate::{
    adopt::adopt,
    folder::{DataFolder, read_root_key},
    home::Home,
    installation::refuse_elsewhere,
    keys,
    settings::Settings,
};

/// Sessions of the service: whoever serves has some.
const OTHERS: &str =
    "select count(*) from pg_stat_activity where datname = current_database() and usename = $1::text";

/// Goes on with a ledger whose end is lost, as after a backup was put back, and has it say so for ever. No server may run.
#[derive(Debug, clap::Args)]
pub(crate) struct AdoptCommand {
    #[command(flatten)]
    data: Data,
    /// The configuration file of an installation whose databases or root key are elsewhere.
    #[arg(long, conflicts_with = "data")]
    config: Option<PathBuf>,
    /// What is lost stays lost, and no newer copy will be put back.
    #[arg(long)]
    yes: bool,
}

pub(crate) async fn run(command: AdoptCommand) -> Result<ExitCode> {
    if !command.yes {
        bail!(
            "put the newest copy of the ledger's database back, if there is one. If there is none, say so with --yes"
        );
    }
    let (folder, root, home, owner) = match command.config {
        Some(config) => {
            let settings = Settings::read(&config)?;
            let root = read_root_key(&settings.root_key_file())?;
            let configured = settings.endpoints()?.remove("ledger");
            if let Some(endpoints) = &configured {
                must_be_alone(&endpoints.owner, endpoints.runtime.role()).await?;
            }
            let home = Home::to_serve(&settings, &config).await?;
            let owner = configured.map(|endpoints| endpoints.owner).or_else(|| home.private_owner("ledger"));
            (DataFolder::open(&settings.data)?, root, home, owner)
        }
        None => {
            let folder = DataFolder::open(&command.data.data)?;
            refuse_elsewhere(&folder)?;
            let root = read_root_key(&folder.root_key())?;
            let home = Home::private_to_serve(&folder).await?;
            let owner = home.private_owner("ledger");
            (folder, root, home, owner)
        }
    };
    let owner = owner.context("no database is configured for ledger")?;
    let adopted = match keys::unseal(&home.databases, &root).await {
        Ok(keys) => {
            let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
            adopt(&home.databases, &owner, &keys, &folder.witness(), clock, random).await
        }
        Err(error) => Err(error),
    };
    home.close().await;
    let adopted = adopted?;
    say(&format!(
        "the ledger goes on after {} entries, where {} had been seen; its next entry says so",
        adopted.entries, adopted.seen
    ));
    say(&format!("keep {} as evidence", adopted.evidence.display()));
    Ok(ExitCode::SUCCESS)
}

async fn must_be_alone(owner: &Endpoint, service: &str) -> Result<()> {
    let client = owner.connect().await.context("as the owner of the ledger's database")?;
    let others: i64 = client.query_one(OTHERS, &[&service]).await?.try_get(0)?;
    ensure!(others == 0, "the ledger's database is in use: stop every server first");
    Ok(())
}
