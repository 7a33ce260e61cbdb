//! What the ledger says is over stays over, whatever older rows are put back.

use tacenda_contracts::keystore::{GrantKind, Keystore as _, PermitError, ReleaseError, Subject};
use tacenda_kernel::{Action, Compartment, Role};
use tacenda_keystore::{OpenError, verify::Finding};

use crate::bed::{Bed, ROOT, clinical};

/// Keeps a copy of all that is about patients, as a backup does.
const BACKUP: [&str; 3] = [
    "create table old_patients as select * from patients",
    "create table old_keys as select * from patient_keys",
    "create table old_grants as select * from grants",
];

/// Puts it back, in place of what is there.
const RESTORE: [&str; 4] = [
    "delete from patients",
    "insert into patients select * from old_patients",
    "insert into patient_keys select * from old_keys",
    "insert into grants select * from old_grants",
];

impl Bed {
    async fn as_owner_each(&self, statements: &[&str]) {
        for sql in statements {
            self.as_owner(sql).await;
        }
    }

    async fn keys_left(&self) -> i64 {
        self.count("select count(*) from patient_keys").await
    }
}

#[tokio::test]
async fn an_erased_patient_who_is_put_back_stays_erased_and_is_erased_again() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    bed.as_owner_each(&BACKUP).await;
    let ask = bed.ask(Role::Clinician, Action::Read, Subject::Public(patient), clinical());
    let permit = bed.keystore.permit(&ask).await.unwrap();
    bed.keystore.erase(&*bed.erasing(patient).await).await.unwrap();

    bed.as_owner_each(&RESTORE).await;

    assert_eq!(bed.keys_left().await, 6);
    assert_eq!(bed.keystore.permit(&ask).await, Err(PermitError::Erased), "its row says that it is active");
    assert_eq!(bed.keystore.permits(&ask, &[ask.subject]).await.unwrap(), [None]);
    let answer = bed.keystore.release(&crate::bed::slice(&permit, Compartment::Clinical)).await;
    assert_eq!(answer.err(), Some(ReleaseError::Erased));
    let findings = bed.findings().await;
    assert!(findings.iter().any(|finding| matches!(finding, Finding::ErasureUndone(_))), "{findings:?}");

    bed.keystore.check().await.unwrap();
    assert_eq!(bed.keys_left().await, 0, "erased again");
    assert_eq!(bed.findings().await, []);
    let entry = bed.ledger.newest_with(&bed.audit_general);
    assert_eq!(entry.reason.as_deref(), Some("erased-again"));
    let before = bed.ledger.count();
    bed.keystore.check().await.unwrap();
    assert_eq!(bed.ledger.count(), before, "once");
}

#[tokio::test]
async fn an_older_database_is_erased_again_before_the_keystore_opens() {
    let bed = Bed::new().await;
    let (patient, kept) = (bed.patient().await, bed.another_patient().await);
    bed.as_owner_each(&BACKUP).await;
    bed.keystore.erase(&*bed.erasing(patient).await).await.unwrap();
    bed.as_owner_each(&RESTORE).await;
    let restarted = bed.reopen(ROOT).await.unwrap();
    assert_eq!(bed.keys_left().await, 6, "those of the other patient");
    let ask = |patient| bed.ask(Role::Clinician, Action::Read, Subject::Public(patient), clinical());
    assert_eq!(restarted.permit(&ask(patient)).await, Err(PermitError::Erased));
    assert!(restarted.permit(&ask(kept)).await.is_ok());
    assert_eq!(bed.findings().await, []);
}

#[tokio::test]
async fn an_older_database_that_keeps_its_keys_is_refused() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    bed.as_owner_each(&BACKUP).await;
    bed.keystore.erase(&*bed.erasing(patient).await).await.unwrap();
    bed.as_owner_each(&RESTORE).await;
    let keep = "create function keep() returns trigger language plpgsql as $$begin return null; end$$; \
         create trigger keep before delete on patient_keys for each row execute function keep()";
    bed.endpoints.owner.connect().await.unwrap().batch_execute(keep).await.unwrap();
    assert!(matches!(bed.reopen(ROOT).await, Err(OpenError::Check(_))));
}

#[tokio::test]
async fn another_instance_hears_of_an_erasure_from_the_ledger() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    bed.as_owner_each(&BACKUP).await;
    let other = bed.reopen(ROOT).await.unwrap();
    bed.keystore.erase(&*bed.erasing(patient).await).await.unwrap();
    other.check().await.unwrap();
    bed.as_owner_each(&RESTORE).await;
    let ask = bed.ask(Role::Clinician, Action::Read, Subject::Public(patient), clinical());
    assert_eq!(other.permit(&ask).await, Err(PermitError::Erased));
}

#[tokio::test]
async fn an_erasure_that_died_after_its_entry_is_finished() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    let erase = bed.erasing(patient).await;
    let keep = "create function keep() returns trigger language plpgsql as $$begin return null; end$$; \
         create trigger keep before delete on patient_keys for each row execute function keep()";
    let owner = bed.endpoints.owner.connect().await.unwrap();
    owner.batch_execute(keep).await.unwrap();
    assert_eq!(bed.keystore.erase(&erase).await.err(), Some(ReleaseError::Unavailable));
    let ask = bed.ask(Role::Clinician, Action::Read, Subject::Public(patient), clinical());
    assert_eq!(bed.keystore.permit(&ask).await, Err(PermitError::Erased), "the ledger has it");
    assert!(bed.keystore.check().await.is_err(), "and it cannot be finished");
    owner.batch_execute("drop trigger keep on patient_keys").await.unwrap();
    bed.keystore.check().await.unwrap();
    assert_eq!(bed.keys_left().await, 0);
    assert_eq!(bed.findings().await, []);
}

#[tokio::test]
async fn a_relation_that_ended_does_not_come_back_with_its_old_row() {
    for kind in [GrantKind::Care, GrantKind::Assignment, GrantKind::ResearchConsent] {
        let bed = Bed::new().await;
        let patient = bed.patient().await;
        let (role, place) = match kind {
            GrantKind::Assignment => (Role::Technician, Compartment::Field),
            GrantKind::ResearchConsent => (Role::Researcher, Compartment::Clinical),
            _ => (Role::Clinician, Compartment::Clinical),
        };
        bed.relate(patient, kind, role).await;
        let number = bed.number_for(role, patient);
        let ask = bed.ask(role, Action::Read, Subject::Public(number), place.into());
        assert!(bed.keystore.permit(&ask).await.is_ok(), "{kind:?}");
        bed.as_owner_each(&BACKUP).await;
        bed.end(patient, kind, role).await;
        assert!(bed.keystore.permit(&ask).await.is_err(), "{kind:?}");
        bed.as_owner_each(&RESTORE).await;
        assert!(bed.keystore.permit(&ask).await.is_err(), "{kind:?}");
        let other = bed.reopen(ROOT).await.unwrap();
        assert!(other.permit(&ask).await.is_err(), "{kind:?}");
        assert_eq!(bed.findings().await, [], "ended again when it opened");
    }
}

#[tokio::test]
async fn an_entry_of_the_past_that_does_not_open_keeps_the_keystore_shut() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    bed.keystore.erase(&*bed.erasing(patient).await).await.unwrap();
    bed.ledger.alter(bed.ledger.count() - 1);
    assert!(matches!(bed.reopen(ROOT).await, Err(OpenError::Past(_))));
}
