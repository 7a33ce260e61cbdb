//! What the contract promises, on a database that works.

use std::sync::Arc;

use crate::support::{Bench, entry, entry_about};
use tacenda_contracts::{
    entry::{EntrySubject, SealedEntry},
    ledger::{About, DamagedEntry, Ledger as _, LedgerError, StoredEntry},
};
use tacenda_kernel::{Pseudonym, Service};
use tacenda_ledger::{
    checkpoint, leaf,
    tree::{verify_consistency, verify_inclusion},
};

#[tokio::test(flavor = "multi_thread")]
async fn entries_get_consecutive_places_and_read_back() {
    let bench = Bench::start().await;
    let ledger = bench.open().await;
    let written: Vec<_> = (0..7).map(entry).collect();
    let first = ledger.append(written[..3].to_vec()).await.unwrap();
    let second = ledger.append(written[3..].to_vec()).await.unwrap();
    let positions: Vec<u64> = first.iter().chain(&second).map(|receipt| receipt.position()).collect();
    assert_eq!(positions, (0..7).collect::<Vec<_>>());
    assert!(first[1].is_for(&written[1].id) && !first[1].is_for(&written[2].id));

    let read = ledger.entries(2, 3).await.unwrap();
    assert_eq!(read.iter().map(|stored| stored.position).collect::<Vec<_>>(), [2, 3, 4]);
    assert_eq!(read.into_iter().map(|stored| stored.entry).collect::<Vec<_>>(), written[2..5]);
    assert_eq!(ledger.append(Vec::new()).await, Ok(Vec::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_about_one_patient_or_nobody_come_newest_first() {
    let bench = Bench::start().await;
    let ledger = bench.open().await;
    let (one, other) = (Pseudonym::from_bytes([1; 16]), Pseudonym::from_bytes([2; 16]));
    let entries = (0..9).map(|number| entry_about(number, if number % 3 == 0 { one } else { other }));
    ledger.append(entries.collect()).await.unwrap();
    ledger.append(vec![entry(9), entry(12)]).await.unwrap();
    let positions = |entries: Vec<Result<StoredEntry, DamagedEntry>>| {
        entries.into_iter().map(|stored| stored.unwrap().position).collect::<Vec<_>>()
    };
    let (one, other) = (About::Patient(one), About::Patient(other));
    assert_eq!(positions(ledger.entries_about(one, None, 10).await.unwrap()), [6, 3, 0]);
    assert_eq!(positions(ledger.entries_about(one, Some(6), 10).await.unwrap()), [3, 0]);
    assert_eq!(positions(ledger.entries_about(other, None, 2).await.unwrap()), [8, 7]);
    assert_eq!(positions(ledger.entries_about(About::Nobody, None, 5).await.unwrap()), [10, 9]);
    assert_eq!(positions(ledger.entries_about(About::Nobody, Some(10), 5).await.unwrap()), [9]);
    let of = |service| ledger.entries_about(About::Service(service), None, 5);
    assert_eq!(positions(of(Service::Accounts).await.unwrap()), [10, 9]);
    assert!(of(Service::Keystore).await.unwrap().is_empty());
    let found = ledger.entries_at(&[10, 700, 2]).await.unwrap();
    let found: Vec<_> = found.into_iter().map(|stored| stored.map(|stored| stored.position)).collect();
    assert_eq!(found, [Some(10), None, Some(2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_up_is_told_by_later_entries_alone() {
    let bench = Bench::start().await;
    let ledger = bench.open().await;
    ledger.append(vec![entry(12), entry(18)]).await.unwrap();
    assert_eq!(ledger.given_up(&[0, 1]).await, Ok(Vec::new()));
    // What comes before an entry says nothing about it.
    let giving_up =
        |number, place| SealedEntry { gives_up: Some(place), writes: Vec::new(), ..entry(number) };
    ledger.append(vec![giving_up(20, 0), giving_up(22, 3), giving_up(24, 900)]).await.unwrap();
    assert_eq!(ledger.given_up(&[0, 1, 3, 900]).await, Ok(vec![0]));
    assert!(bench.verify(None).await.holds());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_arrived_is_said_by_the_next_commit_or_soon_by_the_ledger_itself() {
    let bench = Bench::start().await;
    let ledger = bench.open().await;
    ledger.append(vec![entry(0), entry(2)]).await.unwrap();
    ledger.arrived(&[0]).await.unwrap();
    ledger.append(vec![entry(4), entry(6)]).await.unwrap();
    let arrived = |stored: &[StoredEntry]| stored.iter().map(|one| one.arrived.clone()).collect::<Vec<_>>();
    assert_eq!(arrived(&ledger.entries(2, 2).await.unwrap()), [vec![0], vec![]]);
    ledger.arrived(&[1, 2]).await.unwrap();
    bench.until("select count(*) from entries", 5).await;
    let own = ledger.entries(4, 1).await.unwrap();
    assert_eq!(arrived(&own), [vec![1, 2]]);
    assert_eq!(own[0].entry.subject, EntrySubject::Nobody(Service::Ledger));
    assert!(
        ledger
            .entries_about(About::Nobody, None, 9)
            .await
            .unwrap()
            .iter()
            .flatten()
            .all(|one| one.position != 4)
    );
    // Nobody else hands such an entry in.
    let forged = SealedEntry { id: [1; 16], ..own[0].entry.clone() };
    assert_eq!(ledger.append(vec![forged]).await, Err(LedgerError::Unavailable));
    assert!(bench.verify(None).await.holds());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_sent_again_keeps_its_place() {
    let bench = Bench::start().await;
    let ledger = bench.open().await;
    ledger.append((0..5).map(entry).collect()).await.unwrap();
    let again = ledger.append(vec![entry(5), entry(3), entry(6), entry(5)]).await.unwrap();
    let positions: Vec<u64> = again.iter().map(|receipt| receipt.position()).collect();
    assert_eq!(positions, [5, 3, 6, 5]);
    assert_eq!(ledger.entries(0, 100).await.unwrap().len(), 7);
    assert_eq!(ledger.append(vec![entry(2)]).await.unwrap()[0].position(), 2);
    assert!(bench.verify(None).await.holds());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_does_not_acknowledge_another_entry() {
    let bench = Bench::start().await;
    let ledger = bench.open().await;
    ledger.append(vec![entry(0)]).await.unwrap();
    let mut other = entry(0);
    other.sealed.push(1);
    assert_eq!(ledger.append(vec![entry(1), other]).await, Err(LedgerError::Inconsistent));
    assert_eq!(ledger.entries(0, 100).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_cannot_be_stored_harms_no_other() {
    let bench = Bench::start().await;
    let ledger = Arc::new(bench.open().await);
    let mut large = entry(0);
    large.sealed = vec![0; leaf::MOST_SEALED + 1];
    let mut empty = entry(1);
    empty.sealed.clear();
    let mut largest = entry(2);
    largest.sealed = vec![0; leaf::MOST_SEALED];
    let (a, b, c) =
        tokio::join!(ledger.append(vec![large]), ledger.append(vec![empty]), ledger.append(vec![largest]),);
    assert_eq!((a, b), (Err(LedgerError::Unavailable), Err(LedgerError::Unavailable)));
    assert!(c.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_appends_share_commits() {
    let bench = Bench::start().await;
    let ledger = Arc::new(bench.open().await);
    let appends = (0..400).map(|number| {
        let ledger = Arc::clone(&ledger);
        tokio::spawn(async move { ledger.append(vec![entry(number)]).await.unwrap()[0].position() })
    });
    let mut positions = Vec::new();
    for append in appends.collect::<Vec<_>>() {
        positions.push(append.await.unwrap());
    }
    positions.sort_unstable();
    assert_eq!(positions, (0..400).collect::<Vec<_>>());
    let transactions = bench.count("select count(distinct xmin::text) from entries").await;
    assert!(transactions <= 100, "400 appends took {transactions} transactions");
}

#[tokio::test(flavor = "multi_thread")]
async fn proofs_hold_for_an_outsider() {
    let bench = Bench::start().await;
    let ledger = bench.open().await;
    ledger.append((0..300).map(entry).collect()).await.unwrap();
    let old = ledger.checkpoint().await.unwrap();
    for start in (300..1100).step_by(100) {
        ledger.append((start..start + 100).map(entry).collect()).await.unwrap();
    }
    let new = ledger.checkpoint().await.unwrap();
    assert_eq!((old.size, new.size), (300, 1100));
    assert_eq!(checkpoint::open(&new.note, &bench.verifier()).unwrap().checkpoint, new);

    let proof = ledger.consistency_proof(old.size, new.size).await.unwrap();
    assert_eq!(verify_consistency((old.size, &old.root), (new.size, &new.root), &proof), Ok(()));
    for position in [0, 255, 256, 299, 767, 1024, 1099] {
        let proof = ledger.inclusion_proof(position, new.size).await.unwrap();
        let leaf = leaf::hash_of(&ledger.entries(position, 1).await.unwrap()[0]);
        assert_eq!(verify_inclusion(&leaf, position, new.size, &proof, &new.root), Ok(()));
    }
    assert_eq!(ledger.inclusion_proof(0, 1101).await, Err(LedgerError::Unavailable));
    assert_eq!(ledger.inclusion_proof(300, 300).await, Err(LedgerError::Unavailable));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_appended_is_soon_signed_and_witnessed() {
    let bench = Bench::start().await;
    let ledger = bench.open().await;
    ledger.append((0..10).map(entry).collect()).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    assert_eq!(bench.witness().read().unwrap().unwrap().size, 10);
    assert_eq!(bench.count("select max(size) from checkpoints").await, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_runtime_role_can_only_add_and_read() {
    let bench = Bench::start().await;
    bench.open().await.append(vec![entry(0)]).await.unwrap();
    for statement in [
        "update entries set outcome = 1",
        "delete from entries",
        "truncate entries",
        "update tiles set level = 2",
        "delete from tiles",
        "update checkpoints set size = 5",
        "delete from checkpoints",
        "drop table entries",
        "alter table entries drop constraint entries_key",
        "create table mine (id int)",
        "create trigger t before insert on entries execute function suppress_redundant_updates_trigger()",
    ] {
        assert!(bench.as_runtime_role(statement).await.is_err(), "{statement}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_column_is_classified() {
    let bench = Bench::start().await;
    let unclassified = bench
        .count(
            "select count(*) from pg_attribute a join pg_class c on c.oid = a.attrelid \
             where c.relname in ('entries', 'tiles', 'checkpoints') and a.attnum > 0 and not a.attisdropped \
             and coalesce(col_description(c.oid, a.attnum), '') !~ '^(id|sealed|token|metadata): '",
        )
        .await;
    assert_eq!(unclassified, 0);
}
