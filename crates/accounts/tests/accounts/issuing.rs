//! Tokens for clients: each answer of RFC 6749 §5, and what the ledger says of it.

use jiff::SignedDuration;
use serde_json::json;
use tacenda_accounts::{Author, Credential, RoleGrant};
use tacenda_contracts::{
    accounts::{Accounts as _, ClientProof, TokenError, TokenRequest},
    entry::{Event, Outcome},
};
use tacenda_kernel::{AuthStrength, Clock, Role, Secret};

use super::{
    client_keys::{ClientKeys, claims},
    world::{World, secret},
};

fn with_secret(
    world: &World,
    client_id: Option<&str>,
    text: Secret<String>,
    scope: Option<&str>,
) -> TokenRequest {
    TokenRequest {
        client_id: client_id.map(str::to_owned),
        proof: ClientProof::Secret(text),
        scope: scope.map(str::to_owned),
        request: world.trace.into(),
    }
}

fn with_assertion(world: &World, client_id: Option<&str>, text: Secret<String>) -> TokenRequest {
    TokenRequest { proof: ClientProof::Assertion(text), ..with_secret(world, client_id, secret("-"), None) }
}

#[tokio::test]
async fn the_right_secret_gets_a_token_for_the_only_role() {
    let world = World::open().await;
    let (account, client_secret) = world.application("app", &[Role::Researcher]).await;
    let request = with_secret(&world, Some("app"), client_secret, None);
    let issued = world.accounts.issue_token(request).await.unwrap();
    assert_eq!((issued.expires_in, issued.scope.as_str()), (300, "role:researcher"));
    assert_eq!(world.last(), (Event::TokenIssued, Outcome::Allowed, String::new()));
    let entry = world.ledger.opened(&world.audit).pop().unwrap();
    assert_eq!((entry.actor, entry.role), (Some(account), Some(Role::Researcher)));
    assert_eq!(entry.said(), ["client/app"]);

    let actor = world.accounts.identify(Some(&issued.access_token), world.trace.into()).await.unwrap();
    assert_eq!((actor.id, actor.role), (account, Role::Researcher));
    assert_eq!(actor.strength, AuthStrength::Client);
    assert_eq!(actor.expires_at, world.clock.now() + SignedDuration::from_secs(300));
    // What `keystore` verifies for itself is the same.
    assert_eq!(
        world.accounts.verifier().verify(issued.access_token.expose(), world.clock.now()).unwrap(),
        actor
    );
}

#[tokio::test]
async fn wrong_secrets_and_unknown_clients_are_one_answer_and_keep_no_password_waiting() {
    let world = World::open().await;
    let (_, right) = world.application("app", &[Role::Application]).await;
    let before = world.accounts.password_checks();
    for (client_id, proof, reason) in [
        ("app", secret("wrong"), "wrong-secret"),
        ("nobody", right.clone(), "unknown-client"),
        ("no\0body", right, "unknown-client"),
    ] {
        let request = with_secret(&world, Some(client_id), proof, None);
        assert_eq!(world.accounts.issue_token(request).await.unwrap_err(), TokenError::InvalidClient);
        assert_eq!(world.last(), (Event::TokenIssued, Outcome::Denied, reason.to_owned()));
        assert_eq!(world.ledger.opened(&world.audit).pop().unwrap().actor, None, "a stranger acted");
    }
    assert_eq!(world.accounts.password_checks() - before, 0);
}

#[tokio::test]
async fn incomplete_requests_are_invalid() {
    let world = World::open().await;
    let long = "x".repeat(20_000);
    for (client_id, proof) in [
        (None, "s"),
        (Some(""), "s"),
        (Some("app"), ""),
        (Some(long.as_str()), "s"),
        (Some("app"), long.as_str()),
    ] {
        let request = with_secret(&world, client_id, secret(proof), None);
        assert_eq!(world.accounts.issue_token(request).await.unwrap_err(), TokenError::InvalidRequest);
        assert_eq!(world.last().1, Outcome::Denied);
    }
}

#[tokio::test]
async fn a_scope_must_name_one_role_that_the_account_has_now() {
    let world = World::open().await;
    let (account, proof) = world.application("app", &[Role::Researcher, Role::Monitor]).await;
    let until = world.clock.now() + SignedDuration::from_secs(120);
    let lapsing = RoleGrant { role: Role::Application, until: Some(until) };
    world.accounts.give_role(&Author::Operator, account, lapsing, world.trace).await.unwrap();
    let ask = async |scope: Option<&str>| {
        world.accounts.issue_token(with_secret(&world, Some("app"), proof.clone(), scope)).await
    };
    assert_eq!(ask(Some("role:monitor")).await.unwrap().scope, "role:monitor");
    assert_eq!(ask(Some("role:application")).await.unwrap().expires_in, 120, "no token outlasts its role");
    for scope in
        [None, Some("role:clinician"), Some("role:king"), Some("openid"), Some("role:monitor openid")]
    {
        assert_eq!(ask(scope).await.unwrap_err(), TokenError::InvalidScope, "{scope:?}");
    }
    world.clock.advance(SignedDuration::from_secs(120));
    assert_eq!(ask(Some("role:application")).await.unwrap_err(), TokenError::InvalidScope);
    assert!(world.told("no-such-role"));
}

#[tokio::test]
async fn suspended_accounts_get_no_token() {
    let world = World::open().await;
    let (account, proof) = world.application("app", &[Role::Researcher]).await;
    world.accounts.suspend(&Author::Operator, account, world.trace).await.unwrap();
    let request = with_secret(&world, Some("app"), proof.clone(), None);
    assert_eq!(world.accounts.issue_token(request.clone()).await.unwrap_err(), TokenError::InvalidClient);
    assert_eq!(world.last().2, "suspended");
    world.accounts.reinstate(&Author::Operator, account, world.trace).await.unwrap();
    world.accounts.issue_token(request).await.unwrap();
}

#[tokio::test]
async fn nothing_is_issued_or_refused_while_the_ledger_is_down() {
    let world = World::open().await;
    let (_, proof) = world.application("app", &[Role::Researcher]).await;
    world.ledger.stop(true);
    for proof in [proof.clone(), secret("wrong")] {
        let request = with_secret(&world, Some("app"), proof, None);
        assert_eq!(world.accounts.issue_token(request).await.unwrap_err(), TokenError::Unavailable);
    }
    world.ledger.stop(false);
    world.accounts.issue_token(with_secret(&world, Some("app"), proof, None)).await.unwrap();
}

#[tokio::test]
async fn an_assertion_is_good_once_and_only_as_signed() {
    let world = World::open().await;
    let (keys, other) = (ClientKeys::make(), ClientKeys::make());
    world.client("signer", &[Role::Researcher], Credential::Keys(keys.jwks.clone())).await;
    let ask = async |client_id: Option<&str>, text: Secret<String>| {
        world.accounts.issue_token(with_assertion(&world, client_id, text)).await
    };

    let good = keys.sign(&claims(&world, "signer", "a"));
    ask(None, good.clone()).await.unwrap();
    assert_eq!(ask(None, good.clone()).await.unwrap_err(), TokenError::InvalidClient);
    assert_eq!(world.last().2, "replayed-assertion");
    ask(Some("signer"), keys.sign(&claims(&world, "signer", "b"))).await.unwrap();

    let refused = async |text: Secret<String>, reason: &str| {
        assert_eq!(ask(None, text).await.unwrap_err(), TokenError::InvalidClient);
        assert_eq!(world.last(), (Event::TokenIssued, Outcome::Denied, reason.to_owned()));
    };
    let mut wrong = claims(&world, "signer", "c");
    wrong["aud"] = json!("https://elsewhere.example/oauth/token");
    refused(keys.sign(&wrong), "invalid-assertion").await;
    let mut wrong = claims(&world, "signer", "c");
    wrong["exp"] = json!(world.clock.now().as_second() - 600);
    refused(keys.sign(&wrong), "invalid-assertion").await;
    let mut wrong = claims(&world, "signer", "c");
    wrong.as_object_mut().unwrap().remove("jti");
    refused(keys.sign(&wrong), "invalid-assertion").await;
    refused(other.sign(&claims(&world, "signer", "c")), "invalid-assertion").await;
    refused(keys.sign(&claims(&world, "nobody", "c")), "unknown-client").await;
    refused(secret("not.a.jwt"), "unreadable-assertion").await;
    let mismatch = ask(Some("other"), keys.sign(&claims(&world, "signer", "c"))).await;
    assert_eq!(mismatch.unwrap_err(), TokenError::InvalidClient);
    // None of those refused has used up the name.
    ask(None, keys.sign(&claims(&world, "signer", "c"))).await.unwrap();
}

#[tokio::test]
async fn an_assertion_cannot_be_replayed_as_long_as_it_could_be_believed() {
    let world = World::open().await;
    let keys = ClientKeys::make();
    world.client("signer", &[Role::Researcher], Credential::Keys(keys.jwks.clone())).await;
    let assertion = keys.sign(&claims(&world, "signer", "a"));
    let ask = async || world.accounts.issue_token(with_assertion(&world, None, assertion.clone())).await;
    ask().await.unwrap();
    for _ in 0..12 {
        world.clock.advance(SignedDuration::from_secs(15));
        assert_eq!(ask().await.unwrap_err(), TokenError::InvalidClient);
    }
    assert_eq!(world.last().2, "invalid-assertion", "by now it has expired");
}

#[tokio::test]
async fn a_client_proves_itself_only_its_own_way() {
    let world = World::open().await;
    let keys = ClientKeys::make();
    world.client("signer", &[Role::Researcher], Credential::Keys(keys.jwks.clone())).await;
    world.application("app", &[Role::Researcher]).await;
    let by_secret = with_secret(&world, Some("signer"), secret("anything"), None);
    assert_eq!(world.accounts.issue_token(by_secret).await.unwrap_err(), TokenError::InvalidClient);
    let by_assertion = with_assertion(&world, None, keys.sign(&claims(&world, "app", "a")));
    assert_eq!(world.accounts.issue_token(by_assertion).await.unwrap_err(), TokenError::InvalidClient);
    assert_eq!(world.last().2, "no-keys");
}
