//! Without any package: discovery says what is true, and a token reads what its scopes say and nothing else.

use std::collections::HashMap;

use reqwest::Client;
use serde_json::{Value, json};
use tacenda_accounts::Credential;

use super::provider::{CALLBACK, Provider};

const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-000";

/// An access token that came of a code, and what came with it.
async fn launched(provider: &Provider, scope: &str) -> Value {
    launched_with(provider, scope, &[]).await
}

/// The same, where the browser changed some fields of the form in which the person answers.
async fn launched_with(provider: &Provider, scope: &str, changes: &[(&str, &str)]) -> Value {
    let challenge = data_encoding::BASE64URL_NOPAD.encode(&tacenda_crypto::sha256(VERIFIER.as_bytes()));
    let audience = format!("{}/fhir", provider.bed.origin);
    let url = reqwest::Url::parse_with_params(
        &format!("{}/oauth/authorize", provider.bed.origin),
        [
            ("response_type", "code"),
            ("client_id", "app"),
            ("redirect_uri", CALLBACK),
            ("scope", scope),
            ("state", "s"),
            ("aud", &audience),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ],
    );
    let back = provider.browse_with(url.unwrap().as_str(), changes).await;
    let back = reqwest::Url::parse(&back).unwrap();
    let fields: HashMap<_, _> = back.query_pairs().into_owned().collect();
    let (status, tokens) = token(
        provider,
        &[
            ("grant_type", "authorization_code"),
            ("client_id", "app"),
            ("code", &fields["code"]),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ],
    )
    .await;
    assert_eq!(status, 200, "{tokens}");
    tokens
}

async fn token(provider: &Provider, form: &[(&str, &str)]) -> (u16, Value) {
    let response = Client::new().post(format!("{}/oauth/token", provider.bed.origin));
    let body = reqwest::Url::parse_with_params("http://x/", form).unwrap();
    let response = response
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body.query().unwrap_or_default().to_owned())
        .send()
        .await
        .unwrap();
    let status = response.status().as_u16();
    (status, serde_json::from_str(&response.text().await.unwrap()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_observations_reads_observations_and_nothing_else() {
    let provider = Provider::start().await;
    let scopes = ["launch/patient", "patient/*.cruds", "user/*.cruds", "openid"];
    provider.register(Credential::None, &scopes).await;
    let tokens = launched(&provider, "launch/patient patient/Observation.rs").await;
    let (access, own) = (tokens["access_token"].as_str().unwrap(), tokens["patient"].as_str().unwrap());
    assert_eq!(own, provider.own_id().await);
    let (status, found) = provider.fhir(access, &format!("Observation?patient={own}")).await;
    assert_eq!(status, 200, "{found}");
    let observation = found["entry"][0]["resource"].clone();
    let path = format!("Observation/{}", observation["id"].as_str().unwrap());
    assert_eq!(provider.fhir(access, &path).await.0, 200);
    assert_eq!(provider.fhir(access, &format!("{path}/_history")).await.0, 200);

    // Everything else of the same person, which they may read themselves.
    let whole = provider.own_token().await;
    let whole = whole.expose().as_str();
    for kind in ["Condition", "Encounter"] {
        let (status, found) = provider.fhir(whole, &format!("{kind}?patient={own}")).await;
        assert_eq!(status, 200, "{kind}");
        assert_eq!(provider.fhir(access, &format!("{kind}?patient={own}")).await.0, 403, "{kind}");
        for entry in found["entry"].as_array().into_iter().flatten() {
            let id = entry["resource"]["id"].as_str().unwrap();
            assert_eq!(provider.fhir(access, &format!("{kind}/{id}")).await.0, 403);
            // Under the name of a type that it may read, it is not there.
            assert_eq!(provider.fhir(access, &format!("Observation/{id}")).await.0, 404);
        }
    }
    assert_eq!(provider.fhir(whole, &format!("Patient/{own}")).await.0, 200);
    assert_eq!(provider.fhir(access, &format!("Patient/{own}")).await.0, 403);
    let (status, everything) = provider.fhir(access, &format!("Patient/{own}/$everything")).await;
    let kinds =
        everything["entry"].as_array().unwrap().iter().map(|entry| &entry["resource"]["resourceType"]);
    let kinds: Vec<&Value> = kinds.collect();
    assert!(
        status == 200 && !kinds.is_empty() && kinds.iter().all(|kind| **kind == "Observation"),
        "{kinds:?}"
    );
    let followed = format!("Observation?patient={own}&_include=Observation:patient&_include=*&_count=5");
    for (token, led) in [(access, false), (whole, true)] {
        let (status, found) = provider.fhir(token, &followed).await;
        let entries = found["entry"].as_array().unwrap();
        let included: Vec<&Value> = entries.iter().filter(|one| one["search"]["mode"] == "include").collect();
        assert!(status == 200 && included.is_empty() != led, "{included:?}");
    }
    let chain = format!("Observation?patient={own}&encounter.status=finished");
    assert_eq!((provider.fhir(access, &chain).await.0, provider.fhir(whole, &chain).await.0), (403, 200));
    let other = provider.another_patient().await;
    assert_eq!(provider.fhir(access, &format!("Observation?patient={other}")).await.0, 404);

    let write = Client::new().put(format!("{}/fhir/{path}", provider.bed.origin)).bearer_auth(access);
    let write = write.header("content-type", "application/fhir+json").body(observation.to_string());
    let refused = write.send().await.unwrap();
    assert_eq!(refused.status(), 403);
    assert_eq!(refused.headers()["www-authenticate"], "Bearer error=\"insufficient_scope\"");

    // A token for nothing but who it is opens nothing.
    let nothing = launched(&provider, "openid").await;
    let nothing = nothing["access_token"].as_str().unwrap();
    assert_eq!(provider.fhir(nothing, &path).await.0, 403);
    assert_eq!(provider.fhir(nothing, "Practitioner").await.0, 403);
    provider.bed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_deleted_of_another_type_is_not_there() {
    let provider = Provider::start().await;
    let scopes = ["launch/patient", "patient/*.cruds", "user/*.cruds", "openid"];
    provider.register(Credential::None, &scopes).await;
    let tokens = launched(&provider, "launch/patient patient/Observation.rs").await;
    let (access, own) = (tokens["access_token"].as_str().unwrap(), tokens["patient"].as_str().unwrap());
    let clinician = provider.clinician().await;
    for (kind, there) in [("Condition", false), ("Observation", true)] {
        let (_, found) = provider.fhir(clinician.expose(), &format!("{kind}?patient={own}")).await;
        let id = found["entry"][0]["resource"]["id"].as_str().unwrap();
        let delete = Client::new().delete(format!("{}/fhir/{kind}/{id}", provider.bed.origin));
        let deleted = delete.bearer_auth(clinician.expose()).send().await.unwrap();
        assert_eq!(deleted.status(), 204, "{kind}");
        for (rest, found) in
            [("/_history?_count=1", 200), ("/_history/2", 410), ("", 410), ("/_history", 200)]
        {
            let (status, answer) = provider.fhir(access, &format!("Observation/{id}{rest}")).await;
            assert_eq!(status, if there { found } else { 404 }, "{kind}: {rest}: {answer}");
        }
    }
    provider.bed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_patient_that_a_form_names_is_not_believed() {
    let provider = Provider::start().await;
    provider.register(Credential::None, &["openid", "fhirUser", "launch/patient", "patient/*.rs"]).await;
    let (own, other) = (provider.own_id().await, provider.another_patient().await);
    let tokens = launched_with(&provider, "launch/patient patient/*.rs", &[("patient", &other)]).await;
    assert_eq!(tokens["patient"], own.as_str());
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(provider.fhir(access, &format!("Patient/{own}")).await.0, 200);
    provider.bed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn discovery_says_where_everything_is_and_errors_have_their_codes() {
    let provider = Provider::start().await;
    provider.register(Credential::None, &["openid"]).await;
    let get = async |path: &str| -> Value {
        let response = Client::new().get(format!("{}{path}", provider.bed.origin)).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        serde_json::from_str(&response.text().await.unwrap()).unwrap()
    };
    let openid = get("/.well-known/openid-configuration").await;
    assert_eq!(openid, get("/.well-known/oauth-authorization-server").await);
    let smart = get("/fhir/.well-known/smart-configuration").await;
    assert_eq!(smart, get("/.well-known/smart-configuration").await);
    assert!(smart["capabilities"].as_array().unwrap().contains(&json!("launch-standalone")));
    let statement = get("/fhir/metadata").await;
    let uris = &statement["rest"][0]["security"]["extension"][0]["extension"];
    assert!(uris.as_array().unwrap().iter().any(|uri| uri["valueUri"] == openid["authorization_endpoint"]));
    assert!(!get("/oauth/jwks").await["keys"].as_array().unwrap().is_empty());

    for (form, status, code) in [
        (&[("client_id", "app")][..], 400, "invalid_request"),
        (&[("grant_type", "password"), ("client_id", "app")], 400, "unsupported_grant_type"),
        (&[("grant_type", "client_credentials"), ("client_id", "app")], 400, "unauthorized_client"),
        (&[("grant_type", "client_credentials"), ("client_id", "nobody")], 401, "invalid_client"),
        (&[("grant_type", "refresh_token"), ("client_id", "app")], 400, "invalid_request"),
        (
            &[("grant_type", "refresh_token"), ("client_id", "app"), ("refresh_token", "x")],
            400,
            "invalid_grant",
        ),
        (&[("grant_type", "refresh_token"), ("grant_type", "refresh_token")], 400, "invalid_request"),
        (
            &[("grant_type", "authorization_code"), ("client_id", "app"), ("code", "x")],
            400,
            "invalid_request",
        ),
    ] {
        let (found, body) = token(&provider, form).await;
        assert_eq!((found, body["error"].as_str()), (status, Some(code)), "{form:?}");
        assert!(!body["error_description"].as_str().unwrap().is_empty());
    }
    let nobody = Client::new().get(format!("{}/oauth/userinfo", provider.bed.origin)).send().await.unwrap();
    assert_eq!(nobody.status(), 401);
    assert_eq!(nobody.headers()["www-authenticate"], "Bearer error=\"invalid_token\"");
    provider.bed.stop().await;
}
