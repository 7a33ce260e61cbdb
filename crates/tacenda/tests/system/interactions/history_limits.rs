//! A page of a history has a limit in bytes and in what is looked at for it, and the pages join to the whole.

use reqwest::{Method, StatusCode};
use serde_json::json;
use tacenda_crypto::SystemRandom;
use tacenda_kernel::{Random as _, Role};

use super::{
    Ward,
    history::{names, pages},
    version,
};
use crate::{common::answer, tampering::admin};

/// Random bytes that are, as text, a little less than a record may have.
const LARGE: usize = 1_400_000;

#[tokio::test(flavor = "multi_thread")]
async fn large_versions_come_on_several_pages() {
    let ward = Ward::open(55).await;
    let (path, mut current) = ward.observed("a").await;
    for _ in 0..7 {
        // Rows are packed before they are sealed, so that it must be text that does not pack.
        let mut random = vec![0; LARGE];
        SystemRandom.fill(&mut random);
        current["note"] = json!([{"text": data_encoding::BASE64.encode(&random)}]);
        let written = ward.send(Method::PUT, &path, &[], &current).await;
        assert_eq!(written.status(), StatusCode::OK);
    }
    let of_type = format!("/Observation/_history?patient={}&_since=", ward.number());
    let first = ward.read(&format!("{path}/_history/1")).await["meta"]["lastUpdated"].clone();
    for url in [format!("{path}/_history"), format!("{of_type}{}", first.as_str().unwrap())] {
        let (found, several) = pages(&ward, Role::Clinician, &url).await;
        let numbers: Vec<&str> = found.iter().map(|entry| version(&entry["resource"])).collect();
        assert_eq!(numbers, ["8", "7", "6", "5", "4", "3", "2", "1"], "{url}");
        assert!(several > 1, "{url}");
    }
    ward.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_that_pack_well_come_on_several_pages_too() {
    let ward = Ward::open(57).await;
    let (path, mut current) = ward.observed("a").await;
    let mut patient = ward.read(&format!("/{}", ward.patient())).await;
    for number in 0..13 {
        let text = "abcdefghijklm"[number..=number].repeat(2_000_000);
        current["note"] = json!([{"text": text}]);
        assert_eq!(ward.send(Method::PUT, &path, &[], &current).await.status(), StatusCode::OK);
        patient["name"][0]["text"] = json!(text);
        let written = ward.send(Method::PUT, &format!("/{}", ward.patient()), &[], &patient).await;
        assert_eq!(written.status(), StatusCode::OK);
    }
    let first = ward.read(&format!("{path}/_history/1")).await["meta"]["lastUpdated"].clone();
    let since = format!("_since={}", first.as_str().unwrap());
    for url in [
        format!("{path}/_history"),
        format!("/Observation/_history?patient={}&{since}", ward.number()),
        format!("/{}/_history", ward.patient()),
    ] {
        let (found, several) = pages(&ward, Role::Clinician, &url).await;
        let numbers: Vec<&str> = found.iter().map(|entry| version(&entry["resource"])).collect();
        let expected: Vec<String> = (1..=14).rev().map(|number: u32| number.to_string()).collect();
        assert_eq!(numbers, expected, "{url}");
        assert!(several > 1, "{url}");
    }
    ward.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_among_much_of_other_types_is_found_page_after_page() {
    let ward = Ward::open(56).await;
    let organization = json!({"resourceType": "Organization", "name": "One"});
    let send = ward.send_as(Role::Administrator, Method::POST, "/Organization", &[], &organization);
    let (status, created) = answer(send.await).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    let (before, one) = pages(&ward, Role::Clinician, "/Organization/_history").await;
    assert_eq!(one, 1);
    // Versions of records without the type's token, newer than what is looked for and more than are looked at for a page.
    let directory = admin(&ward.test, "tacenda_vault_directory").await;
    let other = "insert into versions (record, patient, version, recorded_at, deleted, sealed, announced) \
         select substring(record from 1 for 1) || substring(decode(md5(n::text), 'hex') from 2), patient, 1, \
           recorded_at + n * interval '1 millisecond', false, '', '' \
         from (select * from records order by recorded_at desc limit 1) newest, generate_series(1, 5200) n";
    directory.execute(other, &[]).await.unwrap();
    let (found, several) = pages(&ward, Role::Clinician, "/Organization/_history").await;
    assert_eq!(names(&found), names(&before));
    assert_eq!(several, 2);
    ward.test.stop().await;
}
