//! Verification names what does not hold, and changes nothing.

use tacenda_contracts::keystore::{GrantKind, Keystore as _};
use tacenda_kernel::Role;
use tacenda_keystore::verify::Finding;
use uuid::Uuid;

use crate::bed::Bed;

#[tokio::test]
async fn a_keystore_in_use_holds() {
    let bed = Bed::new().await;
    assert_eq!(bed.findings().await, []);
    let (kept, erased) = (bed.patient().await, bed.another_patient().await);
    bed.relate(kept, GrantKind::Assignment, Role::Technician).await;
    bed.relate(kept, GrantKind::Assignment, Role::Technician).await;
    bed.end(kept, GrantKind::Assignment, Role::Technician).await;
    bed.relate(kept, GrantKind::ResearchConsent, Role::Researcher).await;
    bed.keystore.erase(&*bed.erasing(erased).await).await.unwrap();
    let abandoned = Uuid::from_u128(50);
    bed.enrol(abandoned).await.unwrap();
    assert_eq!(bed.findings().await, [], "a registration under way");
    bed.keystore.abandon(abandoned).await.unwrap();
    let before = bed.ledger.count();
    assert_eq!(bed.findings().await, []);
    assert_eq!(bed.ledger.count(), before, "it writes nothing");
}

#[tokio::test]
async fn a_registration_that_stands_still_is_named() {
    let bed = Bed::new().await;
    bed.enrol(Uuid::from_u128(50)).await.unwrap();
    bed.clock.advance(jiff::SignedDuration::from_mins(6));
    let findings = bed.findings().await;
    assert!(matches!(findings.as_slice(), [Finding::PatientReserved(_)]), "{findings:?}");
}

#[tokio::test]
async fn what_the_ledger_has_and_no_row_and_the_other_way_is_named() {
    let bed = Bed::new().await;
    bed.patient().await;
    let patient = bed.another_patient().await;
    bed.keystore.erase(&*bed.erasing(patient).await).await.unwrap();
    bed.as_owner("create table old_patients as select * from patients where state = 'erased'").await;
    bed.as_owner("delete from patients").await;
    let findings = bed.findings().await;
    let missing = |finding: &&Finding| matches!(finding, Finding::PatientMissing(_));
    assert_eq!(findings.iter().filter(missing).count(), 2, "{findings:?}");
    let missing = |finding: &&Finding| matches!(finding, Finding::GrantMissing(_));
    assert_eq!(findings.iter().filter(missing).count(), 2, "{findings:?}");

    let entries = bed.ledger.count();
    bed.ledger.forget(entries);
    bed.as_owner("insert into patients select * from old_patients").await;
    let findings = bed.findings().await;
    assert!(
        matches!(findings.as_slice(), [Finding::PatientNotRegistered(_), Finding::ErasureNotRecorded(_)]),
        "{findings:?}"
    );
}

#[tokio::test]
async fn keys_that_are_missing_or_altered_are_named() {
    for (sql, expected) in [
        (
            "delete from compartment_keys where compartment = 'stream'",
            "missing: the compartment key of stream",
        ),
        ("update directory_keys set wrapped = sha256(wrapped)", "the directory's own key does not open"),
        (
            "update compartment_keys set wrapped = sha256(wrapped) where compartment = 'stream'",
            "the compartment key of stream 1 does not open",
        ),
    ] {
        let bed = Bed::new().await;
        bed.patient().await;
        assert_eq!(bed.as_owner(sql).await, 1);
        let said: Vec<String> = bed.findings().await.iter().map(ToString::to_string).collect();
        assert_eq!(said, [expected]);
    }
}
