//! Keys leave for a valid permit only.

use crate::bed::{Bed, clinical, everywhere, master_key};
use jiff::SignedDuration;
use tacenda_contracts::{
    entry::{Entry, Fact},
    keystore::{Grant, GrantKind, Keystore as _, ReleaseError, Subject},
    permit::{Permit, PermitFault},
};
use tacenda_kernel::{Action, Clock as _, Compartment, CompartmentSet, Purpose, Role};

#[tokio::test]
async fn a_permit_gives_the_keys_it_opens_and_no_others() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    let ask = bed.ask(Role::Clinician, Action::Read, Subject::Public(patient), clinical());
    let permit = bed.keystore.permit(&ask).await.unwrap();
    let release = bed.keystore.release(&crate::bed::slice(&permit, Compartment::Clinical)).await.unwrap();
    assert!(!format!("{release:?} {:?}", bed.keystore).contains(['[', '0', '1']), "Debug shows no bytes");
    for other in [Compartment::Contact, Compartment::Directory] {
        assert!(permit.slice(other).is_none());
        let answer = bed.vault(other).release(&crate::bed::slice(&permit, Compartment::Clinical)).await;
        assert_eq!(answer.err(), Some(ReleaseError::Unavailable), "it does not reach the service");
    }
}

#[tokio::test]
async fn an_expired_permit_gives_nothing() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    let ask = bed.ask(Role::Clinician, Action::Read, Subject::Public(patient), clinical());
    let permit = bed.keystore.permit(&ask).await.unwrap();
    bed.keystore.release(&crate::bed::slice(&permit, Compartment::Clinical)).await.unwrap();
    bed.clock.advance(SignedDuration::from_secs(60));
    let answer = bed.keystore.release(&crate::bed::slice(&permit, Compartment::Clinical)).await;
    assert_eq!(answer.err(), Some(ReleaseError::Permit(PermitFault::Expired)));
}

#[tokio::test]
async fn a_forged_permit_gives_nothing() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    let ask = bed.ask(Role::Clinician, Action::Read, Subject::Public(patient), clinical());
    let permit = bed.keystore.permit(&ask).await.unwrap();
    let other = master_key([99; 32]);
    let forged = Permit::issue(permit.claims().clone(), &other.permit_key());
    let answer = bed.keystore.release(&crate::bed::slice(&forged, Compartment::Clinical)).await;
    assert_eq!(answer.err(), Some(ReleaseError::Permit(PermitFault::Forged)));
}

#[tokio::test]
async fn a_look_up_opens_no_key() {
    let bed = Bed::new().await;
    bed.patient().await;
    let ask = bed.ask(Role::Clinician, Action::Lookup, Subject::Nobody, everywhere());
    let permit = bed.keystore.permit(&ask).await.unwrap();
    assert!(permit.opening(Compartment::Contact).is_some_and(|opening| opening.patient == [0; 16]));
    for compartment in Compartment::ALL {
        let answer = bed.keystore.release(&crate::bed::slice(&permit, compartment)).await;
        assert_eq!(answer.err(), Some(ReleaseError::OtherCompartment));
    }
}

#[tokio::test]
async fn the_directory_has_one_key_for_all() {
    let bed = Bed::new().await;
    let directory = CompartmentSet::from(Compartment::Directory);
    for role in [Role::Clinician, Role::Technician] {
        let ask = bed.ask(role, Action::Read, Subject::Nobody, directory);
        let permit = bed.keystore.permit(&ask).await.unwrap();
        assert!(permit.claims().subject.is_none());
        bed.keystore.release(&crate::bed::slice(&permit, Compartment::Directory)).await.unwrap();
    }
}

#[tokio::test]
async fn audit_keys_need_a_permit_to_audit_and_are_recorded() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    let ask = bed.ask(Role::Clinician, Action::Read, Subject::Public(patient), clinical());
    let permit = bed.keystore.permit(&ask).await.unwrap();
    let subject = permit.claims().subject.as_ref().unwrap().ledger;
    let answer = bed.keystore.audit_key(&permit, Some(subject)).await;
    assert_eq!(answer.err(), Some(ReleaseError::OtherCompartment));
    bed.audit_key(subject).await;
    bed.ledger.stop(true);
    let audit = bed.audit_permit().await;
    let answer = bed.keystore.audit_key(&audit, Some(subject)).await;
    assert_eq!(answer.err(), Some(ReleaseError::Unavailable));
}

#[tokio::test]
async fn a_vault_is_handed_its_own_number_and_nothing_of_another_one() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    let ask = bed.ask(Role::Clinician, Action::Read, Subject::Public(patient), everywhere());
    let permit = bed.keystore.permit(&ask).await.unwrap();
    let numbers = permit.claims().openings.iter().map(|opening| (opening.compartment, opening.patient));
    let numbers: Vec<(Compartment, [u8; 16])> = numbers.collect();
    assert!(numbers.len() > 2);
    for (own, number) in &numbers {
        let slice = permit.slice(*own).unwrap();
        assert_eq!(slice.opening(*own).unwrap().patient, *number);
        let handed = postcard::to_stdvec(slice).unwrap();
        let has = |number: &[u8; 16]| handed.windows(16).any(|window| window == number);
        assert!(has(number) && !has(&patient));
        for (other, foreign) in numbers.iter().filter(|(other, _)| other != own) {
            assert!(!has(foreign) && slice.opening(*other).is_none());
            let refused = bed.vault(*other).release(slice).await;
            assert_eq!(refused.err(), Some(ReleaseError::Unavailable));
            let checked = bed.vault(*other).holds(slice).await;
            assert_eq!(checked.err(), Some(ReleaseError::Unavailable));
        }
        bed.vault(*own).release(slice).await.unwrap();
    }
}

#[tokio::test]
async fn a_permit_that_does_not_hold_is_refused_by_every_call_and_that_is_recorded() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    let forger = master_key([99; 32]).permit_key();
    for action in [Action::Read, Action::Erase, Action::Register, Action::Audit] {
        let ask = bed.ask(Role::Clinician, Action::Read, Subject::Public(patient), clinical());
        let permit = bed.keystore.permit(&ask).await.unwrap();
        let mut claims = permit.claims().clone();
        // What the permit is for is altered as well: nothing of a forged one is looked at.
        claims.action = action;
        let forged = Permit::issue(claims, &forger);
        let slice = crate::bed::slice(&forged, Compartment::Clinical);
        let until = bed.clock.now() + SignedDuration::from_hours(1);
        let grant = Grant { kind: GrantKind::Care, actor: None, purpose: Purpose::Treatment, until };
        let keystore = &bed.keystore;
        let answers = [
            ("release", keystore.release(&slice).await.err()),
            ("holds", keystore.holds(&slice).await.err()),
            ("erase", keystore.erase(&forged).await.err()),
            ("grant", keystore.grant(&forged, grant).await.err()),
            ("account_of", keystore.account_of(&forged).await.err()),
            ("audit_key", keystore.audit_key(&forged, None).await.err()),
        ];
        for (name, answer) in answers {
            assert_eq!(answer, Some(ReleaseError::Permit(PermitFault::Forged)), "{name} {action:?}");
        }
    }
    bed.keystore.strangers().finish().await;
    let entries = bed.ledger.opened_with(&bed.audit_general);
    let forged = entries.iter().filter(|entry| entry.reason.as_deref() == Some("permit-forged"));
    let repeated = |entry: &Entry| {
        let counted = entry.facts.iter().find_map(|fact| match fact {
            Fact::Repeated(times) => Some(*times),
            _ => None,
        });
        counted.unwrap_or(1)
    };
    assert_eq!(forged.map(repeated).sum::<u64>(), 24, "six calls, four times");
}
