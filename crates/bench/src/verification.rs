//! Verifying a ledger of many entries, and beside it one connection that only reads the same rows and hashes them.

use std::{
    error::Error,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use aws_lc_rs::digest::{SHA256, digest};
use tacenda::databases::PREFIX;
use tacenda_postgres::Cluster;
use tokio_postgres::{
    Client, Row,
    types::{FromSql, Type},
};

use crate::{
    cell::{Cell, Operation},
    client::{Connection, headers},
    drive::drive,
    identities::Identities,
    options::Options,
    prepare::prepare,
    processes::Watch,
    report::progress,
    requests::Requests,
    server::{Launch, Server},
};

/// How often both take turns.
const ROUNDS: usize = 3;
const CONNECTIONS: usize = 32;
/// Reads leave an entry each: so long until it is looked how many there are.
const SLICE: Duration = Duration::from_secs(5);
/// Rows read at a time.
const PAGE: i64 = 1_000;

const SIZE: &str = "select coalesce(max(position) + 1, 0) from entries";
const ROWS: &str = "select * from entries where position >= $1 order by position limit $2";

/// Entries a second of one round.
struct Round {
    entries: f64,
    floor: f64,
    verified: f64,
}

impl Round {
    fn ratio(&self) -> f64 {
        self.verified / self.floor.max(f64::MIN_POSITIVE)
    }
}

/// Reads records until the ledger has so many entries, verifies it, and prints how fast that was.
pub(crate) async fn run(options: &Options, entries: u64) -> Result<()> {
    let folder = crate::run::folder()?;
    let (binary, data) = (options.server()?, folder.path().join("data"));
    let launch = Launch { binary, data, patients: 1, log: options.log.clone() };
    let mut server = Server::start(launch).await?;
    let cluster = Cluster::attach(server.data().join("postgres")).await?;
    let ledger = cluster.admin_endpoint(&format!("{PREFIX}ledger")).connect().await?;
    grow(&mut server, &ledger, entries).await?;
    let mut rounds = Vec::new();
    for number in 1..=ROUNDS {
        progress(&format!("round {number} of {ROUNDS}"));
        let (read, floor) = floor(&ledger).await?;
        let begun = Instant::now();
        let said = server.tool(&["ledger", "verify", "--data"]).await?;
        let verified = read / begun.elapsed().as_secs_f64();
        progress(&said);
        rounds.push(Round { entries: read, floor, verified });
    }
    print(&rounds);
    Ok(())
}

async fn grow(server: &mut Server, ledger: &Client, entries: u64) -> Result<()> {
    let mut connection =
        Connection::open(server.address, headers(server.address, &server.token().await?)?).await?;
    let subjects = prepare(&mut connection).await.context("the server does not take what is measured")?;
    let requests = Requests::of(&subjects, Identities::make(server.data()).await?)?;
    let watch = Watch::server(server.pid)?;
    let cell = Cell { operation: Operation::Read, connections: CONNECTIONS };
    loop {
        let size: i64 = ledger.query_one(SIZE, &[]).await?.try_get(0)?;
        progress(&format!("{size} entries"));
        if u64::try_from(size)? >= entries {
            return Ok(());
        }
        let headers = headers(server.address, &server.token().await?)?;
        let callers = requests.callers(cell, server.address, &headers).await?;
        let (_, slice) = drive(callers, Duration::ZERO, SLICE, watch).await?;
        ensure!(slice.wrong == 0, "an answer was wrong");
    }
}

/// How many rows there are, and how many a second one connection reads and hashes.
#[expect(clippy::cast_precision_loss, reason = "a rate, shown without digits")]
async fn floor(ledger: &Client) -> Result<(f64, f64)> {
    let statement = ledger.prepare(ROWS).await?;
    let begun = Instant::now();
    let (mut next, mut read, mut hashes) = (0_i64, 0_u64, 0_u8);
    loop {
        let page = ledger.query(&statement, &[&next, &PAGE]).await?;
        let Some(last) = page.last() else { break };
        next = last.try_get::<_, i64>("position")? + 1;
        read += page.len() as u64;
        for row in &page {
            hashes ^= hash(row)?;
        }
    }
    std::hint::black_box(hashes);
    Ok((read as f64, read as f64 / begun.elapsed().as_secs_f64()))
}

/// A column as it came.
struct Raw<'a>(&'a [u8]);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(raw))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

fn hash(row: &Row) -> Result<u8> {
    let mut bytes = Vec::with_capacity(512);
    for column in 0..row.len() {
        if let Some(Raw(raw)) = row.try_get(column)? {
            bytes.extend_from_slice(raw);
        }
    }
    Ok(digest(&SHA256, &bytes).as_ref().first().copied().unwrap_or_default())
}

#[expect(clippy::print_stdout, reason = "this is what the program is for")]
fn print(rounds: &[Round]) {
    println!("| entries | read and hashed/s | verified/s | ratio |\n|--:|--:|--:|--:|");
    for round in rounds {
        let Round { entries, floor, verified } = round;
        println!("| {entries:.0} | {floor:.0} | {verified:.0} | **{:.2}** |", round.ratio());
    }
}
