//! A running keystore notices what happens to its tables.

use jiff::SignedDuration;
use tacenda_contracts::keystore::{GrantKind, Keystore as _, ReleaseError};
use tacenda_kernel::{Purpose, Role};
use tacenda_keystore::CheckError;

use crate::bed::Bed;

#[tokio::test]
async fn keys_that_go_missing_or_are_altered_are_named() {
    let bed = Bed::new().await;
    bed.keystore.check().await.unwrap();
    for (sql, name) in [
        ("update master_keys set wrapped = sha256(wrapped)", "the master key"),
        ("update directory_keys set wrapped = sha256(wrapped)", "the directory's own key"),
        ("update compartment_keys set wrapped = sha256(wrapped) where compartment = 'stream'", "stream"),
        ("delete from compartment_keys where compartment = 'field'", "the compartment key of field"),
        ("delete from directory_keys", "the directory's own key"),
        ("delete from master_keys", "the master key"),
    ] {
        assert_eq!(bed.as_owner(sql).await, 1, "{sql}");
        let answer = bed.keystore.check().await;
        assert!(matches!(&answer, Err(CheckError::Keys(names)) if names.contains(name)), "{sql}: {answer:?}");
    }
}

#[tokio::test]
async fn a_grant_that_was_begun_and_left_is_ended() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    let governing = bed.governing(patient).await;
    let technician = bed.account(Role::Technician, crate::bed::ME);
    let grant = bed.grant(GrantKind::Assignment, Some(technician.id), Purpose::Operations);
    bed.ledger.stop(true);
    assert_eq!(bed.keystore.grant(&governing, grant).await.err(), Some(ReleaseError::Unavailable));
    bed.ledger.stop(false);
    bed.keystore.check().await.unwrap();
    let pending = "select count(*) from grants where state = 'pending'";
    assert_eq!(bed.count(pending).await, 1, "it may be under way");
    bed.clock.advance(SignedDuration::from_mins(2));
    bed.keystore.check().await.unwrap();
    assert_eq!(bed.count(pending).await, 0);
    assert_eq!(bed.findings().await, []);
}

#[tokio::test]
async fn without_the_ledger_nothing_is_ended_and_it_says_so() {
    let bed = Bed::new().await;
    bed.patient().await;
    bed.ledger.stop(true);
    assert!(matches!(bed.keystore.check().await, Err(CheckError::Past(_))));
}
