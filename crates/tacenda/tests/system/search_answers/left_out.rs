//! Parameters that are not known, where that is said and not refused.

use reqwest::{Method, StatusCode};
use tacenda_kernel::Role;

use super::{enrolled, link};
use crate::common::{TestSystem, answer};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_out_is_said() {
    let test = TestSystem::start().await;
    let (patient, _) = enrolled(&test).await;
    let path = format!(
        "/fhir/Observation?patient={patient}&_filter=secret-1&code=c-1&birthdate=secret-2&secret-3=x&_sort=code&_elements=status&_count=4"
    );
    let lenient = |path: String| {
        let test = &test;
        async move {
            let request = test.request_as(Role::Clinician, Method::GET, &path).await;
            answer(request.header("prefer", "return=minimal, handling=lenient").send().await.unwrap()).await
        }
    };
    let (status, page) = lenient(path.clone()).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    let own = link(&page, "self").unwrap();
    assert!(
        own.ends_with(&format!("/fhir/Observation?patient={patient}&code=&_elements=status&_count=4")),
        "{own}"
    );
    let entries = page["entry"].as_array().unwrap();
    let (outcome, matches) = entries.split_last().unwrap();
    assert!(matches.len() == 4 && matches.iter().all(|entry| entry["search"]["mode"] == "match"));
    assert_eq!(outcome["search"]["mode"], "outcome");
    let issues = outcome["resource"]["issue"].as_array().unwrap();
    let said: Vec<&str> = issues.iter().map(|issue| issue["diagnostics"].as_str().unwrap()).collect();
    assert!(issues.iter().all(|issue| issue["severity"] == "warning" && issue["code"] == "not-supported"));
    assert_eq!(said.len(), 4, "{said:?}");
    assert!(
        said[0].contains("_filter") && said[1].contains("birthdate") && said[3].contains("_sort"),
        "{said:?}"
    );
    assert!(said[2].contains("number 5"), "{said:?}");
    assert!(!page.to_string().contains("secret"), "no value, and no name that may be one");
    // The pages after it leave the same out, whatever is preferred then.
    let next = link(&page, "next").unwrap();
    let (status, page) = test.get(Role::Clinician, next.split_once("https://tacenda.test").unwrap().1).await;
    assert_eq!((status, page["entry"].as_array().map(Vec::len)), (StatusCode::OK, Some(5)), "{page}");
    // Strict is the default, and what is wrong stays wrong.
    let (status, _) = test.get(Role::Clinician, &path).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    for wrong in ["date=x", "code:above=x", "_count=x", "_summary=x", "_elements=x"] {
        let (status, outcome) = lenient(format!("/fhir/Observation?patient={patient}&{wrong}")).await;
        let name = wrong.split(['=', ':']).next().unwrap();
        let said = outcome["issue"][0]["diagnostics"].as_str().unwrap();
        assert!(status == StatusCode::BAD_REQUEST && said.contains(name), "{wrong}: {outcome}");
    }
    let (_, page) = test
        .get(Role::Clinician, &format!("/fhir/Observation?patient={patient}&_sort=-date,_lastUpdated&_total=accurate&_summary=true&_count=3"))
        .await;
    let own = link(&page, "self").unwrap();
    assert!(own.contains("_sort=-date%2C_lastUpdated&_total=accurate&_summary=true&_count=3"), "{own}");
    test.stop().await;
}
