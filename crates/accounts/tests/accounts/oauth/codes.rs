//! Codes: good once, for a minute, for the client, address and verifier they were made for.

use tacenda_contracts::{
    accounts::{
        Accounts as _, ClientProof, IdentifyError, TokenError,
        oauth::{Authorize as _, ClientClaim, Redemption},
    },
    entry::{Event, Outcome},
};

use super::bench::{Bench, CALLBACK, EVERYTHING, VERIFIER, claims, own_id, register};
use crate::world::{ISSUER, secret};
use tacenda_accounts::{Credential, NewClient};

#[tokio::test]
async fn a_code_gives_an_access_token_an_id_token_and_a_refresh_token() {
    let bench = Bench::open().await;
    let tokens = bench.tokens("openid fhirUser launch/patient patient/Observation.rs offline_access").await;
    assert_eq!(tokens.access.expires_in, 300);
    assert_eq!(tokens.patient, Some(own_id()));
    let resource = format!("{ISSUER}/fhir/Patient/{}", own_id());
    assert_eq!(tokens.fhir_user.as_deref(), Some(resource.as_str()));
    assert!(tokens.refresh_token.is_some());
    let access = claims(&tokens.access.access_token);
    assert_eq!(access["client_id"], "app");
    assert_eq!(access["scope"], "patient/Observation.rs");
    let id = claims(tokens.id_token.as_ref().unwrap());
    assert_eq!((&id["iss"], &id["aud"]), (&ISSUER.into(), &"app".into()));
    assert_eq!(id["sub"], bench.person.0.to_string());
    assert_eq!((&id["nonce"], &id["acr"]), (&"a nonce".into(), &"aal1".into()));
    assert_eq!(id["fhirUser"], resource);
    assert_eq!(id["at_hash"].as_str().unwrap().len(), 22);
    assert_eq!(id["exp"].as_i64().unwrap() - id["iat"].as_i64().unwrap(), 300);
    assert!(id["auth_time"].as_i64().unwrap() <= id["iat"].as_i64().unwrap());
    // The ID token is no access token.
    let identified = bench.world.accounts.identify(tokens.id_token.as_ref(), bench.world.trace.into()).await;
    assert_eq!(identified.unwrap_err(), IdentifyError::Unauthenticated);
    let actor = bench
        .world
        .accounts
        .identify(Some(&tokens.access.access_token), bench.world.trace.into())
        .await
        .unwrap();
    assert_eq!(actor.narrowing.unwrap().scopes.len(), 1);
}

#[tokio::test]
async fn what_was_not_asked_for_is_not_given() {
    let bench = Bench::open().await;
    let tokens = bench.tokens("patient/Observation.rs").await;
    assert!(tokens.id_token.is_none() && tokens.refresh_token.is_none() && tokens.fhir_user.is_none());
    let tokens = bench.tokens("openid").await;
    assert_eq!(claims(&tokens.access.access_token)["scope"], "");
    let bench = Bench::open_for(Some(&["openid", "role:patient"])).await;
    let tokens = bench.tokens("openid role:patient").await;
    assert_eq!(claims(&tokens.access.access_token)["scope"], "role:patient");
    assert_eq!(tokens.patient, None);
}

#[tokio::test]
async fn a_code_that_comes_twice_ends_what_came_of_it() {
    let bench = Bench::open().await;
    let code = bench.code("openid offline_access").await;
    let first = bench.redeem(&code).await.unwrap();
    assert_eq!(bench.redeem(&code).await.unwrap_err(), TokenError::InvalidGrant);
    assert_eq!(bench.world.last(), (Event::TokenIssued, Outcome::Denied, "code-reused".to_owned()));
    let identify =
        bench.world.accounts.identify(Some(&first.access.access_token), bench.world.trace.into()).await;
    assert_eq!(identify.unwrap_err(), IdentifyError::Unauthenticated);
    let refresh = bench.refresh(&first.refresh_token.unwrap(), None).await;
    assert_eq!(refresh.unwrap_err(), TokenError::InvalidGrant);
}

#[tokio::test]
async fn a_wrong_verifier_or_address_uses_the_code_up() {
    let bench = Bench::open().await;
    let other = VERIFIER.replace('a', "b");
    for (uri, verifier, reason) in [
        (CALLBACK, other.as_str(), "wrong-verifier"),
        ("https://app.example/other", VERIFIER, "another-redirect-uri"),
    ] {
        let code = bench.code("openid").await;
        assert_eq!(bench.redeem_with(&code, uri, verifier).await.unwrap_err(), TokenError::InvalidGrant);
        assert!(bench.world.told(reason));
        assert_eq!(bench.redeem(&code).await.unwrap_err(), TokenError::InvalidGrant);
        assert!(bench.world.told("code-reused"));
    }
    for (code, verifier) in [("", VERIFIER), ("unknown", VERIFIER), ("unknown", "short")] {
        let answer = bench.redeem_with(&secret(code), CALLBACK, verifier).await;
        assert_eq!(answer.unwrap_err(), TokenError::InvalidGrant);
    }
}

#[tokio::test]
async fn a_code_is_good_for_a_minute() {
    let bench = Bench::open().await;
    let (early, late) = (bench.code("openid").await, bench.code("openid").await);
    bench.world.clock.advance(jiff::SignedDuration::from_secs(59));
    bench.redeem(&early).await.unwrap();
    bench.world.clock.advance(jiff::SignedDuration::from_secs(1));
    assert_eq!(bench.redeem(&late).await.unwrap_err(), TokenError::InvalidGrant);
    assert_eq!(bench.reason(), "code-expired");
}

#[tokio::test]
async fn another_client_gets_nothing_for_it_and_does_not_spoil_it() {
    let bench = Bench::open().await;
    let new = NewClient::for_people("other", Credential::None, &[CALLBACK], &EVERYTHING);
    register(&bench.world, new).await;
    let code = bench.code("openid").await;
    let redemption = || Redemption::Code {
        code: code.clone(),
        redirect_uri: CALLBACK.to_owned(),
        verifier: secret(VERIFIER),
    };
    let redeem = async |client_id: &str, proof: ClientProof| {
        let claim = ClientClaim { client_id: Some(client_id.to_owned()), proof };
        bench.world.accounts.redeem(claim, redemption(), bench.world.trace.into()).await.map(drop)
    };
    assert_eq!(redeem("other", ClientProof::None).await, Err(TokenError::InvalidGrant));
    assert_eq!(redeem("unknown", ClientProof::None).await, Err(TokenError::InvalidClient));
    assert_eq!(redeem("app", ClientProof::None).await, Err(TokenError::InvalidClient));
    assert_eq!(redeem("app", ClientProof::Secret(secret("wrong"))).await, Err(TokenError::InvalidClient));
    bench.world.application("machine", &[tacenda_kernel::Role::Application]).await;
    bench.redeem(&code).await.unwrap();
}

#[tokio::test]
async fn what_is_not_recorded_is_not_given() {
    let bench = Bench::open().await;
    let code = bench.code("openid offline_access").await;
    bench.world.ledger.stop(true);
    assert_eq!(bench.redeem(&code).await.unwrap_err(), TokenError::Unavailable);
    bench.world.ledger.stop(false);
    let tokens = bench.redeem(&code).await.unwrap();
    bench.world.ledger.stop(true);
    let refresh = tokens.refresh_token.unwrap();
    assert_eq!(bench.refresh(&refresh, None).await.unwrap_err(), TokenError::Unavailable);
    bench.world.ledger.stop(false);
    bench.refresh(&refresh, None).await.unwrap();
}
