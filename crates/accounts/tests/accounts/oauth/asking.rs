//! Authorization requests: every fault has its code, and none is told to a stranger's address.

use tacenda_accounts::{Author, Credential, NewClient};
use tacenda_contracts::{
    accounts::oauth::{Authorize as _, AuthorizeError, AuthorizeFault, Decision, Meaning, Step},
    entry::Outcome,
};
use tacenda_kernel::{ActorId, Role, ScopeContext};

use super::bench::{Bench, CALLBACK, own_id, parameter, person, redirected, register, sign_in, visit};
use crate::world::World;

#[tokio::test]
async fn nothing_is_sent_to_an_address_that_is_not_the_applications() {
    let bench = Bench::open().await;
    let page = async |changes: &[(&str, &str)]| match bench.begin(changes).await {
        Err(AuthorizeError::Page(fault)) => fault,
        other => panic!("{changes:?}: {other:?}"),
    };
    for client_id in ["", "unknown", "app\0", "APP"] {
        assert_eq!(page(&[("client_id", client_id)]).await, AuthorizeFault::UnknownApplication);
        assert_eq!(bench.reason(), "unknown-application");
    }
    for uri in [
        "",
        "https://evil.example/callback",
        "https://app.example/callback/",
        "https://app.example/callback?x=1",
        "https://app.example/callback#x",
        "https://app.example@evil.example/callback",
        "https://app.example/callback\r\nLocation: https://evil.example",
        "http://app.example/callback",
        "javascript:alert(1)",
    ] {
        assert_eq!(page(&[("redirect_uri", uri)]).await, AuthorizeFault::UnknownAddress, "{uri}");
        assert_eq!(bench.reason(), "unknown-address");
    }
    let twice = format!("{}&redirect_uri=https%3A%2F%2Fevil.example", bench.query(&[]));
    let answer = bench.world.accounts.begin(&twice, Some(&bench.session), &visit()).await;
    assert_eq!(answer.unwrap_err(), AuthorizeFault::Malformed.into());
    let long = "x".repeat(20_000);
    assert_eq!(page(&[("state", &long)]).await, AuthorizeFault::Malformed);
}

#[tokio::test]
async fn every_other_fault_is_told_to_the_application_by_its_code() {
    let bench = Bench::open().await;
    let cases: &[(&str, &str, &str)] = &[
        ("response_type", "", "invalid_request"),
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "code id_token", "unsupported_response_type"),
        ("response_mode", "form_post", "invalid_request"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge", "too-short", "invalid_request"),
        ("code_challenge_method", "", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("scope", "", "invalid_scope"),
        ("scope", "openid email", "invalid_scope"),
        ("scope", "system/*.rs", "invalid_scope"),
        ("scope", "fhirUser", "invalid_scope"),
        ("scope", "role:clinician", "invalid_scope"),
        ("scope", "patient/Observation.rs?category=laboratory", "invalid_scope"),
        ("aud", "https://elsewhere.example/fhir", "invalid_target"),
        ("request", "eyJ", "request_not_supported"),
        ("request_uri", "https://app.example/r", "request_uri_not_supported"),
        ("registration", "{}", "registration_not_supported"),
        ("prompt", "none login", "invalid_request"),
        ("prompt", "often", "invalid_request"),
        ("max_age", "-1", "invalid_request"),
    ];
    bench.world.ledger.stop(true);
    assert_eq!(bench.begin(&[("scope", "")]).await.unwrap_err(), AuthorizeError::Unavailable);
    bench.world.ledger.stop(false);
    for (name, value, code) in cases {
        assert_eq!(redirected(bench.begin(&[(*name, *value)]).await), *code, "{name}={value}");
        let entries = bench.world.ledger.opened(&bench.world.audit);
        let entry = entries.iter().find(|entry| entry.reason.as_deref() == Some(*code)).unwrap();
        assert_eq!(entry.outcome, Outcome::Denied);
        assert_eq!(entry.said(), ["code", "client/app"]);
    }
    let state = "s".repeat(2049);
    assert_eq!(redirected(bench.begin(&[("state", &state)]).await), "invalid_request");
    let without = [("scope", "patient/Observation.rs"), ("aud", "")];
    assert_eq!(redirected(bench.begin(&without).await), "invalid_request");
    let twice = format!("{}&scope=openid", bench.query(&[]));
    let answer = bench.world.accounts.begin(&twice, Some(&bench.session), &visit()).await;
    assert_eq!(redirected(answer), "invalid_request");
}

#[tokio::test]
async fn the_answer_repeats_the_state_and_says_who_answers() {
    let bench = Bench::open().await;
    let nasty = "a&b=c\r\nSet-Cookie: d";
    let location = bench.allowed(&[("state", nasty)]).await;
    assert!(location.expose().starts_with(&format!("{CALLBACK}?code=")));
    assert!(location.expose().bytes().all(|byte| byte.is_ascii_graphic()));
    assert_eq!(parameter(&location, "state").as_deref(), Some(nasty));
    assert_eq!(parameter(&location, "iss").as_deref(), Some(crate::world::ISSUER));
    assert_eq!(redirected(bench.decide(&[], Decision::Deny).await), "access_denied");
}

#[tokio::test]
async fn whoever_is_not_signed_in_or_not_lately_signs_in_first() {
    let bench = Bench::open().await;
    let nobody = bench.world.accounts.begin(&bench.query(&[]), None, &visit()).await.unwrap();
    assert!(matches!(nobody, Step::SignIn { again: false, .. }), "{nobody:?}");
    let none = bench.query(&[("prompt", "none")]);
    assert_eq!(redirected(bench.world.accounts.begin(&none, None, &visit()).await), "login_required");
    assert_eq!(redirected(bench.begin(&[("prompt", "none")]).await), "consent_required");

    let Step::SignIn { again: true, then } = bench.begin(&[("prompt", "login")]).await.unwrap() else {
        panic!("prompt=login asks for a proof");
    };
    // What comes back does not ask a second time.
    let back = bench.world.accounts.begin(&then, Some(&bench.session), &visit()).await.unwrap();
    assert!(matches!(back, Step::Ask(_)), "{back:?}");

    bench.world.clock.advance(jiff::SignedDuration::from_secs(120));
    let old = bench.begin(&[("max_age", "60")]).await.unwrap();
    assert!(matches!(old, Step::SignIn { again: true, .. }), "{old:?}");
    assert!(matches!(bench.begin(&[("max_age", "600")]).await.unwrap(), Step::Ask(_)));
}

#[tokio::test]
async fn the_page_says_who_asks_for_what() {
    let bench = Bench::open().await;
    let question = bench.asked(&[("scope", "openid launch/patient patient/Observation.rs")]).await;
    assert_eq!(question.application, "Growth charts");
    assert_eq!(question.host.as_deref(), Some("app.example"));
    assert!(question.proves_itself && question.needs_patient);
    assert_eq!(question.roles, [Role::Patient]);
    assert_eq!(question.scopes[..2], [Meaning::Identity, Meaning::Patient]);
    let Meaning::Records { context, kind, interactions } = &question.scopes[2] else { panic!() };
    assert_eq!((*context, kind.as_deref()), (ScopeContext::Patient, Some("Observation")));
    assert!(!interactions.change());
}

#[tokio::test]
async fn an_answer_counts_only_if_it_was_offered() {
    let bench = Bench::open().await;
    let launch = [("scope", "launch/patient patient/*.rs")];
    for (role, patient) in [
        (Role::Clinician, Some(own_id())),
        (Role::Patient, None),
        (Role::Patient, Some("not-an-id".to_owned())),
    ] {
        let answer = bench.decide(&launch, Decision::Allow { role, patient }).await;
        assert_eq!(answer.unwrap_err(), AuthorizeFault::NotOffered.into());
        let entry = bench.world.ledger.opened(&bench.world.audit).pop().unwrap();
        assert_eq!((entry.outcome, entry.reason.as_deref()), (Outcome::Denied, Some("not-offered")));
        assert_eq!(entry.actor, Some(bench.person));
    }
}

#[tokio::test]
async fn who_was_asked_before_is_not_asked_again_for_as_much_or_less() {
    let bench = Bench::open().await;
    let all = [("scope", "openid launch/patient patient/*.rs")];
    bench.allowed(&all).await;
    let Step::Redirect(location) = bench.begin(&all).await.unwrap() else { panic!("asked again") };
    let code = crate::world::secret(&parameter(&location, "code").unwrap());
    let tokens = bench.redeem(&code).await.unwrap();
    assert_eq!(tokens.patient, Some(own_id()), "the patient is remembered");
    let less = bench.begin(&[("scope", "openid patient/Observation.r"), ("prompt", "none")]).await.unwrap();
    assert!(matches!(less, Step::Redirect(_)));
    for more in [("scope", "openid patient/Observation.c"), ("prompt", "consent")] {
        assert!(matches!(
            bench.begin(&[all[0], more][usize::from(more.0 == "scope")..]).await.unwrap(),
            Step::Ask(_)
        ));
    }
}

#[tokio::test]
async fn a_role_with_scopes_is_not_widened_by_asking_for_the_role_alone() {
    let bench = Bench::open_for(None).await;
    bench.allowed(&[("scope", "role:patient user/Observation.rs")]).await;
    let whole = [("scope", "role:patient"), ("prompt", "none")];
    assert_eq!(redirected(bench.begin(&whole).await), "consent_required");
    bench.allowed(&whole[..1]).await;
    assert!(matches!(bench.begin(&whole).await.unwrap(), Step::Redirect(_)));

    let narrowed = Bench::open_for(Some(&["role:patient", "user/Observation.rs"])).await;
    assert_eq!(redirected(narrowed.begin(&whole).await), "invalid_scope");
}

#[tokio::test]
async fn who_must_sign_in_now_does_so_once_and_has_time_to_answer() {
    let bench = Bench::open().await;
    for asks in [("max_age", "0"), ("prompt", "login")] {
        let Step::SignIn { again: true, then } = bench.begin(&[asks]).await.unwrap() else {
            panic!("{asks:?}")
        };
        assert!(!then.contains("max_age") && !then.contains("prompt"), "{then}");
        let accounts = &bench.world.accounts;
        let next = accounts.begin(&then, Some(&bench.session), &visit()).await.unwrap();
        assert!(matches!(next, Step::Ask(_)), "{asks:?}");
    }
    assert_eq!(redirected(bench.begin(&[("max_age", "0"), ("prompt", "none")]).await), "login_required");
    let (young, allow) = ([("max_age", "10")], Decision::Allow { role: Role::Patient, patient: None });
    bench.asked(&young).await;
    bench.world.wait(299);
    assert!(matches!(bench.begin(&young).await.unwrap(), Step::SignIn { again: true, .. }));
    bench.decide(&young, allow.clone()).await.unwrap();
    bench.world.wait(12);
    assert_eq!(bench.decide(&young, allow).await.unwrap_err(), AuthorizeError::Ended, "too long");
}

#[tokio::test]
async fn a_program_that_proves_nothing_is_asked_about_each_time() {
    let world = World::open().await;
    person(&world, &[Role::Patient]).await;
    let session = sign_in(&world).await;
    let native = NewClient::for_people("app", Credential::None, &["http://127.0.0.1/cb"], &["openid"]);
    assert!(register(&world, native).await.is_none());
    let bench =
        Bench { person: tacenda_accounts::OPERATOR, session, secret: crate::world::secret("-"), world };
    let here = [("redirect_uri", "http://127.0.0.1:51004/cb"), ("scope", "openid")];
    let allow = Decision::Allow { role: Role::Patient, patient: None };
    let location = bench.decide(&here, allow).await.unwrap();
    assert!(location.expose().starts_with("http://127.0.0.1:51004/cb?code="));
    let question = bench.asked(&here).await;
    assert!(!question.proves_itself && question.host.is_none());
}

#[tokio::test]
async fn duties_come_first_and_staff_need_two_factors() {
    let world = World::open().await;
    let person = person(&world, &[Role::Clinician]).await;
    let session = sign_in(&world).await;
    register(&world, NewClient::for_people("app", Credential::Secret, &[CALLBACK], &["openid", "user/*.rs"]))
        .await;
    let mut bench = Bench { person, session, secret: crate::world::secret("-"), world };
    let asked = [("scope", "openid user/*.rs")];
    assert!(matches!(bench.begin(&asked).await.unwrap(), Step::Duties { .. }));
    assert_eq!(redirected(bench.begin(&[asked[0], ("prompt", "none")]).await), "interaction_required");
    let allow = Decision::Allow { role: Role::Clinician, patient: None };
    assert_eq!(bench.decide(&asked, allow).await.unwrap_err(), AuthorizeError::Ended);
    bench.session = crate::world::secret("AAAA");
    assert!(matches!(bench.begin(&asked).await.unwrap(), Step::SignIn { again: false, .. }));
}

#[tokio::test]
async fn a_disabled_application_gets_no_page_and_nothing_unrecorded_is_given() {
    let bench = Bench::open().await;
    bench.world.ledger.stop(true);
    let allow = Decision::Allow { role: Role::Patient, patient: None };
    assert_eq!(bench.decide(&[], allow).await.unwrap_err(), AuthorizeError::Unavailable);
    bench.world.ledger.stop(false);
    let id =
        bench.world.rows("select account::text from accounts where kind = 'application'").await.remove(0);
    let application = ActorId(id.parse().unwrap());
    bench.world.accounts.suspend(&Author::Operator, application, bench.world.trace).await.unwrap();
    let answer = bench.begin(&[]).await.unwrap_err();
    assert_eq!(answer, AuthorizeFault::UnknownApplication.into());
}
