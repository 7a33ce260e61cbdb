//! What strangers are refused: the ledger grows with minutes, kinds and networks, and not with requests.

use std::{net::IpAddr, sync::Arc, time::Duration};

use futures::future::join_all;
use tacenda_contracts::{
    accounts::{Accounts as _, IdentifyError},
    entry::{Entry, EntrySubject, Event, Fact, Outcome},
    strangers::{Strangers, StrangersParts},
};
use tacenda_kernel::{RequestContext, Service, TraceId};
use tacenda_testkit::SeededRandom;

use super::world::{World, secret};

const MINUTE: Duration = Duration::from_millis(400);

fn from(address: &str) -> RequestContext {
    RequestContext { trace: TraceId([5; 16]), address: address.parse::<IpAddr>().ok() }
}

/// What the entries say of repetitions: the network, and how often.
fn counts(entries: &[Entry]) -> Vec<(String, u64)> {
    let count = |entry: &Entry| match entry.facts.as_slice() {
        [Fact::Network(network), Fact::Repeated(count)] => Some((network.clone(), *count)),
        _ => None,
    };
    entries.iter().filter_map(count).collect()
}

/// Over the world's ledger.
fn strangers(world: &World, minute: Duration) -> Strangers {
    let (key, random) = (world.audit.clone(), SeededRandom::new(7));
    let parts = StrangersParts {
        ledger: world.ledger.clone(),
        seal: Box::new(move |entry| entry.seal(&key, EntrySubject::Nobody(Service::Accounts), &random)),
        clock: Arc::new(world.clock.clone()),
    };
    Strangers::with_minutes_of(minute, parts)
}

fn refusal(world: &World, reason: &str) -> Entry {
    use tacenda_kernel::Clock;
    Entry::new(world.clock.now(), Event::Unauthenticated, Outcome::Denied, world.trace).because(reason)
}

#[tokio::test]
async fn a_flood_of_worthless_tokens_is_an_entry_and_a_count_for_each_network() {
    let world = World::open().await;
    for round in 0..200 {
        for network in ["192.0.2.7", "198.51.100.7", "2001:db8:1:200::7"] {
            let token = (round % 2 == 0).then(|| secret("worthless"));
            let answer = world.accounts.identify(token.as_ref(), from(network)).await;
            assert_eq!(answer.unwrap_err(), IdentifyError::Unauthenticated);
        }
    }
    assert_eq!(world.ledger.count(), 6, "two kinds from three networks");
    world.accounts.strangers().finish().await;
    let mut said = counts(&world.ledger.opened(&world.audit));
    said.sort();
    let each = |network: &str| vec![(network.to_owned(), 99); 2];
    assert_eq!(said, [each("192.0.2.0/24"), each("198.51.100.0/24"), each("2001:db8:1:200::/56")].concat());
}

#[tokio::test]
async fn the_count_is_recorded_when_the_minute_ends_and_begins_the_next() {
    let world = World::open().await;
    let strangers = strangers(&world, MINUTE);
    for _ in 0..3 {
        strangers.record(refusal(&world, "no-token"), from("192.0.2.7")).await.unwrap();
    }
    assert_eq!(world.ledger.count(), 1);
    tokio::time::sleep(MINUTE * 3 / 2).await;
    assert_eq!(counts(&world.ledger.opened(&world.audit)), [("192.0.2.0/24".to_owned(), 2)]);
    strangers.record(refusal(&world, "no-token"), from("192.0.2.8")).await.unwrap();
    assert_eq!(world.ledger.count(), 2, "within the minute that the count began");
    tokio::time::sleep(MINUTE * 5 / 2).await;
    assert_eq!(world.ledger.count(), 3);
    strangers.record(refusal(&world, "no-token"), from("192.0.2.8")).await.unwrap();
    assert_eq!(world.ledger.count(), 4, "after a quiet minute the first is recorded at once again");
}

#[tokio::test]
async fn the_first_is_recorded_before_it_is_answered_or_nobody_is() {
    let world = World::open().await;
    let strangers = strangers(&world, MINUTE * 1_000);
    world.ledger.stop(true);
    let many = (0..50).map(|_| strangers.record(refusal(&world, "no-token"), from("192.0.2.7")));
    assert!(join_all(many).await.iter().all(Result::is_err));
    world.ledger.stop(false);
    let many = (0..50).map(|_| strangers.record(refusal(&world, "no-token"), from("192.0.2.7")));
    assert!(join_all(many).await.iter().all(Result::is_ok));
    strangers.finish().await;
    let entries = world.ledger.opened(&world.audit);
    assert_eq!((entries.len(), counts(&entries)), (2, vec![("192.0.2.0/24".to_owned(), 49)]));
}

#[tokio::test]
async fn a_count_that_cannot_be_recorded_is_part_of_the_next() {
    let world = World::open().await;
    let strangers = strangers(&world, MINUTE * 1_000);
    for _ in 0..3 {
        strangers.record(refusal(&world, "no-token"), from("192.0.2.7")).await.unwrap();
    }
    world.ledger.stop(true);
    strangers.finish().await;
    // Who is counted already is refused as before; of another kind nobody is answered.
    strangers.record(refusal(&world, "no-token"), from("192.0.2.7")).await.unwrap();
    strangers.record(refusal(&world, "worthless"), from("192.0.2.7")).await.unwrap_err();
    assert_eq!(world.ledger.count(), 1);
    world.ledger.stop(false);
    strangers.record(refusal(&world, "no-token"), from("192.0.2.7")).await.unwrap();
    strangers.finish().await;
    assert_eq!(counts(&world.ledger.opened(&world.audit)), [("192.0.2.0/24".to_owned(), 4)]);
}

#[tokio::test]
async fn more_networks_than_are_told_apart_count_as_others() {
    let world = World::open().await;
    let strangers = strangers(&world, MINUTE * 1_000);
    for network in 0..3_000_u32 {
        let address = IpAddr::from(std::net::Ipv4Addr::from_bits(network << 8));
        let request = RequestContext { trace: world.trace, address: Some(address) };
        strangers.record(refusal(&world, "no-token"), request).await.unwrap();
    }
    strangers.finish().await;
    let entries = world.ledger.opened(&world.audit);
    assert_eq!(entries.len(), 2_002, "2,000 networks, the first of the others, and how many others followed");
    assert_eq!(counts(&entries), [("others".to_owned(), 999)]);
}
