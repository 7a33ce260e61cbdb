//! Whoever can write the keystore's tables, but has no key, changes nobody's standing in silence.

use tacenda_contracts::keystore::{GrantKind, Keystore as _, PermitError, ReleaseError, Subject};
use tacenda_kernel::{Action, Compartment, Role};

use crate::bed::{Bed, clinical};

impl Bed {
    /// What the first clinician is answered who asks for the patient's clinical records.
    async fn asked(&self, patient: [u8; 16]) -> Option<PermitError> {
        let ask = self.ask(Role::Clinician, Action::Read, Subject::Public(patient), clinical());
        self.keystore.permit(&ask).await.err()
    }
}

#[tokio::test]
async fn a_patient_is_not_erased_reserved_or_revived_by_an_edit() {
    for edit in [
        "state = 'erased', erased_at = now()",
        "state = 'reserved'",
        "saga = gen_random_uuid()",
        "enrolled_by = gen_random_uuid()",
        "enrolled_for = 'HOPERAT'",
        "enrolled_at = enrolled_at + interval '1 second'",
        "key_generation = 2",
        "tag = sha256(tag)",
    ] {
        let bed = Bed::new().await;
        let patient = bed.patient().await;
        assert_eq!(bed.asked(patient).await, None);
        assert_eq!(bed.as_owner(&format!("update patients set {edit}")).await, 1);
        assert_eq!(bed.asked(patient).await, Some(PermitError::Unavailable), "{edit}");
        let stranger = bed.account(Role::Clinician, crate::bed::SOMEONE_ELSE);
        let ask = bed.ask_as(&stranger, Action::Read, Subject::Public(patient), clinical());
        assert_eq!(bed.keystore.permit(&ask).await.err(), Some(PermitError::NotFound), "{edit}");
    }
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    bed.keystore.erase(&*bed.erasing(patient).await).await.unwrap();
    assert_eq!(bed.as_owner("update patients set state = 'active', erased_at = null").await, 1);
    assert_eq!(bed.asked(patient).await, Some(PermitError::Erased), "the ledger has it");
}

#[tokio::test]
async fn keys_that_are_not_there_are_no_erasure() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    let ask = bed.ask(Role::Clinician, Action::Read, Subject::Public(patient), clinical());
    let permit = bed.keystore.permit(&ask).await.unwrap();
    assert_eq!(bed.as_owner("delete from patient_keys where compartment = 'clinical'").await, 1);
    let answer = bed.keystore.release(&crate::bed::slice(&permit, Compartment::Clinical)).await;
    assert_eq!(answer.err(), Some(ReleaseError::Damaged));
    assert_eq!(bed.as_owner("delete from patient_keys").await, 5);
    let answer = bed.keystore.release(&crate::bed::slice(&permit, Compartment::Clinical)).await;
    assert_eq!(answer.err(), Some(ReleaseError::Damaged));
}

#[tokio::test]
async fn a_key_of_another_patient_vault_version_or_generation_is_damage() {
    for edit in [
        "update patient_keys k set wrapped = o.wrapped from patient_keys o \
         where k.patient <> o.patient and k.compartment = o.compartment",
        "update patient_keys k set wrapped = o.wrapped from patient_keys o \
         where k.patient = o.patient and k.compartment = 'clinical' and o.compartment = 'contact'",
        "update patient_keys set key_version = 2",
        "update patient_keys set key_generation = 2",
        "update patient_keys set wrapped = sha256(wrapped)",
    ] {
        let bed = Bed::new().await;
        let (patient, _) = (bed.patient().await, bed.another_patient().await);
        let ask = bed.ask(Role::Clinician, Action::Read, Subject::Public(patient), clinical());
        let permit = bed.keystore.permit(&ask).await.unwrap();
        assert!(bed.as_owner(edit).await > 0);
        let answer = bed.keystore.release(&crate::bed::slice(&permit, Compartment::Clinical)).await;
        assert_eq!(answer.err(), Some(ReleaseError::Damaged), "{edit}");
    }
}

#[tokio::test]
async fn a_withdrawn_relation_does_not_come_back_by_an_edit() {
    for kind in [GrantKind::Care, GrantKind::Assignment, GrantKind::ResearchConsent] {
        let bed = Bed::new().await;
        let patient = bed.patient().await;
        let role = match kind {
            GrantKind::Assignment => Role::Technician,
            GrantKind::ResearchConsent => Role::Researcher,
            _ => Role::Monitor,
        };
        bed.relate(patient, kind, role).await;
        bed.end(patient, kind, role).await;
        let ended = "update grants set state = 'given', withdrawn_at = null where state = 'withdrawn'";
        assert_eq!(bed.as_owner(ended).await, 1);
        let number = bed.number_for(role, patient);
        let place = if role == Role::Technician { Compartment::Field } else { Compartment::Clinical };
        let ask = bed.ask(role, Action::Read, Subject::Public(number), place.into());
        assert!(bed.keystore.permit(&ask).await.is_err(), "{kind:?}");
    }
}

#[tokio::test]
async fn a_grant_that_was_only_begun_gives_nothing() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    let governing = bed.governing(patient).await;
    let technician = bed.account(Role::Technician, crate::bed::ME);
    let grant = bed.grant(GrantKind::Assignment, Some(technician.id), tacenda_kernel::Purpose::Operations);
    bed.ledger.stop(true);
    assert_eq!(bed.keystore.grant(&governing, grant).await.err(), Some(ReleaseError::Unavailable));
    bed.ledger.stop(false);
    assert_eq!(bed.count("select count(*) from grants where state = 'pending'").await, 1);
    let number = bed.number_for(Role::Technician, patient);
    let ask = bed.ask(Role::Technician, Action::Read, Subject::Public(number), Compartment::Field.into());
    assert_eq!(bed.keystore.permit(&ask).await.err(), Some(PermitError::NotFound));
}

#[tokio::test]
async fn no_certificate_leaves_while_a_key_is_left() {
    for trigger in [
        "create function keep() returns trigger language plpgsql as $$begin return null; end$$; \
         create trigger keep before delete on patient_keys for each row execute function keep()",
        "create function keep() returns trigger language plpgsql as $$begin \
           if old.compartment = 'clinical' then return null; end if; return old; end$$; \
         create trigger keep before delete on patient_keys for each row execute function keep()",
        "create function back() returns trigger language plpgsql security definer as $$begin \
           insert into patient_keys select old.*; return null; end$$; \
         create constraint trigger back after delete on patient_keys deferrable initially deferred \
           for each row execute function back()",
        "create rule keep as on delete to patient_keys do instead nothing",
    ] {
        let bed = Bed::new().await;
        let patient = bed.patient().await;
        let erase = bed.erasing(patient).await;
        bed.endpoints.owner.connect().await.unwrap().batch_execute(trigger).await.unwrap();
        let answer = bed.keystore.erase(&erase).await;
        assert_eq!(answer.err(), Some(ReleaseError::Unavailable), "{trigger}");
        assert!(bed.count("select count(*) from patient_keys").await > 0, "the trigger works");
    }
}

#[tokio::test]
async fn no_certificate_leaves_where_a_key_was_missing_and_what_is_left_is_destroyed() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    let erase = bed.erasing(patient).await;
    assert_eq!(bed.as_owner("delete from patient_keys where compartment = 'stream'").await, 1);
    assert_eq!(bed.keystore.erase(&erase).await.err(), Some(ReleaseError::Damaged));
    assert_eq!(bed.count("select count(*) from patient_keys").await, 0);
    assert_eq!(bed.keystore.erase(&erase).await.err(), Some(ReleaseError::Erased));
}
