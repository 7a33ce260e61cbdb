//! A process that dies at exactly the lines where that matters, beside a thief with every right in PostgreSQL: what was
//! acknowledged and then removed is missing, what never was is given up, and never the other way.
//!
//! `TACENDA_KILLS` says how often it dies at each line; `make kills` runs the long version.

mod clients;
mod commands;
mod lines;
mod thief;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use self::{
    clients::{Clients, Made},
    lines::{LINES, Line},
    thief::{Taken, Thief},
};
use crate::{
    process::{Server, tool},
    site::Site,
};

/// Kills before the ledger is compared with what was taken.
const BETWEEN: usize = 500;

/// Installations at the same time: each waits more than it computes.
const SITES: usize = 4;

/// It goes by turns of ten seconds, and takes two.
const SETTLING: Duration = Duration::from_secs(22);

/// How long a line is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

fn times() -> usize {
    std::env::var("TACENDA_KILLS").ok().and_then(|times| times.parse().ok()).unwrap_or(1)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_and_removed_is_missing_at_whichever_line_the_process_dies() {
    let (tallies, sites) = (Arc::new(Tallies::default()), times().min(SITES));
    let mut running = JoinSet::new();
    for first in 0..sites {
        running.spawn(die_again_and_again((first..times()).step_by(sites), Arc::clone(&tallies)));
    }
    while let Some(ended) = running.join_next().await {
        ended.unwrap();
    }
    for (line, tally) in tallies.lock().unwrap().iter() {
        assert!(tally.killed > 0, "nobody died at {line}");
    }
}

/// At each line, as often as there are rounds, on a site of its own.
async fn die_again_and_again(rounds: impl Iterator<Item = usize>, tallies: Arc<Tallies>) {
    let site = Site::make().await;
    let mut clients = Clients::prepare(&site).await;
    let mut story = Story { thief: Thief::enter(&site, &clients).await, taken: Vec::new(), kept: Vec::new() };
    let mut kills = 0;
    for round in rounds {
        for (number, line) in LINES.iter().enumerate() {
            clients.renew(&site).await;
            let mut tally = Tally::default();
            story.dies_at(&site, &clients, line, round, Robbery::of(round + number), &mut tally).await;
            tallies.lock().unwrap().entry(line.name).or_default().add(&tally);
            kills += 1;
            if kills % BETWEEN == 0 {
                story.compare(&site).await;
                print(&tallies);
            }
        }
    }
    story.compare(&site).await;
    print(&tallies);
}

fn print(tallies: &Tallies) {
    println!("| line | killed there | not passed | acknowledged | removed |\n|---|--:|--:|--:|--:|");
    for (line, Tally { killed, not_passed, acknowledged, removed }) in tallies.lock().unwrap().iter() {
        println!("| {line} | {killed} | {not_passed} | {acknowledged} | {removed} |");
    }
}

/// When the thief is there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Robbery {
    Never,
    AfterTheDeath,
    BesideTheServer,
}

impl Robbery {
    const fn of(number: usize) -> Self {
        match number % 3 {
            0 => Self::AfterTheDeath,
            1 => Self::BesideTheServer,
            _ => Self::Never,
        }
    }
}

#[derive(Default)]
struct Tally {
    killed: usize,
    not_passed: usize,
    acknowledged: usize,
    removed: usize,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.killed += other.killed;
        self.not_passed += other.not_passed;
        self.acknowledged += other.acknowledged;
        self.removed += other.removed;
    }
}

/// Of each line, on all sites.
type Tallies = Mutex<BTreeMap<&'static str, Tally>>;

/// What was acknowledged so far, and what of it was taken.
struct Story {
    thief: Thief,
    taken: Vec<Taken>,
    kept: Vec<String>,
}

impl Story {
    async fn dies_at(
        &mut self,
        site: &Site,
        clients: &Clients,
        line: &Line,
        round: usize,
        robbery: Robbery,
        tally: &mut Tally,
    ) {
        let time = line.first + round as u64 % line.most;
        let (variable, at) = (tacenda_kernel::crash::VARIABLE, format!("{}:{time}", line.name));
        let log = site.path("server.log");
        let arguments = ["--log", "warn", "serve", "all", "--config", &site.config()];
        let mut server = Server::spawn_with(&log, site.ports, &arguments, &[(variable, &at)]);
        let mut made = Vec::new();
        if server.serves_or_ends().await {
            let (beside, shared) = clients.begin();
            if robbery == Robbery::BesideTheServer {
                self.rob_beside(&mut server, &shared, tally).await;
            }
            let passed = server.ends_within(PATIENCE).await;
            if passed {
                tally.killed += 1
            } else {
                tally.not_passed += 1
            }
            server.kill().await;
            made = beside.end(&shared).await;
        } else {
            tally.killed += 1;
        }
        tally.acknowledged += made.len();
        if robbery == Robbery::AfterTheDeath {
            // The newest, of which no entry can say yet that it arrived, and one from before.
            let mut loot: Vec<Made> = made.split_off(made.len().saturating_sub(2));
            if made.len() > 2 {
                loot.push(made.swap_remove(0));
            }
            for one in loot {
                self.take(line, &one, tally).await;
            }
        }
        self.kept.extend(made.into_iter().map(|made| made.path));
    }

    /// Takes every third thing as soon as it was acknowledged.
    async fn rob_beside(&mut self, server: &mut Server, shared: &clients::Shared, tally: &mut Tally) {
        let begun = Instant::now();
        while !server.has_ended() && begun.elapsed() < PATIENCE {
            match shared.newest_of(3) {
                None => tokio::time::sleep(Duration::from_millis(1)).await,
                Some(made) => {
                    tally.acknowledged += 1;
                    self.take(&lines::BESIDE, &made, tally).await;
                }
            }
        }
    }

    async fn take(&mut self, line: &Line, made: &Made, tally: &mut Tally) {
        let taken = self.thief.take(line.name, &made.path).await;
        let taken =
            taken.unwrap_or_else(|| panic!("{}: {} was acknowledged and is not there", line.name, made.path));
        self.taken.push(taken);
        tally.removed += 1;
    }

    /// Lets a server run until everything is decided, and compares what `verify` says with what was done.
    async fn compare(&self, site: &Site) {
        let said = settled(site).await;
        let (mut missing, mut others) = (BTreeSet::new(), Vec::new());
        for line in said.lines() {
            match line.split_once(" that ledger entry") {
                Some((row, _)) if line.starts_with("vaults: ") && row.ends_with(": the row") => {
                    missing.insert(row.to_owned());
                }
                _ if PARTS.iter().any(|part| line.starts_with(part)) => others.push(line),
                _ => {}
            }
        }
        let excused = self.taken.iter().filter(|taken| !missing.contains(&taken.line()));
        let excused: Vec<_> = excused.map(|taken| (taken.at, taken.line())).collect();
        assert!(excused.is_empty(), "acknowledged, removed, and not missing: {excused:#?}\n{said}");
        let taken: BTreeSet<String> = self.taken.iter().map(Taken::line).collect();
        let accused: Vec<&String> = missing.difference(&taken).collect();
        assert!(accused.is_empty(), "missing, and nobody took it: {accused:#?}");
        assert!(others.is_empty(), "nothing else is wrong: {others:#?}");
        self.thief.finds(&self.kept).await;
        self.thief.finds_nothing_excused_that_arrived(site).await;
    }
}

/// What a line of `verify` begins with that says what is wrong.
const PARTS: [&str; 5] = ["ledger: ", "vaults: ", "keystore: ", "accounts: ", "catalogue "];

/// What `verify` says once a server has decided everything.
async fn settled(site: &Site) -> String {
    let server = site.serve().await;
    let begun = Instant::now();
    loop {
        tokio::time::sleep(Duration::from_secs(2)).await;
        if begun.elapsed() < SETTLING {
            continue;
        }
        let (_, said) = tool(&["ledger", "verify", "--config", &site.config()]).await;
        if !said.contains("not decided") || begun.elapsed() > SETTLING * 3 {
            server.stop().await;
            return said;
        }
    }
}
