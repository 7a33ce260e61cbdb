//! Whoever can write the table of grants, but has no key, gives nobody anything.

use tacenda_contracts::keystore::{GrantKind, Keystore as _, PermitError, Subject};
use tacenda_kernel::{Action, Role};

use crate::bed::{Bed, SOMEONE_ELSE, clinical};

#[tokio::test]
async fn a_grant_made_or_altered_in_the_database_gives_nothing() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    let mine = bed.ask(Role::Clinician, Action::Read, Subject::Public(patient), clinical());
    let stranger = bed.account(Role::Clinician, SOMEONE_ELSE);
    let theirs = bed.ask_as(&stranger, Action::Read, Subject::Public(patient), clinical());
    assert!(bed.keystore.permit(&mine).await.is_ok());

    let copied = format!(
        "insert into grants (grant_id, patient, actor, kind, purpose, until_at, granted_by, granted_at, state, tag) \
         select gen_random_uuid(), patient, '{}', kind, purpose, until_at, granted_by, granted_at, state, tag from grants",
        stranger.id
    );
    assert_eq!(bed.as_owner(&copied).await, 1);
    assert_eq!(bed.keystore.permit(&theirs).await.err(), Some(PermitError::NotFound));
    assert_eq!(bed.keystore.permits(&theirs, &[theirs.subject]).await.unwrap(), [None]);

    for alteration in ["until_at = until_at + interval '1 year'", "tag = sha256(tag)", "kind = 'stream-need'"]
    {
        let bed = Bed::new().await;
        let patient = bed.patient().await;
        let mine = bed.ask(Role::Clinician, Action::Read, Subject::Public(patient), clinical());
        assert!(bed.keystore.permit(&mine).await.is_ok());
        assert_eq!(bed.as_owner(&format!("update grants set {alteration}")).await, 1);
        assert_eq!(bed.keystore.permit(&mine).await.err(), Some(PermitError::NotFound), "{alteration}");
    }
}

#[tokio::test]
async fn a_grant_moved_to_another_patient_gives_nothing() {
    let bed = Bed::new().await;
    bed.patient().await;
    let other = bed.patient_of_another_clinician().await;
    let ask = bed.ask(Role::Clinician, Action::Read, Subject::Public(other), clinical());
    assert_eq!(bed.keystore.permit(&ask).await.err(), Some(PermitError::NotFound));
    let moved = format!(
        "update grants set patient = (select patient from grants where actor <> '{0}') where actor = '{0}'",
        bed.account(Role::Clinician, crate::bed::ME).id
    );
    assert_eq!(bed.as_owner(&moved).await, 1);
    assert_eq!(bed.keystore.permit(&ask).await.err(), Some(PermitError::NotFound));
}

#[tokio::test]
async fn a_grant_given_through_the_keystore_is_believed_by_every_instance() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    bed.relate(patient, GrantKind::Assignment, Role::Technician).await;
    let number = bed.number_for(Role::Technician, patient);
    let field = tacenda_kernel::Compartment::Field.into();
    let ask = bed.ask(Role::Technician, Action::Read, Subject::Public(number), field);
    let other = bed.reopen(crate::bed::ROOT).await.unwrap();
    assert!(other.permit(&ask).await.is_ok());
}
