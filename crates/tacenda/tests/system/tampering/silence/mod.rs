//! A ledger's database that drops, doubles, reorders, delays or rewrites what it is given, or lies about how much it took:
//! no answer and no page says anything whose entry is not there, and the ledger goes on by itself once its tables are whole.
//!
//! Two lies are noticed within a second and not at once: what a view shows that is stored elsewhere, and what is taken away
//! after it was read back. What is answered meanwhile had its entry, and verifying names the lie and what it lost.
//!
//! In a usual run each request has its turn under one of the lies. `TACENDA_SILENCE=all` asks all of it under all of them.

mod lies;
mod requests;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use reqwest::StatusCode;
use tacenda_contracts::entry::Entry;
use tacenda_kernel::Role;
use tokio_postgres::Client;

use self::{
    lies::{Liar, Noticed, TILES, liars},
    requests::{Request, Requests},
};
use super::{LEDGER, admin, verified, verified_after};
use crate::{
    audit::Audit,
    true_ledger::{Answer, Asked, Ground},
};

struct Silence<'a> {
    requests: Requests<'a>,
    ledger: Client,
    /// What was answered beside a lie: its entries are to be there in the end, as it says.
    answered: Vec<(Role, Asked, Answer)>,
}

impl Silence<'_> {
    /// Tells a lie; says how many entries there were before it.
    async fn begin(&self, liar: &Liar) -> String {
        self.ledger.batch_execute("begin; lock table entries in access exclusive mode").await.unwrap();
        let sql = "select coalesce(max(position) + 1, 0)::text from entries";
        let size: String = self.ledger.query_one(sql, &[]).await.unwrap().get(0);
        let tells = liar.tells.replace("{size}", &size);
        self.ledger.batch_execute(&format!("{tells}; commit")).await.unwrap();
        size
    }

    fn reading(&self) -> &Asked {
        self.requests.all.iter().find(|one| matches!(one, Request::Read(_))).unwrap().asked().unwrap()
    }

    /// Reads one record until that is refused, or so often. Each answer is compared with the ledger in the end.
    async fn reads(&mut self, most: usize) -> usize {
        let asked = self.reading().clone();
        for answered in 0..most {
            let answer = self.requests.send(&Request::Read(asked.clone())).await;
            if answer.status == StatusCode::SERVICE_UNAVAILABLE {
                return answered;
            }
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
            self.answered.push((Role::Clinician, asked.clone(), answer));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        most
    }

    async fn nothing_is_said(&mut self, liar: &Liar, some: &BTreeSet<usize>) {
        let some = some.iter().map(|index| &self.requests.all[*index]).collect();
        let mut wrong = Vec::new();
        for (request, answer) in self.requests.send_all(some).await {
            if liar.noticed == Noticed::OfPatients && !answer.status.is_server_error() {
                match request.asked() {
                    Some(asked) => {
                        self.answered.push((self.requests.role(asked), asked.clone(), answer));
                    }
                    None => assert!(request.is_of_people(), "{}: {}", liar.what, answer.text),
                }
            } else if !is_refused(request, &answer) || !self.requests.names(&answer).is_empty() {
                wrong.push(format!("{}: {} {}", request.name(), answer.status, answer.text));
            }
        }
        assert!(wrong.is_empty(), "{}: {wrong:#?}", liar.what);
    }

    /// Each is asked until it is answered: a busy machine may take its time.
    async fn all_is_said_again(&self, what: &str, some: &BTreeSet<usize>) {
        let mut left: Vec<&Request> = some.iter().map(|index| &self.requests.all[*index]).collect();
        left.retain(|request| !request.changes());
        let begun = Instant::now();
        while !left.is_empty() {
            assert!(
                begun.elapsed().as_secs() < 60,
                "{what}: the ledger did not go on: {:#?}",
                left.iter().map(|request| request.name()).collect::<Vec<_>>()
            );
            let answers = self.requests.send_all(left).await;
            left = answers
                .into_iter()
                .filter(|(_, answer)| answer.status.is_server_error())
                .map(first)
                .collect();
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Verifying names what the lie consists of; and what it lost, where there was time for that.
    async fn is_named(&self, liar: &Liar, answered: usize) {
        self.ledger.batch_execute(liar.loses).await.unwrap();
        let found = verified_after(&self.requests.ground.scene.test, Duration::ZERO).await.unwrap();
        let lines = found.lines();
        assert!(!found.holds(), "{}: {lines:#?}", liar.what);
        for names in ["catalogue of ledger: ", "ledger: "].into_iter().take(answered.clamp(1, 2)) {
            assert!(lines.iter().any(|line| line.starts_with(names)), "{}: {names}: {lines:#?}", liar.what);
        }
    }

    /// What was answered says nothing that is not in the ledger.
    async fn compare(&self) {
        let ground = self.requests.ground;
        let audit = Audit::read(&ground.scene.test).await;
        let mut entries: BTreeMap<String, Vec<&Entry>> = BTreeMap::new();
        for entry in &audit.entries {
            entries.entry(entry.trace.to_string()).or_default().push(entry);
        }
        let none = Vec::new();
        let of = |answer: &Answer| entries.get(&answer.trace.to_string()).unwrap_or(&none);
        let wrong: Vec<_> = self
            .answered
            .iter()
            .filter_map(|(role, asked, answer)| ground.difference(*role, asked, answer, of(answer)))
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

fn first((request, _): (&Request, Answer)) -> &Request {
    request
}

/// A batch is answered; each of its entries is not.
fn is_refused(request: &Request, answer: &Answer) -> bool {
    let is_bundle = request.asked().is_some_and(|asked| asked.route.1.trim_end_matches('/') == "/fhir");
    if !is_bundle || answer.status != StatusCode::OK {
        return answer.status == StatusCode::SERVICE_UNAVAILABLE;
    }
    let bundle = answer.value();
    let mut answers = bundle["entry"].as_array().unwrap().iter().map(|entry| &entry["response"]["status"]);
    answers.all(|status| status.as_str().is_some_and(|status| status.starts_with("503")))
}

/// How often each lie is told, for other requests each time.
fn rounds(turns: usize) -> usize {
    if std::env::var("TACENDA_SILENCE").is_ok_and(|wanted| wanted == "all") { turns } else { 1 }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_disclosed_that_the_ledger_does_not_hold() {
    let ground = Ground::make().await;
    let requests = Requests::make(&ground).await;
    let ledger = admin(&ground.scene.test, LEDGER).await;
    let mut silence = Silence { requests, ledger, answered: Vec::new() };
    let (liars, begun) = (liars(), Instant::now());
    let turns = liars.len();
    for round in 0..rounds(turns) {
        for (turn, liar) in liars.iter().enumerate() {
            let whose = (turn + round) % turns;
            let all = 0..silence.requests.all.len();
            let some: BTreeSet<usize> = all.filter(|index| index % turns == whose).collect();
            let size = silence.begin(liar).await;
            let answered = match liar.noticed {
                Noticed::AtTheNext => silence.reads(1).await,
                Noticed::WithinASecond => silence.reads(1_000).await,
                Noticed::AtOnce | Noticed::OfPatients => 0,
            };
            silence.nothing_is_said(liar, &some).await;
            if liar.noticed == Noticed::WithinASecond && round == 0 {
                silence.is_named(liar, answered).await;
            }
            let ends = liar.ends.replace("{size}", &size);
            silence.ledger.batch_execute(&format!("{ends}; {TILES}")).await.unwrap();
            silence.all_is_said_again(liar.what, &some).await;
            let seconds = begun.elapsed().as_secs_f32();
            println!("{seconds:5.1} s: {}: {} requests, {answered} answered", liar.what, some.len());
        }
    }
    silence.compare().await;
    let found = verified(&ground.scene.test).await;
    assert!(found.holds(), "{:#?}", found.lines());
    drop(silence);
    ground.scene.test.stop().await;
}
