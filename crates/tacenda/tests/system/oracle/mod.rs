//! Right answers: generated queries, each answered by the server and by a plain look at every resource.

mod data;
mod decimal;
mod evaluate;
mod generate;
mod moments;
mod question;

use std::collections::BTreeSet;

use futures::{StreamExt, stream};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use tacenda_fhir::ResourceType;
use tacenda_kernel::Role;
use tacenda_testkit::SeededRandom;

use self::{
    data::{import, pools},
    generate::{Draw, FORMS, query},
    question::{Order, Question},
};
use crate::common::{TestSystem, answer};

const QUERIES: usize = 500;
const AT_ONCE: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn every_query_finds_what_a_plain_look_finds() {
    let test = TestSystem::start().await;
    let patients = import(&test).await;
    let token = test.token(Role::Clinician).await;
    let pools = pools(&test, &token, &patients).await;
    let draw = Draw(SeededRandom::new(20_260_401));
    let (mut asked, mut forms) = (Vec::new(), BTreeSet::new());
    for number in 0..QUERIES {
        let form = FORMS[number % FORMS.len()];
        forms.insert(form);
        let (pool, criteria) = query(&draw, &pools, form);
        let (order, count) = (Order::draw(&draw, pool), 1 + draw.below(60));
        asked.push(Question {
            pool,
            criteria,
            order,
            count,
            by_form: number % 2 == 0,
            total: number % 3 == 0,
        });
    }
    assert_eq!(forms.len(), FORMS.iter().collect::<BTreeSet<_>>().len());
    let (test, token) = (&test, &token);
    let checks = asked.iter().map(|question| check(test, token, question));
    let answers: Vec<Result<usize, String>> = stream::iter(checks).buffer_unordered(AT_ONCE).collect().await;
    let found: Vec<usize> = answers.iter().flatten().copied().collect();
    let wrong: Vec<&String> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let some = found.iter().filter(|count| **count > 0).count();
    assert!(some > QUERIES / 2, "only {some} queries find anything");
    eprintln!("{QUERIES} queries, {some} of which find something, {} resources", found.iter().sum::<usize>());
}

/// Asks, and compares with the plain look, in the order of a search for everything; how many there are.
async fn check(test: &TestSystem, token: &str, question: &Question<'_>) -> Result<usize, String> {
    let Question { pool, criteria, order, .. } = question;
    let id = |resource: &Value| resource["id"].as_str().unwrap().to_owned();
    let matches = |resource: &&Value| criteria.iter().all(|one| one.matches(resource));
    let mut expected: Vec<&Value> = pool.resources.iter().filter(matches).collect();
    if let Some(order) = order {
        expected.sort_by_key(|resource| order.rank(resource));
    }
    let expected: Vec<String> = expected.into_iter().map(id).collect();
    let query = question.query();
    let (found, total) = pages(test, token, pool.kind, &query, question.by_form).await;
    let found: Vec<String> = found.iter().map(id).collect();
    if found == expected && (!question.total || total == Some(expected.len())) {
        return Ok(found.len());
    }
    let differs = |one: &&Value| found.contains(&id(one)) != expected.contains(&id(one));
    let one = pool.resources.iter().find(differs);
    let kind = pool.kind;
    Err(format!(
        "{kind}?{query}: {found:?} found, {expected:?} expected, {total:?} in all; differs in {one:?}"
    ))
}

/// Every page of a search, and the total that the first one tells.
async fn pages(
    test: &TestSystem,
    token: &str,
    kind: ResourceType,
    query: &str,
    by_form: bool,
) -> (Vec<Value>, Option<usize>) {
    let request = if by_form {
        let request = test.request(Method::POST, &format!("/fhir/{kind}/_search"));
        request.header("content-type", "application/x-www-form-urlencoded").body(query.to_owned())
    } else {
        test.request(Method::GET, &format!("/fhir/{kind}?{query}"))
    };
    let (mut request, mut found, mut total) = (request, Vec::new(), None);
    loop {
        let (status, page) = answer(request.bearer_auth(token).send().await.unwrap()).await;
        assert_eq!(status, StatusCode::OK, "{kind}?{query}: {page}");
        found.extend(page["entry"].as_array().into_iter().flatten().map(|entry| entry["resource"].clone()));
        total = total.or_else(|| page["total"].as_u64()?.try_into().ok());
        let next = page["link"].as_array().unwrap().iter().find(|link| link["relation"] == "next");
        let Some(next) = next else { return (found, total) };
        let (_, path) = next["url"].as_str().unwrap().split_once("/fhir/").unwrap();
        request = test.request(Method::GET, &format!("/fhir/{path}"));
    }
}
