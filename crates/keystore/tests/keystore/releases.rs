//! Keys leave for a valid permit only.

use crate::bed::{Bed, clinical, everywhere, master_key};
use jiff::SignedDuration;
use tacenda_contracts::{
    keystore::{Keystore as _, ReleaseError, Subject},
    permit::{Permit, PermitFault},
};
use tacenda_kernel::{Action, Compartment, CompartmentSet, Role};

#[tokio::test]
async fn a_permit_gives_the_keys_it_opens_and_no_others() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    let ask = bed.ask(Role::Clinician, Action::Read, Subject::Public(patient), clinical());
    let permit = bed.keystore.permit(&ask).await.unwrap();
    let release = bed
        .keystore
        .release(&crate::bed::slice(&permit, Compartment::Clinical), Compartment::Clinical)
        .await
        .unwrap();
    assert!(!format!("{release:?} {:?}", bed.keystore).contains(['[', '0', '1']), "Debug shows no bytes");
    for other in [Compartment::Contact, Compartment::Directory] {
        let answer = bed.keystore.release(&crate::bed::slice(&permit, other), other).await;
        assert_eq!(answer.err(), Some(ReleaseError::OtherCompartment));
    }
}

#[tokio::test]
async fn an_expired_permit_gives_nothing() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    let ask = bed.ask(Role::Clinician, Action::Read, Subject::Public(patient), clinical());
    let permit = bed.keystore.permit(&ask).await.unwrap();
    bed.keystore
        .release(&crate::bed::slice(&permit, Compartment::Clinical), Compartment::Clinical)
        .await
        .unwrap();
    bed.clock.advance(SignedDuration::from_secs(60));
    let answer =
        bed.keystore.release(&crate::bed::slice(&permit, Compartment::Clinical), Compartment::Clinical).await;
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
    let answer =
        bed.keystore.release(&crate::bed::slice(&forged, Compartment::Clinical), Compartment::Clinical).await;
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
        let answer = bed.keystore.release(&crate::bed::slice(&permit, compartment), compartment).await;
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
        bed.keystore
            .release(&crate::bed::slice(&permit, Compartment::Directory), Compartment::Directory)
            .await
            .unwrap();
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
            let answer = bed.keystore.release(slice, *other).await;
            assert_eq!(answer.err(), Some(ReleaseError::OtherCompartment));
        }
        bed.keystore.release(slice, *own).await.unwrap();
    }
}
