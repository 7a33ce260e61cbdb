//! `kill -9` at random moments while patients are registered, transactions posted and records written: each is wholly
//! there or not at all, what was acknowledged is there, and the ledger verifies.
//!
//! `TACENDA_CRASHES=200` runs the long version.

mod commands;
pub(crate) mod demo;
mod load;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use futures::future::join_all;
use reqwest::StatusCode;
use tacenda::databases::{PREFIX, specs};
use tacenda_crypto::SystemRandom;
use tacenda_kernel::Random;
use tacenda_postgres::Cluster;

use self::{
    demo::Demo,
    load::{Attempt, Deed, Worker, whole},
};

const CLIENTS: usize = 4;
/// Every so many rounds PostgreSQL is killed as well, before the process.
const POSTGRES_TOO: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_random_moments() {
    let rounds = std::env::var("TACENDA_CRASHES").ok().and_then(|text| text.parse().ok()).unwrap_or(8_usize);
    let folder = tempfile::tempdir().unwrap();
    let mut demo = Demo::start(folder.path(), &["--log", "warn"]).await;
    let mut staff = Staff::default();
    let mut tally = Tally::default();
    let mut patient = None;
    for round in 0..rounds {
        let attempts = one_round(&mut demo, round, patient.clone()).await;
        demo.start_again().await;
        let application = worker(&demo, demo.token().await, None);
        let clinician = worker(&demo, staff.token(&demo).await, None);
        let checks = attempts.iter().map(|attempt| check(&application, &clinician, attempt, &attempts));
        join_all(checks).await.into_iter().flatten().for_each(|fate| tally.count(fate));
        let mut made = attempts.iter().filter_map(|attempt| attempt.acknowledged.as_ref()).flatten();
        patient = made.rfind(|one| one.starts_with("Patient/")).cloned().or(patient);
        if round % 20 == 19 {
            println!("{} kills: {tally:?}", round + 1);
        }
    }
    // While it runs, so that it settles what the kills left.
    let (holds, said) = demo.tool(&["ledger", "verify"]).await;
    println!("{rounds} kills: {tally:?}; {said}");
    assert!(holds, "{said}");
    demo.kill().await;
    assert!(tally.acknowledged > rounds, "the clients got something done: {tally:?}");
    nothing_is_left_behind(folder.path()).await;
}

/// What became of an attempt.
#[derive(Clone, Copy)]
enum Fate {
    Acknowledged,
    UnknownAndDone,
    UnknownAndUndone,
}

/// What became of all.
#[derive(Debug, Default)]
struct Tally {
    acknowledged: usize,
    unknown_and_done: usize,
    unknown_and_undone: usize,
}

impl Tally {
    fn count(&mut self, fate: Fate) {
        match fate {
            Fate::Acknowledged => self.acknowledged += 1,
            Fate::UnknownAndDone => self.unknown_and_done += 1,
            Fate::UnknownAndUndone => self.unknown_and_undone += 1,
        }
    }
}

/// Clients write; at a random moment the process is killed.
async fn one_round(demo: &mut Demo, round: usize, patient: Option<String>) -> Vec<Attempt> {
    let token = demo.token().await;
    let stop = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let client = Worker { stop: Arc::clone(&stop), ..worker(demo, token.clone(), patient.clone()) };
            tokio::spawn(client.run())
        })
        .collect();
    random_moment(1200).await;
    if round % POSTGRES_TOO == POSTGRES_TOO - 1 {
        demo.kill_postgres().await;
        random_moment(1500).await;
    }
    stop.store(true, Ordering::Relaxed);
    demo.kill().await;
    let mut attempts = Vec::new();
    for client in clients {
        attempts.extend(client.await.expect("no client was told anything else than yes, or not now"));
    }
    attempts
}

/// An attempt is wholly there or not at all, and there if it was acknowledged. Where its fate was not known, it is sent
/// again under its key: that does it, or says that it was done, and never does it twice.
async fn check(application: &Worker, clinician: &Worker, attempt: &Attempt, all: &[Attempt]) -> Option<Fate> {
    let Attempt { deed, marker, acknowledged } = attempt;
    if let Deed::Update { path } = deed {
        check_update(application, path, all).await;
        return None;
    }
    let done = find(application, clinician, deed, marker).await;
    if acknowledged.is_some() {
        assert!(done, "{attempt:?} was acknowledged and is not there");
        return Some(Fate::Acknowledged);
    }
    let fate = if done { Fate::UnknownAndDone } else { Fate::UnknownAndUndone };
    if matches!(deed, Deed::Create { .. }) {
        return Some(fate);
    }
    let (status, _) = application.send(deed, marker).await.expect("the server answers after its start");
    let expected = if done { StatusCode::CONFLICT } else { StatusCode::OK };
    assert_eq!(status, expected, "{attempt:?} sent again");
    assert!(find(application, clinician, deed, marker).await, "{attempt:?} was sent again and is not there");
    Some(fate)
}

/// Whether a deed was done, which must be wholly or not at all.
async fn find(application: &Worker, clinician: &Worker, deed: &Deed, marker: &str) -> bool {
    let patient = match deed {
        Deed::Transact { patient } | Deed::Create { patient } => patient.clone(),
        Deed::Register | Deed::Update { .. } => {
            let found = clinician.registered(marker).await;
            assert!(found.len() <= 1, "{marker}: registered twice");
            let Some(patient) = found.into_iter().next() else { return false };
            patient
        }
    };
    let census = application.census(&patient, marker).await;
    let nothing = census == [0; 5] && !matches!(deed, Deed::Register);
    assert!(nothing || census == whole(deed), "{deed:?} {marker}: half there: {census:?}");
    !nothing
}

/// The text is that of the newest acknowledged update or of a later one.
async fn check_update(application: &Worker, path: &str, all: &[Attempt]) {
    let mut possible = vec!["as it was".to_owned()];
    for attempt in all {
        if matches!(&attempt.deed, Deed::Update { path: other } if other == path) {
            if attempt.acknowledged.is_some() {
                possible.clear();
            }
            possible.push(attempt.marker.clone());
        }
    }
    let now = application.get(path).await.expect("a read is answered after the start");
    let text = now["code"]["text"].as_str().unwrap().to_owned();
    assert!(possible.contains(&text), "{path} says {text}, and not one of {possible:?}");
}

/// No saga waits, and no row is staged.
async fn nothing_is_left_behind(folder: &std::path::Path) {
    let cluster = Cluster::attach(folder.join("postgres")).await.unwrap();
    for spec in specs() {
        let count = match spec.name.as_str() {
            "records" => "select count(*) from sagas",
            vault if vault.starts_with("vault_") => "select count(*) from staged",
            _ => continue,
        };
        let client = cluster.admin_endpoint(&format!("{PREFIX}{}", spec.name)).connect().await.unwrap();
        let left: i64 = client.query_one(count, &[]).await.unwrap().get(0);
        assert_eq!(left, 0, "{}: {count}", spec.name);
    }
    cluster.stop().await;
}

/// The clinician's token: it takes a process to get one, and it lasts for five minutes.
#[derive(Default)]
struct Staff(Option<(Instant, String)>);

impl Staff {
    async fn token(&mut self, demo: &Demo) -> String {
        if let Some((since, token)) = &self.0
            && since.elapsed() < Duration::from_secs(240)
        {
            return token.clone();
        }
        let (made, token) = demo.tool(&["demo", "token", "clinician"]).await;
        assert!(made, "{token}");
        self.0 = Some((Instant::now(), token.clone()));
        token
    }
}

fn worker(demo: &Demo, token: String, patient: Option<String>) -> Worker {
    let (client, base) = (demo.client.clone(), demo.base.clone());
    Worker { client, base, token, stop: Arc::default(), patient }
}

async fn random_moment(most: u64) {
    let mut bytes = [0; 8];
    SystemRandom.fill(&mut bytes);
    tokio::time::sleep(Duration::from_millis(u64::from_le_bytes(bytes) % most)).await;
}
