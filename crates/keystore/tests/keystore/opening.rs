//! Starting: with the right root key, on a database that says what it holds.

use tacenda_contracts::keystore::{Keystore as _, Subject};
use tacenda_kernel::{Action, Compartment, Role};
use tacenda_keystore::OpenError;
use tacenda_postgres::read_catalogue;

use crate::bed::{Bed, ROOT, clinical};

#[tokio::test]
async fn another_root_key_is_refused_by_name() {
    let bed = Bed::new().await;
    assert!(matches!(bed.reopen([1; 32]).await, Err(OpenError::WrongRootKey)));
    assert_eq!(bed.count("select count(*) from compartment_keys").await, 7);
}

#[tokio::test]
async fn a_second_instance_holds_the_same_keys() {
    let bed = Bed::new().await;
    let patient = bed.patient().await;
    let other = bed.reopen(ROOT).await.unwrap();
    let ask = bed.ask(Role::Clinician, Action::Read, Subject::Public(patient), clinical());
    let permit = other.permit(&ask).await.unwrap();
    let header = tacenda_crypto::RowHeader {
        compartment: Compartment::Clinical,
        patient: permit.opening(Compartment::Clinical).unwrap().patient,
        record: tacenda_kernel::RecordId::make(Compartment::Clinical, &tacenda_testkit::SeededRandom::new(1)),
        version: tacenda_kernel::Version::FIRST,
        recorded_at: bed.now(),
        deleted: false,
        key_generation: tacenda_crypto::KeyGeneration::FIRST,
    };
    let random = tacenda_testkit::SeededRandom::new(2);
    let theirs = other.release(&crate::bed::slice(&permit, Compartment::Clinical)).await.unwrap();
    let sealed = theirs.patient.seal_row(&header, b"{}", &random).unwrap();
    let mine = bed.keystore.release(&crate::bed::slice(&permit, Compartment::Clinical)).await.unwrap();
    assert_eq!(mine.patient.open_row(&header, &sealed).unwrap().as_slice(), b"{}");
}

#[tokio::test]
async fn a_moved_key_is_refused_by_name() {
    let bed = Bed::new().await;
    let owner = bed.endpoints.owner.connect().await.unwrap();
    owner
        .batch_execute(
            "update compartment_keys set wrapped = (select wrapped from compartment_keys where compartment = \
             'contact') where compartment = 'clinical'",
        )
        .await
        .unwrap();
    assert!(matches!(bed.reopen(ROOT).await, Err(OpenError::DamagedKey(name)) if name.contains("clinical")));
}

#[tokio::test]
async fn every_column_says_what_it_holds() {
    let bed = Bed::new().await;
    let undocumented = tacenda_postgres::undocumented_columns(&bed.database).await.unwrap();
    assert_eq!(undocumented, Vec::<String>::new());
}

#[tokio::test]
async fn the_runtime_role_cannot_bring_a_patient_back_or_lengthen_a_grant() {
    let bed = Bed::new().await;
    bed.patient().await;
    for sql in [
        "update patient_keys set wrapped = ''",
        "update grants set until_at = until_at + interval '1 year'",
        "update patients set patient = ''",
        "drop table grants",
        "truncate patients",
    ] {
        let refused = bed.database.lanes().query(sql, &[]).await;
        assert_eq!(refused.unwrap_err().sqlstate(), Some("42501"), "{sql}");
    }
}

#[tokio::test]
async fn the_catalogue_is_the_reviewed_one() {
    let bed = Bed::new().await;
    let text = read_catalogue(&bed.database).await.unwrap();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/catalogue.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    assert!(
        std::fs::read_to_string(path).unwrap() == text,
        "{path} differs; review it, then set UPDATE_GOLDEN=1"
    );
}
