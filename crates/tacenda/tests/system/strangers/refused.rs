//! Requests of strangers: refused, counted, and few entries.

use std::time::Instant;

use futures::future::join_all;
use reqwest::{Client, StatusCode};
use tacenda_contracts::entry::{Entry, Outcome};

use super::{Clinician, network, served, strangers};
use crate::{audit::Audit, common::TestSystem};

const NETWORKS: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_strangers_grows_the_ledger_by_minutes_and_not_by_requests() {
    let test = TestSystem::start().await;
    let clinician = Clinician::with_a_patient(&test).await;
    let quiet = clinician.reads(200).await;
    let begun = Instant::now();
    let floods = (0..NETWORKS).map(|number| {
        let client = Client::builder().local_address(Some(network(number))).build().unwrap();
        flood(&test, client, strangers() / NETWORKS)
    });
    let (sent, beside) = clinician.reads_beside(150, join_all(floods)).await;
    println!(
        "{} refused requests from {NETWORKS} networks: a read's p99 {beside:.1?}, of {quiet:.1?} in quiet",
        strangers()
    );
    served(quiet, beside);
    test.system.finish().await;
    let minutes = begun.elapsed().as_secs() / 60 + 1;
    let audit = Audit::read(&test).await;
    let refused = |entry: &&Entry| entry.actor.is_none() && entry.outcome == Outcome::Denied;
    let entries = audit.entries.iter().filter(refused).count() as u64;
    // Four kinds: no token, a worthless one, an unknown client of either endpoint; the first, and a count each minute.
    let most = 4 * NETWORKS as u64 * (minutes + 1);
    println!("{entries} entries about strangers in {minutes} minutes, of {most} at most");
    assert!(entries <= most, "{entries} entries in {minutes} minutes");
    let unauthenticated: usize = sent.iter().sum();
    assert_eq!(audit.strangers(), unauthenticated as u64, "and each is counted");
    test.stop().await;
}

/// Asks in each way that a stranger can; how many were refused for their token.
async fn flood(test: &TestSystem, client: Client, times: usize) -> usize {
    let mut unauthenticated = 0;
    for number in 0..times {
        let (request, expected) = match number % 4 {
            0 => (client.get(test.url("/fhir/Patient")), StatusCode::UNAUTHORIZED),
            1 => (client.get(test.url("/fhir/Patient")).bearer_auth("worthless"), StatusCode::UNAUTHORIZED),
            2 => {
                let form = "grant_type=client_credentials&client_id=nobody&client_secret=worthless";
                let request = client.post(test.url("/oauth/token")).body(form);
                (
                    request.header("content-type", "application/x-www-form-urlencoded"),
                    StatusCode::UNAUTHORIZED,
                )
            }
            _ => (client.get(test.url("/oauth/authorize?client_id=nobody")), StatusCode::BAD_REQUEST),
        };
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), expected, "{number}");
        unauthenticated += usize::from(number % 4 < 2);
    }
    unauthenticated
}
