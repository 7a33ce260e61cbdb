//! Revocation, introspection, UserInfo, signing out, and applications put out by their person.

use tacenda_accounts::{Credential, NewClient};
use tacenda_contracts::{
    accounts::{
        Accounts as _, ClientProof, IdentifyError, TokenError, TokenRequest,
        oauth::{Authorize as _, AuthorizeError, AuthorizeFault, ClientClaim, Farewell, Step, UserInfoError},
        sign_in::SignIn as _,
    },
    entry::{Event, Outcome},
};
use tacenda_kernel::{Role, Secret};

use super::bench::{Bench, CALLBACK, own_id, register, visit};
use crate::world::secret;

const SCOPE: &str = "openid profile fhirUser launch/patient patient/*.rs offline_access";

async fn other_client(bench: &Bench) -> ClientClaim {
    let secret =
        register(&bench.world, NewClient::for_people("other", Credential::Secret, &[CALLBACK], &["openid"]))
            .await;
    ClientClaim { client_id: Some("other".to_owned()), proof: ClientProof::Secret(secret.unwrap()) }
}

async fn machine_token(bench: &Bench) -> (ClientClaim, Secret<String>) {
    let (_, proof) = bench.world.application("machine", &[Role::Application]).await;
    let proof = ClientProof::Secret(proof);
    let client_id = Some("machine".to_owned());
    let request = TokenRequest {
        client_id: client_id.clone(),
        proof: proof.clone(),
        scope: None,
        request: bench.world.trace.into(),
    };
    let token = bench.world.accounts.issue_token(request).await.unwrap().access_token;
    (ClientClaim { client_id, proof }, token)
}

#[tokio::test]
async fn revoking_one_token_ends_all_of_its_authorisation() {
    let bench = Bench::open().await;
    let (accounts, trace) = (&bench.world.accounts, bench.world.trace);
    for by_access_token in [false, true] {
        let tokens = bench.tokens(SCOPE).await;
        let refresh = tokens.refresh_token.unwrap();
        let access = tokens.access.access_token;
        accounts.identify(Some(&access), trace.into()).await.unwrap();
        let revoked = if by_access_token { &access } else { &refresh };
        accounts.revoke(bench.claim(), revoked, trace.into()).await.unwrap();
        assert_eq!(bench.refresh(&refresh, None).await.unwrap_err(), TokenError::InvalidGrant);
        let identified = accounts.identify(Some(&access), trace.into()).await;
        assert_eq!(identified.unwrap_err(), IdentifyError::Unauthenticated);
        accounts.revoke(bench.claim(), revoked, trace.into()).await.unwrap();
    }
}

#[tokio::test]
async fn nobody_revokes_what_is_not_theirs() {
    let bench = Bench::open().await;
    let (accounts, trace) = (&bench.world.accounts, bench.world.trace);
    let refresh = bench.tokens(SCOPE).await.refresh_token.unwrap();
    let other = other_client(&bench).await;
    accounts.revoke(other, &refresh, trace.into()).await.unwrap();
    accounts.revoke(bench.claim(), &secret("no token"), trace.into()).await.unwrap();
    let unproven = ClientClaim { client_id: Some("app".to_owned()), proof: ClientProof::None };
    assert_eq!(accounts.revoke(unproven, &refresh, trace.into()).await, Err(TokenError::InvalidClient));
    bench.refresh(&refresh, None).await.unwrap();
    let (machine, token) = machine_token(&bench).await;
    assert_eq!(accounts.revoke(machine, &token, trace.into()).await, Err(TokenError::UnsupportedTokenType));
}

#[tokio::test]
async fn a_client_learns_what_its_own_tokens_are() {
    let bench = Bench::open().await;
    let (accounts, trace) = (&bench.world.accounts, bench.world.trace);
    let tokens = bench.tokens(SCOPE).await;
    let (access, refresh) = (tokens.access.access_token, tokens.refresh_token.unwrap());
    let found = accounts.introspect(bench.claim(), &access, trace.into()).await.unwrap().unwrap();
    assert_eq!((found.client_id.as_str(), found.subject), ("app", bench.person));
    assert_eq!((found.scope.as_str(), found.is_access_token), ("patient/*.rs", true));
    assert_eq!(found.patient, Some(own_id()));
    let found = accounts.introspect(bench.claim(), &refresh, trace.into()).await.unwrap().unwrap();
    assert_eq!((found.scope.as_str(), found.is_access_token), (SCOPE, false));

    let other = other_client(&bench).await;
    for token in [&access, &refresh] {
        assert_eq!(accounts.introspect(other.clone(), token, trace.into()).await, Ok(None));
    }
    let (machine, token) = machine_token(&bench).await;
    assert!(accounts.introspect(machine.clone(), &token, trace.into()).await.unwrap().is_some());
    assert_eq!(accounts.introspect(bench.claim(), &token, trace.into()).await, Ok(None));
    assert_eq!(accounts.introspect(machine, &secret("no token"), trace.into()).await, Ok(None));

    bench.refresh(&refresh, None).await.unwrap();
    assert_eq!(accounts.introspect(bench.claim(), &refresh, trace.into()).await, Ok(None), "it was replaced");
    accounts.revoke(bench.claim(), &access, trace.into()).await.unwrap();
    assert_eq!(accounts.introspect(bench.claim(), &access, trace.into()).await, Ok(None));
    register(&bench.world, NewClient::for_people("public", Credential::None, &[CALLBACK], &["openid"])).await;
    let public = ClientClaim { client_id: Some("public".to_owned()), proof: ClientProof::None };
    assert_eq!(accounts.introspect(public, &access, trace.into()).await, Err(TokenError::InvalidClient));
}

#[tokio::test]
async fn user_info_tells_what_was_granted() {
    let bench = Bench::open().await;
    let (accounts, trace) = (&bench.world.accounts, bench.world.trace);
    let all = bench.tokens(SCOPE).await.access.access_token;
    let told = accounts.user_info(Some(&all), trace.into()).await.unwrap();
    assert_eq!(told.subject, bench.person);
    assert_eq!(told.name.unwrap().expose(), "Ada Testperson");
    assert!(told.fhir_user.unwrap().ends_with(&format!("/fhir/Patient/{}", own_id())));
    let told = bench.world.ledger.opened(&bench.world.audit).pop().unwrap();
    assert_eq!((&told.event, told.outcome), (&Event::AccountsRead, Outcome::Allowed));
    assert_eq!(
        (told.actor, told.said()),
        (Some(bench.person), vec!["user-info".to_owned(), "client/app".to_owned()])
    );
    let refresh = bench.tokens(SCOPE).await.refresh_token.unwrap();
    let narrowed = bench.refresh(&refresh, Some("patient/*.rs")).await.unwrap().access.access_token;
    assert_eq!(
        accounts.user_info(Some(&narrowed), trace.into()).await.unwrap_err(),
        UserInfoError::InsufficientScope
    );
    let refused = (Event::AccountsRead, Outcome::Denied, "insufficient-scope".to_owned());
    assert_eq!(bench.world.last(), refused);
    bench.world.ledger.stop(true);
    assert_eq!(accounts.user_info(Some(&all), trace.into()).await.unwrap_err(), UserInfoError::Unavailable);
    bench.world.ledger.stop(false);
    let little = bench.tokens("openid").await.access.access_token;
    let told = accounts.user_info(Some(&little), trace.into()).await.unwrap();
    assert!(told.name.is_none() && told.fhir_user.is_none());
    let none = bench.tokens("patient/*.rs").await.access.access_token;
    assert_eq!(
        accounts.user_info(Some(&none), trace.into()).await.unwrap_err(),
        UserInfoError::InsufficientScope
    );
    let (_, machine) = machine_token(&bench).await;
    assert_eq!(
        accounts.user_info(Some(&machine), trace.into()).await.unwrap_err(),
        UserInfoError::InsufficientScope
    );
    assert_eq!(accounts.user_info(None, trace.into()).await.unwrap_err(), UserInfoError::Unauthenticated);
}

#[tokio::test]
async fn an_application_signs_its_person_out_and_nobody_else() {
    let bench = Bench::open().await;
    let accounts = &bench.world.accounts;
    let hint = bench.tokens("openid").await.id_token.unwrap();
    let farewell = async |fields: &[(&str, &str)]| {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        accounts.farewell(&query, Some(&bench.session), &visit()).await
    };
    let (hint, bye) = (hint.expose().as_str(), "https://app.example/bye");
    assert!(matches!(farewell(&[]).await.unwrap(), Farewell::Confirm));
    let forged = format!("{}x", &hint[..hint.len() - 2]);
    assert!(matches!(farewell(&[("id_token_hint", &forged)]).await.unwrap(), Farewell::Confirm));
    for (token, uri) in
        [("", bye), (hint, "https://evil.example/"), (hint, CALLBACK), (hint, "https://app.example/bye?x")]
    {
        let answer = farewell(&[("id_token_hint", token), ("post_logout_redirect_uri", uri)]).await;
        assert_eq!(answer.unwrap_err(), AuthorizeError::Page(AuthorizeFault::UnknownAddress), "{uri}");
    }
    assert!(accounts.session(&bench.session, &visit()).await.is_ok(), "still signed in");

    // A hint is good when its time is over.
    bench.world.clock.advance(jiff::SignedDuration::from_secs(600));
    let fields = [("id_token_hint", hint), ("post_logout_redirect_uri", bye), ("state", "x&y")];
    let Farewell::Done(Some(location)) = farewell(&fields).await.unwrap() else { panic!() };
    assert_eq!(location.expose(), "https://app.example/bye?state=x%26y");
    assert!(accounts.session(&bench.session, &visit()).await.is_err());
    assert!(matches!(farewell(&fields).await.unwrap(), Farewell::Done(Some(_))));
}

#[tokio::test]
async fn a_person_sees_and_ends_what_applications_may() {
    let bench = Bench::open().await;
    let (accounts, trace) = (&bench.world.accounts, bench.world.trace);
    let tokens = bench.tokens(SCOPE).await;
    bench.tokens("openid").await;
    let list = accounts.let_in(&bench.session, &visit()).await.unwrap();
    assert_eq!(list.len(), 1);
    assert_eq!((list[0].client_id.as_str(), list[0].application.as_str()), ("app", "Growth charts"));
    assert!(list[0].last_used_at.is_some());
    accounts.put_out(&bench.session, "app", &visit()).await.unwrap();
    assert!(accounts.let_in(&bench.session, &visit()).await.unwrap().is_empty());
    let identified = accounts.identify(Some(&tokens.access.access_token), trace.into()).await;
    assert_eq!(identified.unwrap_err(), IdentifyError::Unauthenticated);
    let refreshed = bench.refresh(&tokens.refresh_token.unwrap(), None).await;
    assert_eq!(refreshed.unwrap_err(), TokenError::InvalidGrant);
    assert!(matches!(bench.begin(&[("scope", "openid")]).await.unwrap(), Step::Ask(_)), "asked again");
    let entries = bench.world.ledger.count();
    for other in ["unknown", "app", "a text\r\nof somebody", &"x".repeat(10_000)] {
        let answer = accounts.put_out(&bench.session, other, &visit()).await;
        assert_eq!(answer.unwrap_err(), AuthorizeFault::UnknownApplication.into(), "{other}");
    }
    assert_eq!(bench.world.ledger.count(), entries, "no entry of what is none");
}
