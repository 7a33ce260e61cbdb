//! Who gets a permit, for what, and what the others are told.

use crate::bed::{Bed, clinical, everywhere};
use jiff::SignedDuration;
use tacenda_contracts::{
    entry::{Event, Outcome},
    keystore::{Grant, GrantKind, Keystore as _, PermitError, ReleaseError, Subject},
};
use tacenda_kernel::{Action, Compartment, Purpose, Role};

#[tokio::test]
async fn each_role_gets_what_its_relation_gives() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    bed.relate(patient, GrantKind::Assignment, Role::Technician).await;
    bed.relate(patient, GrantKind::StreamNeed, Role::Monitor).await;
    bed.relate(patient, GrantKind::ResearchConsent, Role::Researcher).await;
    let account = bed.keystore.account_of(&*bed.governing(patient).await).await.unwrap();
    let mut found = String::new();
    for role in Role::ALL {
        let subject = match role {
            Role::Patient => Subject::Own,
            _ => Subject::Public(bed.number_for(role, patient)),
        };
        let mut actor = bed.account(role, 1);
        actor.patient = (role == Role::Patient).then_some(account);
        let ask = bed.ask_as(&actor, Action::Read, subject, everywhere());
        let answer = bed.keystore.permit(&ask).await.map(|permit| {
            permit.compartments().iter().map(Compartment::as_str).collect::<Vec<_>>().join(" ")
        });
        found += &format!("{role}: {}\n", answer.unwrap_or_else(|error| format!("{error:?}")));
    }
    assert_eq!(found, include_str!("golden/read_permits.txt"));
}

#[tokio::test]
async fn a_number_that_is_not_the_callers_patient_is_not_found() {
    let bed = Bed::new().await;
    let mine = bed.patient().await;
    let stranger = bed.patient_of_another_clinician().await;
    let in_house = bed.number_for(Role::Technician, mine);
    let of_random = [7; 16];
    for number in [stranger, in_house, of_random] {
        let before = bed.ledger.count();
        let ask = bed.ask(Role::Clinician, Action::Read, Subject::Public(number), clinical());
        assert_eq!(bed.keystore.permit(&ask).await, Err(PermitError::NotFound));
        assert_eq!(bed.ledger.count(), before + 1, "the refusal is recorded");
    }
    let ask = bed.ask(Role::Clinician, Action::Read, Subject::Public(mine), clinical());
    assert!(bed.keystore.permit(&ask).await.is_ok());
}

#[tokio::test]
async fn a_role_that_could_never_is_forbidden_whoever_it_is_about() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    for number in [bed.number_for(Role::Technician, patient), [9; 16]] {
        let ask = bed.ask(Role::Technician, Action::Read, Subject::Public(number), clinical());
        assert_eq!(bed.keystore.permit(&ask).await, Err(PermitError::Forbidden));
    }
}

#[tokio::test]
async fn a_refusal_about_a_patient_is_sealed_for_them_and_others_for_nobody() {
    let bed = Bed::new().await;
    let stranger = bed.patient_of_another_clinician().await;
    let ask = bed.ask(Role::Clinician, Action::Read, Subject::Public(stranger), clinical());
    assert_eq!(bed.keystore.permit(&ask).await, Err(PermitError::NotFound));
    let subject = bed.ledger.newest_subject().expect("about the patient");
    let audit = bed.audit_key(subject).await;
    // Giving the audit key is recorded too, under the same key.
    assert_eq!(bed.ledger.newest(&audit).event, Event::Access(Action::Audit));

    let ask = bed.ask(Role::Clinician, Action::Read, Subject::Public([1; 16]), clinical());
    assert_eq!(bed.keystore.permit(&ask).await, Err(PermitError::NotFound));
    assert_eq!(bed.ledger.newest_subject(), None);
    let entry = bed.ledger.newest(&bed.audit_general);
    assert_eq!((entry.outcome, entry.role), (Outcome::Denied, Some(Role::Clinician)));
    assert_eq!(entry.compartment, Some(Compartment::Clinical));
}

#[tokio::test]
async fn a_grant_ends_at_its_time_and_holds_for_its_purpose_only() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    let other = bed.account(Role::Clinician, 77);
    let until = bed.now() + SignedDuration::from_mins(10);
    let grant = Grant { kind: GrantKind::Care, actor: Some(other.id), purpose: Purpose::Treatment, until };
    bed.keystore.grant(&*bed.governing(patient).await, grant).await.unwrap();
    let mut ask = bed.ask(Role::Clinician, Action::Read, Subject::Public(patient), clinical());
    ask.token = bed.token(&other);
    assert!(bed.keystore.permit(&ask).await.is_ok());
    ask.purpose = Purpose::Payment;
    assert!(bed.keystore.permit(&ask).await.is_err());
    ask.purpose = Purpose::Treatment;
    bed.clock.advance(SignedDuration::from_mins(10));
    ask.token = bed.token(&bed.account(Role::Clinician, 77));
    assert_eq!(bed.keystore.permit(&ask).await, Err(PermitError::NotFound));
}

#[tokio::test]
async fn a_grant_can_be_withdrawn() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    let me = bed.account(Role::Clinician, 1);
    let grant =
        Grant { kind: GrantKind::Care, actor: Some(me.id), purpose: Purpose::Treatment, until: bed.now() };
    bed.keystore.grant(&*bed.governing(patient).await, grant).await.unwrap();
    let ask = bed.ask(Role::Clinician, Action::Read, Subject::Public(patient), clinical());
    assert_eq!(bed.keystore.permit(&ask).await, Err(PermitError::NotFound));
}

#[tokio::test]
async fn a_stranger_or_an_old_token_is_unauthenticated_and_recorded() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    let mut ask = bed.ask(Role::Clinician, Action::Read, Subject::Public(patient), clinical());
    assert!(bed.keystore.permit(&ask).await.is_ok(), "now it is a remembered token");
    bed.clock.advance(SignedDuration::from_mins(6));
    assert_eq!(bed.keystore.permit(&ask).await, Err(PermitError::Unauthenticated));
    ask.token = tacenda_kernel::Secret::new("not a token".to_owned());
    assert_eq!(bed.keystore.permit(&ask).await, Err(PermitError::Unauthenticated));
    let entry = bed.ledger.newest(&bed.audit_general);
    assert_eq!((entry.event, entry.outcome, entry.actor), (Event::Unauthenticated, Outcome::Denied, None));
}

#[tokio::test]
async fn without_the_ledger_every_refusal_is_the_same() {
    let bed = Bed::new().await;
    let stranger = bed.patient_of_another_clinician().await;
    bed.ledger.stop(true);
    for (role, number) in
        [(Role::Clinician, stranger), (Role::Clinician, [3; 16]), (Role::Technician, [3; 16])]
    {
        let mut ask = bed.ask(role, Action::Read, Subject::Public(number), clinical());
        assert_eq!(bed.keystore.permit(&ask).await, Err(PermitError::Unavailable));
        ask.token = tacenda_kernel::Secret::new("not a token".to_owned());
        assert_eq!(bed.keystore.permit(&ask).await, Err(PermitError::Unavailable));
    }
    bed.ledger.stop(false);
    let ask = bed.ask(Role::Clinician, Action::Read, Subject::Public(stranger), clinical());
    assert_eq!(bed.keystore.permit(&ask).await, Err(PermitError::NotFound));
}

#[tokio::test]
async fn without_its_database_nothing_is_decided() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    let ask = bed.ask(Role::Clinician, Action::Read, Subject::Public(patient), clinical());
    let permit = bed.keystore.permit(&ask).await.unwrap();
    let owner = bed.endpoints.owner.connect().await.unwrap();
    owner
        .batch_execute("alter table patients rename to a; alter table patient_keys rename to b")
        .await
        .unwrap();
    assert_eq!(bed.keystore.permit(&ask).await, Err(PermitError::Unavailable));
    let answer = bed.keystore.release(&crate::bed::slice(&permit, Compartment::Clinical)).await;
    assert_eq!(answer.err(), Some(ReleaseError::Unavailable));
}

#[tokio::test]
async fn a_role_that_looks_up_for_some_patient_may_look_up() {
    let bed = Bed::new().await;
    let ask = bed.ask(Role::Technician, Action::Lookup, Subject::Nobody, everywhere());
    let permit = bed.keystore.permit(&ask).await.unwrap();
    let opened: Vec<_> = permit.compartments().iter().collect();
    assert_eq!(opened, [Compartment::Field, Compartment::Directory]);
    let ask = bed.ask(Role::Researcher, Action::Lookup, Subject::Nobody, everywhere());
    assert_eq!(bed.keystore.permit(&ask).await, Err(PermitError::Forbidden));
}

#[tokio::test]
async fn a_permit_holds_a_minute_or_as_long_as_the_token() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    let ask = bed.ask(Role::Clinician, Action::Read, Subject::Public(patient), clinical());
    let permit = bed.keystore.permit(&ask).await.unwrap();
    assert_eq!(permit.claims().expires_at, bed.now() + SignedDuration::from_secs(60));
    bed.clock.advance(SignedDuration::from_secs(270));
    let permit = bed.keystore.permit(&ask).await.unwrap();
    assert_eq!(permit.claims().expires_at, permit.claims().actor.expires_at);
}

#[tokio::test]
async fn candidates_get_permits_in_silence() {
    let bed = Bed::new().await;
    let mine = bed.patient().await;
    let stranger = bed.patient_of_another_clinician().await;
    let ask = bed.ask(Role::Clinician, Action::Read, Subject::Nobody, clinical());
    let before = bed.ledger.count();
    let subjects = [mine, stranger, [5; 16], mine].map(Subject::Public);
    let permits = bed.keystore.permits(&ask, &subjects).await.unwrap();
    let opened: Vec<bool> = permits.iter().map(Option::is_some).collect();
    assert_eq!(opened, [true, false, false, true]);
    assert_eq!(bed.ledger.count(), before);
    let in_vault = permits[0].as_ref().unwrap().opening(Compartment::Clinical).unwrap().patient;
    let subjects =
        [Subject::InVault(Compartment::Clinical, in_vault), Subject::InVault(Compartment::Contact, in_vault)];
    let permits = bed.keystore.permits(&ask, &subjects).await.unwrap();
    assert!(permits[0].is_some() && permits[1].is_none());
}

#[tokio::test]
async fn a_permit_without_relation_never_names_a_patient() {
    let bed = Bed::new().await;
    let stranger = bed.patient_of_another_clinician().await;
    for action in [Action::Lookup, Action::Register] {
        let ask = bed.ask(Role::Clinician, action, Subject::Public(stranger), everywhere());
        assert_eq!(bed.keystore.permit(&ask).await, Err(PermitError::NotFound), "{action}");
    }
}
