//! Scopes of a token only take away: from actions, types, compartments and patients.

use tacenda_contracts::keystore::{GrantKind, Keystore as _, PermitError, ReleaseError, Subject};
use tacenda_kernel::{Action, Actor, Compartment, CompartmentSet, Kinds, Narrowing, Purpose, Role};
use uuid::Uuid;

use crate::bed::{Bed, ME, everywhere};

fn narrowed(bed: &Bed, role: Role, scopes: &[&str], patient: Option<[u8; 16]>) -> Actor {
    let scopes = scopes.iter().map(|scope| scope.parse().unwrap()).collect();
    Actor { narrowing: Some(Narrowing { scopes, patient }), ..bed.account(role, ME) }
}

/// The compartments of a permit and its types.
async fn asked(
    bed: &Bed,
    actor: &Actor,
    action: Action,
    subject: Subject,
) -> Result<(String, Kinds), PermitError> {
    let permit = bed.keystore.permit(&bed.ask_as(actor, action, subject, everywhere())).await?;
    let places: Vec<_> = permit.compartments().iter().map(Compartment::as_str).collect();
    Ok((places.join(" "), permit.claims().kinds.clone()))
}

fn only(kinds: &[&str]) -> Kinds {
    Kinds::Only(kinds.iter().map(|kind| (*kind).to_owned()).collect())
}

#[tokio::test]
async fn a_type_opens_the_compartments_that_can_hold_it_and_no_other() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    let subject = Subject::Public(patient);
    let observations = narrowed(&bed, Role::Clinician, &["user/Observation.rs"], None);
    let (places, kinds) = asked(&bed, &observations, Action::Read, subject).await.unwrap();
    assert_eq!((places.as_str(), kinds), ("clinical", only(&["Observation"])));
    let everything = narrowed(&bed, Role::Clinician, &["user/*.rs"], None);
    let (places, kinds) = asked(&bed, &everything, Action::Read, subject).await.unwrap();
    assert_eq!(kinds, Kinds::All);
    let whole = bed.account(Role::Clinician, ME);
    assert_eq!(asked(&bed, &whole, Action::Read, subject).await.unwrap(), (places, Kinds::All));
    let ask = bed.ask_as(&observations, Action::Read, subject, Compartment::Contact.into());
    assert_eq!(bed.keystore.permit(&ask).await, Err(PermitError::Forbidden));
}

#[tokio::test]
async fn an_action_without_its_letter_is_forbidden() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    let subject = Subject::Public(patient);
    let reader = narrowed(&bed, Role::Clinician, &["user/*.r"], None);
    assert!(asked(&bed, &reader, Action::Read, subject).await.is_ok());
    for action in [Action::Search, Action::Create, Action::Update, Action::Delete] {
        let refused = asked(&bed, &reader, action, subject).await.unwrap_err();
        assert_eq!(refused, PermitError::Forbidden, "{action}");
    }
    let writer = narrowed(&bed, Role::Clinician, &["user/*.cud"], None);
    assert!(asked(&bed, &writer, Action::Update, subject).await.is_ok());
    assert_eq!(asked(&bed, &writer, Action::Read, subject).await.unwrap_err(), PermitError::Forbidden);
    let nothing = narrowed(&bed, Role::Clinician, &[], None);
    for action in Action::ALL {
        for subject in [Subject::Public(patient), Subject::Nobody] {
            let refused = asked(&bed, &nothing, action, subject).await.unwrap_err();
            assert_eq!(refused, PermitError::Forbidden, "{action}");
        }
    }
}

#[tokio::test]
async fn an_application_started_for_one_patient_reaches_no_other_whom_policy_would_allow() {
    let bed = Bed::new().await;
    let started_for = bed.patient().await;
    let other = bed.another_patient().await;
    let whole = bed.account(Role::Clinician, ME);
    for patient in [started_for, other] {
        assert!(asked(&bed, &whole, Action::Read, Subject::Public(patient)).await.is_ok());
    }
    let app = narrowed(&bed, Role::Clinician, &["patient/*.cruds"], Some(started_for));
    assert!(asked(&bed, &app, Action::Read, Subject::Public(started_for)).await.is_ok());
    let before = bed.ledger.count();
    let refused = asked(&bed, &app, Action::Read, Subject::Public(other)).await.unwrap_err();
    assert_eq!(refused, PermitError::NotFound);
    assert_eq!(bed.ledger.count(), before + 1, "the refusal is recorded");
    let subjects = [Subject::Public(started_for), Subject::Public(other)];
    let ask = bed.ask_as(&app, Action::Read, Subject::Nobody, everywhere());
    let found = bed.keystore.permits(&ask, &subjects).await.unwrap();
    assert_eq!(found.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false]);
    // Without a patient there is none that it reaches; what leads to others is refused.
    let lost = narrowed(&bed, Role::Clinician, &["patient/*.cruds"], None);
    let refused = asked(&bed, &lost, Action::Read, Subject::Public(started_for)).await.unwrap_err();
    assert_eq!(refused, PermitError::NotFound);
    for action in [Action::Lookup, Action::Register] {
        assert!(asked(&bed, &app, action, Subject::Nobody).await.is_err(), "{action}");
    }
    // The directory is nobody's: it may be read, and not changed.
    let directory: CompartmentSet = Compartment::Directory.into();
    let ask = |action| bed.ask_as(&app, action, Subject::Nobody, directory);
    assert!(bed.keystore.permit(&ask(Action::Read)).await.is_ok());
    assert!(bed.keystore.permit(&ask(Action::Create)).await.is_err());
}

#[tokio::test]
async fn a_patients_application_is_started_for_themselves() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    let account = bed.keystore.account_of(&*bed.governing(patient).await).await.unwrap();
    let app = narrowed(&bed, Role::Patient, &["patient/Observation.rs"], None);
    let app = Actor { patient: Some(account), ..app };
    let (places, kinds) = asked(&bed, &app, Action::Read, Subject::Own).await.unwrap();
    assert_eq!((places.as_str(), kinds), ("clinical stream", only(&["Observation"])));
    let other = bed.another_patient().await;
    let refused = asked(&bed, &app, Action::Read, Subject::Public(other)).await.unwrap_err();
    assert_eq!(refused, PermitError::NotFound);
}

#[tokio::test]
async fn scopes_add_nothing_to_what_policy_allows() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    for (role, scopes) in [
        (Role::Administrator, ["user/*.cruds"]),
        (Role::SecurityOfficer, ["user/*.cruds"]),
        (Role::Technician, ["user/Observation.cruds"]),
    ] {
        let subject = Subject::Public(bed.number_for(role, patient));
        let app = narrowed(&bed, role, &scopes, Some(bed.number_for(role, patient)));
        assert!(asked(&bed, &app, Action::Read, subject).await.is_err(), "{role}");
    }
    let stranger = bed.patient_of_another_clinician().await;
    let app = narrowed(
        &bed,
        Role::Clinician,
        &["user/Observation.cruds", "patient/Observation.cruds"],
        Some(stranger),
    );
    let refused = asked(&bed, &app, Action::Read, Subject::Public(stranger)).await.unwrap_err();
    assert_eq!(refused, PermitError::NotFound);
    // No scope lets an application erase.
    let officer = narrowed(&bed, Role::SecurityOfficer, &["user/*.cruds", "system/*.cruds"], None);
    let ask = bed.ask_as(&officer, Action::Erase, Subject::Public(patient), CompartmentSet::default());
    assert_eq!(bed.keystore.permit(&ask).await, Err(PermitError::Forbidden));
}

#[tokio::test]
async fn an_application_enrols_with_the_scope_and_gives_no_relations() {
    let bed = Bed::new().await;
    let none = CompartmentSet::default();
    let enrol = async |scopes: &[&str]| {
        let app = narrowed(&bed, Role::Clinician, scopes, None);
        let ask = bed.ask_as(&app, Action::Register, Subject::Nobody, none);
        bed.keystore.enrol(&ask, Uuid::from_u128(300)).await
    };
    for scopes in [&["patient/*.cruds"][..], &["user/Observation.c"], &["user/Patient.rs"]] {
        assert_eq!(enrol(scopes).await, Err(PermitError::Forbidden), "{scopes:?}");
    }
    let permit = enrol(&["user/Patient.c", "user/Observation.c"]).await.unwrap();
    assert_eq!(permit.claims().kinds, only(&["Patient", "Observation"]));
    let places: Vec<_> = permit.compartments().iter().collect();
    assert!(!places.contains(&Compartment::Field), "{places:?}");

    let patient = bed.patient().await;
    let app = narrowed(&bed, Role::Clinician, &["user/Patient.u"], None);
    let ask = bed.ask_as(&app, Action::Update, Subject::Public(patient), Compartment::Identity.into());
    let permit = bed.keystore.permit(&ask).await.unwrap();
    let grant = bed.grant(GrantKind::Care, Some(app.id), Purpose::Treatment);
    assert_eq!(bed.keystore.grant(&permit, grant).await, Err(ReleaseError::OtherCompartment));
}
