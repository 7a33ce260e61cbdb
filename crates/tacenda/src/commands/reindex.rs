//! `tacenda reindex`: search tokens anew, from the records themselves.

use std::{
    io::{Write, stderr},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use tacenda_crypto::SystemRandom;
use tacenda_kernel::SystemClock;

use super::{Data, say};
use crate::{
    folder::{DataFolder, read_root_key},
    home::Home,
    reindex::{Progress, reindex},
    settings::Settings,
    system::{System, SystemParts},
};

/// Between two lines about how far it is.
const LINES_EVERY: Duration = Duration::from_secs(5);

/// Makes the search tokens of every record anew, beside whatever runs. Ended early, the next run goes on there.
#[derive(Debug, clap::Args)]
pub(crate) struct ReindexCommand {
    #[command(flatten)]
    data: Data,
    /// The configuration file of an installation whose databases or root key are elsewhere.
    #[arg(long, conflicts_with = "data")]
    config: Option<PathBuf>,
    /// Begins with the first record, also where an earlier run was ended early.
    #[arg(long)]
    restart: bool,
}

pub(crate) async fn run(command: ReindexCommand) -> Result<ExitCode> {
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
    let parts = SystemParts {
        databases: home.databases.clone(),
        root,
        // Its tokens are for this process.
        origin: "https://localhost".to_owned(),
        witness: folder.witness(),
        rules: tacenda_accounts::AccountRules::default(),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
    };
    let begun = Instant::now();
    let done = match System::open(parts).await {
        Ok(system) => begun_anew(&system, command.restart).await,
        Err(error) => Err(error),
    };
    home.close().await;
    Ok(summary(&done?, begun.elapsed()))
}

async fn begun_anew(system: &System, restart: bool) -> Result<Vec<Progress>> {
    if restart {
        system.records.begin_reindex(true).await.context("run this again, with --restart")?;
    }
    reindex(system, lines()).await
}

/// Tells now and then how far it is, on standard error.
fn lines() -> impl FnMut(Progress) {
    let mut last: Option<(Progress, Instant)> = None;
    move |(compartment, now)| {
        let Some(((before, then), said)) = last.filter(|((before, _), _)| *before == compartment) else {
            last = Some(((compartment, now), Instant::now()));
            return;
        };
        if said.elapsed() < LINES_EVERY {
            return;
        }
        let rate = per_second(now.looked_at.saturating_sub(then.looked_at), said.elapsed());
        let about = now.total.max(now.looked_at);
        // Whoever closed standard error does not want to know.
        let _ = writeln!(
            stderr(),
            "reindexing {before}: {} of about {about} records, {rate:.0}/s",
            now.looked_at
        );
        last = Some(((compartment, now), Instant::now()));
    }
}

fn summary(all: &[Progress], took: Duration) -> ExitCode {
    let sum = |count: fn(&Progress) -> u64| all.iter().map(count).sum::<u64>();
    let (looked_at, changed) = (sum(|(_, one)| one.looked_at), sum(|(_, one)| one.changed));
    let (closed, damaged) = (sum(|(_, one)| one.closed), sum(|(_, one)| one.damaged));
    say(&format!(
        "looked at {looked_at} records in {:.1} s ({:.0}/s); {changed} got other search tokens",
        took.as_secs_f64(),
        per_second(looked_at, took)
    ));
    if closed > 0 {
        say(&format!("{closed} stay as they are: their patients were erased, or are just being registered"));
    }
    if damaged == 0 {
        return ExitCode::SUCCESS;
    }
    let places = all.iter().filter(|(_, one)| one.damaged > 0);
    let places: Vec<String> = places.map(|(place, one)| format!("{} in {place}", one.damaged)).collect();
    say(&format!(
        "{damaged} do not open ({}): they, or the keys to them, were altered or moved. Run `tacenda ledger verify`",
        places.join(", ")
    ));
    ExitCode::FAILURE
}

fn per_second(records: u64, took: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a rate, shown without digits")]
    let records = records as f64;
    records / took.as_secs_f64().max(0.001)
}
