//! A patient is wholly enrolled or not at all, and erased for ever.

use crate::bed::{Bed, ME, clinical};
use jiff::SignedDuration;
use tacenda_contracts::{
    entry::{Event, Outcome},
    keystore::{GrantKind, Keystore as _, PermitError, ReleaseError, Subject},
};
use tacenda_kernel::{Action, Actor, Compartment, CompartmentSet, Purpose, Role};
use uuid::Uuid;

#[tokio::test]
async fn a_reserved_patient_exists_for_nobody_until_confirmed() {
    let bed = Bed::new().await;
    let saga = Uuid::from_u128(1);
    let permit = bed.enrol(saga).await.unwrap();
    let number = permit.claims().subject.as_ref().unwrap().public;
    bed.keystore
        .release(&crate::bed::slice(&permit, Compartment::Contact))
        .await
        .expect("the saga writes with it");
    let ask = bed.ask(Role::Clinician, Action::Read, Subject::Public(number), clinical());
    assert_eq!(bed.keystore.permit(&ask).await, Err(PermitError::NotFound));
    assert_eq!(bed.keystore.permits(&ask, &[ask.subject]).await.unwrap(), [None]);
    bed.keystore.confirm(saga).await.unwrap();
    assert!(bed.keystore.permit(&ask).await.is_ok());
}

#[tokio::test]
async fn confirming_many_times_at_once_is_confirming_once() {
    let bed = Bed::new().await;
    let saga = Uuid::from_u128(2);
    bed.enrol(saga).await.unwrap();
    bed.enrol(saga).await.unwrap();
    let confirm = || bed.keystore.confirm(saga);
    let (a, b, c, d) = tokio::join!(confirm(), confirm(), confirm(), confirm());
    for answer in [a, b, c, d] {
        answer.unwrap();
    }
    assert_eq!(bed.count("select count(*) from grants").await, 2);
    assert_eq!(bed.count("select count(*) from patients where state = 'active'").await, 2);
    bed.keystore.abandon(saga).await.unwrap();
    assert_eq!(bed.count("select count(*) from patients where state = 'active'").await, 2);
}

#[tokio::test]
async fn abandoning_leaves_nothing() {
    let bed = Bed::new().await;
    let saga = Uuid::from_u128(3);
    let permit = bed.enrol(saga).await.unwrap();
    bed.keystore.abandon(saga).await.unwrap();
    let entry = bed.ledger.newest(&bed.audit_general);
    assert_eq!((entry.event, entry.outcome), (Event::Access(Action::Register), Outcome::Failed));
    bed.keystore.abandon(saga).await.unwrap();
    bed.keystore.confirm(saga).await.unwrap();
    for sql in
        ["select count(*) from patients", "select count(*) from patient_keys", "select count(*) from grants"]
    {
        assert_eq!(bed.count(sql).await, 0, "{sql}");
    }
    let answer = bed.keystore.release(&crate::bed::slice(&permit, Compartment::Contact)).await;
    assert_eq!(answer.err(), Some(ReleaseError::Erased));
}

#[tokio::test]
async fn without_the_ledger_nobody_is_enrolled() {
    let bed = Bed::new().await;
    bed.ledger.stop(true);
    let saga = Uuid::from_u128(4);
    assert_eq!(bed.enrol(saga).await, Err(PermitError::Unavailable));
    assert_eq!(bed.count("select count(*) from patients where state <> 'reserved'").await, 0);
    assert_eq!(bed.keystore.abandon(saga).await, Err(PermitError::Unavailable));
    bed.ledger.stop(false);
    bed.keystore.abandon(saga).await.unwrap();
    assert_eq!(bed.count("select count(*) from patients").await, 0);
    assert_eq!(bed.findings().await, []);
}

#[tokio::test]
async fn a_role_that_does_not_register_enrols_nobody() {
    let bed = Bed::new().await;
    let ask = bed.ask(Role::Researcher, Action::Register, Subject::Nobody, CompartmentSet::default());
    let answer = bed.keystore.enrol(&ask, Uuid::from_u128(5)).await;
    assert_eq!(answer, Err(PermitError::Forbidden));
    assert_eq!(bed.count("select count(*) from patients").await, 0);
}

#[tokio::test]
async fn erasure_destroys_every_key_for_ever() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    let ask = bed.ask(Role::Clinician, Action::Read, Subject::Public(patient), clinical());
    let permit = bed.keystore.permit(&ask).await.unwrap();
    bed.keystore.release(&crate::bed::slice(&permit, Compartment::Clinical)).await.unwrap();
    let erase = bed.erasing(patient).await;

    let certificate = bed.keystore.erase(&erase).await.unwrap();

    let claims = bed.certified(&certificate);
    assert_eq!(claims["compartments"].as_array().unwrap().len(), 5);
    assert_eq!(claims["iat"], bed.now().as_second());
    assert_eq!(bed.ledger.newest(&bed.audit_general).event, Event::Access(Action::Erase));
    assert_eq!(bed.count("select count(*) from patient_keys").await, 0);
    let answer = bed.keystore.release(&crate::bed::slice(&permit, Compartment::Clinical)).await;
    assert_eq!(answer.err(), Some(ReleaseError::Erased), "the key in memory is gone too");
    assert_eq!(bed.keystore.erase(&erase).await.err(), Some(ReleaseError::Erased));
    assert_eq!(bed.keystore.permit(&ask).await, Err(PermitError::Erased));
    bed.keystore.confirm(Uuid::from_u128(100)).await.unwrap();
    assert_eq!(bed.keystore.permit(&ask).await, Err(PermitError::Erased));
}

#[tokio::test]
async fn only_those_who_had_a_relation_learn_of_an_erasure() {
    let bed = Bed::new().await;
    let stranger = bed.patient_of_another_clinician().await;
    bed.keystore.erase(&*bed.erasing(stranger).await).await.unwrap();
    let ask = bed.ask(Role::Clinician, Action::Read, Subject::Public(stranger), clinical());
    assert_eq!(bed.keystore.permit(&ask).await, Err(PermitError::NotFound));
}

#[tokio::test]
async fn without_the_ledger_nobody_is_erased() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    let erase = bed.erasing(patient).await;
    bed.ledger.stop(true);
    assert_eq!(bed.keystore.erase(&erase).await.err(), Some(ReleaseError::Unavailable));
    bed.ledger.stop(false);
    let ask = bed.ask(Role::Clinician, Action::Read, Subject::Public(patient), clinical());
    assert!(bed.keystore.permit(&ask).await.is_ok());
}

#[tokio::test]
async fn no_other_permit_erases_grants_or_finds_the_account() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    let ask = bed.ask(Role::Clinician, Action::Read, Subject::Public(patient), clinical());
    let permit = bed.keystore.permit(&ask).await.unwrap();
    assert_eq!(bed.keystore.erase(&permit).await.err(), Some(ReleaseError::OtherCompartment));
    assert_eq!(bed.keystore.account_of(&permit).await.err(), Some(ReleaseError::OtherCompartment));
    let other = bed.account(Role::Clinician, 5).id;
    let grant = bed.grant(GrantKind::Care, Some(other), Purpose::Treatment);
    assert_eq!(bed.keystore.grant(&permit, grant).await.err(), Some(ReleaseError::OtherCompartment));
}

#[tokio::test]
async fn a_person_erases_only_after_a_proof_of_the_last_quarter_of_an_hour() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    let officer = bed.account(Role::SecurityOfficer, 1);
    let ask = |proven_at| {
        let actor = Actor { proven_at, ..officer.clone() };
        bed.ask_as(&actor, Action::Erase, Subject::Public(patient), CompartmentSet::default())
    };
    let ago = |minutes| Some(bed.now() - SignedDuration::from_mins(minutes));
    for proven_at in [None, ago(15), ago(600)] {
        let before = bed.ledger.count();
        assert_eq!(bed.keystore.permit(&ask(proven_at)).await, Err(PermitError::ProofNeeded));
        assert_eq!(bed.ledger.count(), before + 1, "the refusal is recorded");
    }
    assert!(bed.keystore.permit(&ask(ago(14))).await.is_ok());
    let doctor = Actor { proven_at: ago(600), ..bed.account(Role::Clinician, ME) };
    let read = bed.ask_as(&doctor, Action::Read, Subject::Public(patient), clinical());
    assert!(bed.keystore.permit(&read).await.is_ok(), "reading needs no recent proof");
    let erase = bed.ask_as(&doctor, Action::Erase, Subject::Public(patient), CompartmentSet::default());
    assert_eq!(bed.keystore.permit(&erase).await, Err(PermitError::Forbidden), "a proof would not help");
}
