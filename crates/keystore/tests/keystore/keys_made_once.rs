//! Keys are made once, all of them, in a database that holds nothing; what is missing is named and not made anew.

use tacenda_contracts::keystore::Keystore as _;
use tacenda_crypto::MasterKey;
use tacenda_keystore::{OpenError, is_new, make_keys, unseal};
use tacenda_testkit::SeededRandom;
use uuid::Uuid;

use crate::bed::{Bed, ROOT, root_key};

/// A value of the master key that no other has.
fn mark(keys: &MasterKey) -> [u8; 32] {
    keys.permit_key().mac(b"mark")
}

#[tokio::test]
async fn making_keys_again_changes_none() {
    let bed = Bed::new().await;
    let before = bed.stored_keys().await;
    bed.make_again().await.unwrap();
    assert_eq!(bed.stored_keys().await, before);
    let other = make_keys(&bed.database, &root_key([1; 32]), &bed.clock, &SeededRandom::new(78)).await;
    other.expect("it looks at none of them");
    assert_eq!(bed.stored_keys().await, before);
}

#[tokio::test]
async fn of_those_who_make_keys_at_once_one_does() {
    let bed = Bed::bare().await;
    assert!(matches!(unseal(&bed.database, &root_key(ROOT)).await, Err(OpenError::NoKeys)));
    assert!(is_new(&bed.database).await.unwrap());
    let (one, two) = (SeededRandom::new(1), SeededRandom::new(2));
    let root = root_key(ROOT);
    let (a, b) = tokio::join!(
        make_keys(&bed.database, &root, &bed.clock, &one),
        make_keys(&bed.database, &root, &bed.clock, &two)
    );
    a.unwrap();
    b.unwrap();
    assert!(!is_new(&bed.database).await.unwrap());
    let keys = unseal(&bed.database, &root).await.unwrap();
    assert_eq!(mark(&keys), mark(&unseal(&bed.database, &root).await.unwrap()));
}

#[tokio::test]
async fn a_key_that_is_missing_is_named_and_never_made_anew() {
    for (sql, name) in [
        ("delete from master_keys", "the master key"),
        ("delete from compartment_keys where compartment = 'clinical'", "the compartment key of clinical"),
        ("delete from compartment_keys where compartment = 'ledger'", "the compartment key of ledger"),
        ("delete from directory_keys", "the directory's own key"),
    ] {
        for with_patient in [false, true] {
            let bed = Bed::new().await;
            if with_patient {
                bed.patient().await;
            }
            assert_eq!(bed.as_owner(sql).await, 1);
            let before = bed.stored_keys().await;
            let named = |error: OpenError| matches!(&error, OpenError::MissingKeys(names) if names == name);
            assert!(bed.reopen(ROOT).await.err().is_some_and(named), "{sql}");
            assert!(bed.make_again().await.err().is_some_and(named), "{sql}");
            assert!(unseal(&bed.database, &root_key(ROOT)).await.err().is_some_and(named), "{sql}");
            assert_eq!(bed.stored_keys().await, before, "{sql}: nothing was made");
        }
    }
}

#[tokio::test]
async fn patients_without_any_key_are_not_a_new_installation() {
    let bed = Bed::new().await;
    bed.patient().await;
    for sql in ["delete from master_keys", "delete from compartment_keys", "delete from directory_keys"] {
        bed.as_owner(sql).await;
    }
    assert!(!is_new(&bed.database).await.unwrap());
    assert!(matches!(bed.make_again().await, Err(OpenError::MissingKeys(_))));
    assert_eq!(bed.count("select count(*) from master_keys").await, 0);
}

#[tokio::test]
async fn nobody_is_registered_under_a_key_that_is_not_stored_any_more() {
    for sql in [
        "delete from compartment_keys where compartment = 'clinical'",
        "update compartment_keys set wrapped = sha256(wrapped) where compartment = 'ledger'",
    ] {
        let bed = Bed::new().await;
        assert_eq!(bed.as_owner(sql).await, 1);
        assert!(bed.enrol(Uuid::from_u128(1)).await.is_err(), "{sql}");
        assert_eq!(bed.count("select count(*) from patients").await, 0);
        assert_eq!(bed.count("select count(*) from patient_keys").await, 0);
    }
}

#[tokio::test]
async fn an_altered_master_key_is_refused_by_name() {
    let bed = Bed::new().await;
    bed.as_owner("update master_keys set wrapped = set_byte(wrapped, 40, get_byte(wrapped, 40) # 1)").await;
    assert!(matches!(bed.reopen(ROOT).await, Err(OpenError::Unseal(_))));
    bed.as_owner("update master_keys set root_check = decode(repeat('00', 16), 'hex')").await;
    assert!(matches!(bed.reopen(ROOT).await, Err(OpenError::WrongRootKey)));
}

#[tokio::test]
async fn a_compartment_key_of_a_version_that_came_meanwhile_is_read() {
    let bed = Bed::new().await;
    let other = bed.reopen(ROOT).await.unwrap();
    bed.second_version().await;
    let rotated = bed.reopen(ROOT).await.unwrap();
    let actor = bed.account(tacenda_kernel::Role::Clinician, crate::bed::ME);
    let none = tacenda_kernel::CompartmentSet::default();
    let ask = bed.ask_as(
        &actor,
        tacenda_kernel::Action::Register,
        tacenda_contracts::keystore::Subject::Nobody,
        none,
    );
    let permit = rotated.enrol(&ask, Uuid::from_u128(9)).await.unwrap();
    let clinical = tacenda_kernel::Compartment::Clinical;
    other
        .release(&crate::bed::slice(&permit, clinical))
        .await
        .expect("the new version is read, not taken for damage");
    bed.keystore.release(&crate::bed::slice(&permit, clinical)).await.unwrap();
}
