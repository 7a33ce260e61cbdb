//! The documentation of the API: Swagger UI shows its operations and sends what is tried, under a policy that runs nothing
//! inline.

use crate::{
    bed::Bed,
    browser::{there_is_none, until_some},
};

#[tokio::test(flavor = "multi_thread")]
async fn the_documentation_shows_the_api_and_tries_it_without_a_complaint() {
    if there_is_none() {
        return;
    }
    let bed = Bed::start().await;
    let browser = &bed.browser;
    browser.open("/docs").await;
    // A heading has what is below it in its text.
    browser.see("Tacenda").await;
    let groups = until_some("the headings", async || {
        let groups = browser.texts(".opblock-tag a span").await;
        (groups.len() > 70).then_some(groups)
    })
    .await;
    for group in ["Records", "Patient", "Observation", "Tokens", "Server"] {
        assert!(groups.iter().any(|shown| shown == group), "{group} is not among {groups:?}");
    }
    browser.press("#operations-tag-Observation").await;
    let path = "#operations-Observation-searchObservation .opblock-summary-path";
    let shown =
        until_some("the search", async || Some(browser.text(path).await).filter(|text| !text.is_empty()));
    assert_eq!(shown.await.replace('\u{200b}', ""), "/fhir/Observation");

    // What is tried is asked of this server.
    browser.press("#operations-tag-Server").await;
    browser.press("#operations-Server-capabilities .opblock-summary-control").await;
    browser.press("#operations-Server-capabilities .try-out__btn").await;
    browser.press("#operations-Server-capabilities .execute").await;
    let status = "#operations-Server-capabilities .live-responses-table .response-col_status";
    until_some("the answer", async || {
        browser.texts(status).await.into_iter().find(|text| text.starts_with("200"))
    })
    .await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    bed.stop().await;
}
