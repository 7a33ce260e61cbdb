//! Nobody, with nothing or with something worthless.

use std::{sync::Arc, time::Instant};

use data_encoding::BASE64URL_NOPAD;
use reqwest::{StatusCode, header};
use serde_json::Value;
use tacenda::system::open_accounts;
use tacenda_contracts::{
    entry::{Event, Outcome},
    wire::Peer,
};
use tacenda_crypto::SystemRandom;
use tacenda_kernel::{Clock, Random, Role, Service, SystemClock};
use tacenda_synthetic::Canary;
use tacenda_testkit::MockClock;

use super::{PROTECTED, PUBLIC, of_type};
use crate::{
    audit::{Audit, traced},
    common::{ORIGIN, TestSystem},
};

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_401_everywhere_and_the_ledger_says_so() {
    let begun = Instant::now();
    let test = TestSystem::start().await;
    for (method, path) in PUBLIC {
        let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let place = path.replace("{file}", "docs.css").replace("{id}", "restore");
        let request = test.request(method.parse().unwrap(), &place).build().unwrap();
        let answer = browser.execute(request).await.unwrap();
        let expected = match path {
            // Open to whoever proves themselves in the request itself.
            "/oauth/token"
            | "/oauth/revoke"
            | "/oauth/introspect"
            | "/oauth/backchannel-logout/{provider}" => StatusCode::BAD_REQUEST,
            "/oauth/userinfo" => StatusCode::UNAUTHORIZED,
            "/oauth/logout" => StatusCode::SEE_OTHER,
            _ => StatusCode::OK,
        };
        assert_eq!(answer.status(), expected, "{method} {path}");
    }
    let ids = test.enrol(Canary::new(1).bundle()).await;
    let mut sent = Vec::new();
    for (what, authorization) in worthless(&test).await {
        for (method, pattern) in PROTECTED {
            let path = concrete(pattern, of_type(&ids, "Patient"));
            let mut request = test.request(method.parse().unwrap(), &path);
            if let Some(authorization) = &authorization {
                request = request.header(header::AUTHORIZATION, authorization);
            }
            let (trace, request) = traced(request.header("content-type", "application/fhir+json").body("{}"));
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{what}: {method} {path}");
            assert_eq!(answer.headers()[header::WWW_AUTHENTICATE], "Bearer");
            assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/fhir+json");
            let outcome: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
            assert_eq!(outcome["resourceType"], "OperationOutcome");
            assert_eq!(outcome["issue"][0]["code"], "login");
            sent.push((trace, format!("{what}: {method} {path}")));
        }
    }
    test.system.finish().await;
    let audit = Audit::read(&test).await;
    let refusals = audit.entries.iter().filter(|entry| entry.event == Event::Unauthenticated);
    for entry in refusals.clone() {
        assert_eq!(
            (entry.outcome, entry.actor),
            (Outcome::Denied, None),
            "nobody is nobody, whatever their token claims"
        );
    }
    // The first with a token that is none has an entry of its own; the first without one was asked for `userinfo`.
    let garbage = sent.iter().position(|(_, what)| what.starts_with("garbage")).unwrap();
    assert_eq!(audit.of(sent[garbage].0).first().map(|entry| &entry.event), Some(&Event::Unauthenticated));
    let user_info = PUBLIC.iter().filter(|(_, path)| *path == "/oauth/userinfo").count();
    assert_eq!(audit.strangers(), (sent.len() + user_info) as u64, "each refusal is told of, or counted");
    let most = 2 * (2 + begun.elapsed().as_secs() / 60);
    assert!(refusals.count() as u64 <= most, "two kinds of strangers leave two entries a minute");
    test.stop().await;
}

/// `Authorization` headers that prove nothing.
async fn worthless(test: &TestSystem) -> Vec<(&'static str, Option<String>)> {
    let good = test.token(Role::Clinician).await;
    let parts: Vec<&str> = good.split('.').collect();
    let unsigned = BASE64URL_NOPAD.encode(br#"{"alg":"none","typ":"at+jwt"}"#);
    let mut flipped = parts[2].to_owned();
    let first = if flipped.starts_with('A') { "B" } else { "A" };
    flipped.replace_range(..1, first);
    let expired = {
        let hour_ago = SystemClock.now() - jiff::SignedDuration::from_hours(1);
        token_of(test, ORIGIN, Arc::new(MockClock::at(hour_ago))).await
    };
    let elsewhere = token_of(test, "https://elsewhere.test", Arc::new(SystemClock)).await;
    let bearer = |token: &str| Some(format!("Bearer {token}"));
    vec![
        ("no token", None),
        ("garbage", bearer("garbage")),
        ("empty", bearer("")),
        ("expired", bearer(&expired)),
        ("another audience", bearer(&elsewhere)),
        ("alg none", bearer(&format!("{unsigned}.{}.", parts[1]))),
        ("alg none with a signature", bearer(&format!("{unsigned}.{}.{}", parts[1], parts[2]))),
        ("no signature", bearer(&format!("{}.{}.", parts[0], parts[1]))),
        ("flipped signature", bearer(&format!("{}.{}.{flipped}", parts[0], parts[1]))),
        ("another scheme", Some(format!("Basic {good}"))),
    ]
}

/// A token signed with this system's own key, at another time or for another audience.
async fn token_of(test: &TestSystem, origin: &str, clock: Arc<dyn Clock>) -> String {
    let random: Arc<dyn Random> = Arc::new(SystemRandom);
    let system = &test.system;
    let accounts = open_accounts(
        &system.databases,
        &test.keys,
        &system.ledger_for(Peer::Service(Service::Accounts)),
        origin,
        tacenda_accounts::AccountRules::default(),
        &clock,
        &random,
    )
    .await;
    let token = test.accounts.token(&accounts.unwrap(), &SystemRandom, Role::Clinician).await.unwrap();
    token.expose().clone()
}

fn concrete(pattern: &str, patient: &str) -> String {
    let id = patient.strip_prefix("Patient/").unwrap();
    pattern.replace("{type}", "Patient").replace("{id}", id).replace("{version}", "1")
}
