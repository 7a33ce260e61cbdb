//! A trigger on every table of every database: it is named, nobody is let in while it is there, and what was answered as
//! done before anybody looked was done, or is found.
//!
//! `golden/triggers.txt` is the reviewed result, with the triggers that change something; it has none of the ledger's and of the
//! accounts'. Which tables there are is asked of PostgreSQL. A usual run writes under the triggers whose turn it is; each
//! table's first ones are always named.

mod accounts;
mod deeds;
mod laid;

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use reqwest::{Method, StatusCode};
use serde_json::json;
use tacenda::{
    databases::{PREFIX, specs},
    health::Health,
    standing::refuse_strangers,
};
use tacenda_contracts::keystore::GrantKind;
use tacenda_kernel::{Clock, Compartment, Purpose, Role, SystemClock};
use tacenda_synthetic::Canary;
use uuid::Uuid;

use self::laid::{Laid, NAME};
use super::{
    golden::Golden,
    look::{plain, wrong},
    makes_all,
    scene::{Scene, vault},
    table::Saved,
    wanted, words,
};
use crate::tampering::{LEDGER, verified_after};

/// Of so many triggers one is there while something is written, in a usual run.
const TURN: usize = 61;

/// After so many, another system takes the place of the one that they were laid in.
const MOST_LAID: usize = 25;

const USUAL: &str = "refused nothing; lost nothing; found nothing";

#[tokio::test(flavor = "multi_thread")]
async fn no_trigger_on_any_table_makes_a_write_look_done_that_was_not() {
    let mut bed = Bed::make().await;
    let mut turn = 0;
    let mut golden = Golden::new("triggers.txt", USUAL);
    for spec in specs() {
        let database = format!("{PREFIX}{}", spec.name);
        for laid in laid::all(&*Saved::of(&bed.scene, &database).await).await {
            let name = laid.name(&database);
            turn += usize::from(laid.is_first || !is_another_vault(&database));
            let is_made = match wanted() {
                None => turn % TURN == 0,
                Some(beginning) => makes_all() || name.starts_with(&beginning),
            };
            if is_made && (laid.is_first || !is_another_vault(&database)) {
                bed.write_under(&mut golden, &database, &laid).await;
            } else if laid.is_first {
                bed.is_named_alone(&database, &laid).await;
            }
        }
    }
    bed.goes_on().await;
    assert!(bed.works().await);
    // Where much else runs, more is refused, which is no fault: a usual run compares no lines.
    if wanted().is_some() { golden.compare() } else { golden.check() }
}

/// Of the other vaults only the three kinds are made: their columns are the clinical one's.
fn is_another_vault(database: &str) -> bool {
    Compartment::ALL.into_iter().any(|one| one != Compartment::Clinical && vault(one) == database)
}

/// Of the ledger's, what is refused depends on when in its second the ledger looks. Of those of the accounts no line is reviewed:
/// that none is unnoticed is all that is said.
fn has_lines(database: &str) -> bool {
    database != LEDGER && database.strip_prefix(PREFIX) != Some("accounts")
}

struct Bed {
    scene: Scene,
    health: Health,
    /// What was found before.
    known: BTreeSet<String>,
    /// Under how many triggers something was written here: verification reads all that was.
    laid: usize,
}

impl Bed {
    async fn make() -> Self {
        let scene = Scene::people().await;
        let health = Health::of(Arc::clone(&scene.test.system));
        Self { scene, health, known: BTreeSet::new(), laid: 0 }
    }

    async fn renew(&mut self) {
        let old = std::mem::replace(self, Self::make().await);
        old.scene.test.stop().await;
    }

    /// What is answered while the trigger is there and nobody looked yet; then it is named, and nobody is let in; and when it is
    /// gone, what was answered as done is done, or is found.
    async fn write_under(&mut self, golden: &mut Golden, database: &str, laid: &Laid) {
        if self.laid == MOST_LAID {
            self.renew().await;
        }
        self.laid += 1;
        let saved = Saved::of(&self.scene, database).await;
        let deeds = self.deeds(&saved, laid).await;
        self.is_named(database, laid).await;
        laid::take_away(&saved).await;
        self.goes_on().await;
        let (mut refused, mut lost) = (Vec::new(), Vec::new());
        for deed in deeds {
            if !deed.is_done {
                refused.push(deed.what.to_owned());
            } else if !deed.is_there.await {
                lost.push(deed.what.to_owned());
            }
        }
        let found = self.found().await;
        let new: BTreeSet<String> = found.difference(&self.known).map(|line| plain(line)).collect();
        self.known = found;
        let said = [words(&refused, ", "), words(&lost, ", "), words(&Vec::from_iter(new.clone()), "; ")];
        let [refused, lost_said, found_said] = said;
        let mut line = format!("refused {refused}; lost {lost_said}; found {found_said}");
        let goes_on = self.works().await;
        if !goes_on {
            line.push_str("; it stands still");
        }
        let is_unnoticed = new.is_empty() && !(lost.is_empty() && goes_on);
        if !has_lines(database) && !is_unnoticed {
            USUAL.clone_into(&mut line);
        }
        if !goes_on || new.iter().any(|line| line.starts_with("ledger: ")) {
            self.renew().await;
        } else if !new.is_empty() {
            self.another_patient().await;
        }
        golden.add(&laid.name(database), line, is_unnoticed);
    }

    /// The same where nothing is written.
    async fn is_named_alone(&self, database: &str, laid: &Laid) {
        let saved = Saved::of(&self.scene, database).await;
        laid.lay(&saved).await;
        self.is_named(database, laid).await;
        laid::take_away(&saved).await;
        self.health.look_for_strangers().await;
    }

    /// While it runs, and at the start.
    async fn is_named(&self, database: &str, laid: &Laid) {
        let service = database.strip_prefix(PREFIX).unwrap();
        let found = self.health.look_for_strangers().await;
        let named = format!("trigger {NAME} on table {} is of no migration", laid.table);
        assert!(found.len() == 1 && found[service].contains(&named), "{named}: {found:?}");
        for path in ["/fhir/metadata", "/sign-in"] {
            assert_eq!(self.status(path).await, StatusCode::SERVICE_UNAVAILABLE, "{path}: {named}");
        }
        if laid.is_dropping_inserts() {
            let refused = refuse_strangers(&self.scene.test.system.databases).await.unwrap_err().to_string();
            assert!(refused.contains(&named), "{refused}");
        }
    }

    /// Somebody is let in again, and what was left is finished.
    async fn goes_on(&self) {
        let system = &self.scene.test.system;
        assert!(self.health.look_for_strangers().await.is_empty());
        assert_eq!(self.status("/fhir/metadata").await, StatusCode::OK);
        // The ledger looks for itself once a second.
        let begun = Instant::now();
        while !self.works().await && begun.elapsed() < Duration::from_secs(3) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        // What cannot be done is found by verification.
        let _ = system.records.recover().await;
        if let Ok(checkpoint) = system.ledger.checkpoint().await {
            let _ = system.records.settle(checkpoint.size, SystemClock.now()).await;
        }
    }

    /// Whether somebody can write.
    async fn works(&self) -> bool {
        let body = json!({"resourceType": "Practitioner", "name": [{"family": "Wright"}]});
        let made = self.send(Role::Application, Method::POST, "/fhir/Practitioner", &body).await;
        made.0 == StatusCode::CREATED
    }

    /// Records that do not open any more stand in the way of searches: the next trigger has a patient without any.
    async fn another_patient(&mut self) {
        let made = self.scene.test.enrol(Canary::new(Uuid::new_v4().as_u64_pair().0).bundle()).await;
        self.scene.set_patient(&made);
        let patient = self.scene.patient.clone();
        self.scene.test.care(&patient).await;
        let need = GrantKind::StreamNeed;
        self.scene.test.grant(&patient, need, Some(Role::Clinician), Purpose::Treatment).await;
    }

    async fn status(&self, path: &str) -> StatusCode {
        self.scene.test.request(Method::GET, path).send().await.unwrap().status()
    }

    /// What verification says is wrong.
    async fn found(&self) -> BTreeSet<String> {
        match verified_after(&self.scene.test, Duration::from_millis(50)).await {
            Ok(verified) => wrong(verified.lines()).into_iter().collect(),
            Err(_) => BTreeSet::from(["it cannot be verified".to_owned()]),
        }
    }
}
