//! Clients: their accounts, proofs, grant types, addresses and scopes.

use tacenda_accounts::Credential;
use tacenda_contracts::accounts::{
    Accounts as _, ClientProof, TokenError, TokenRequest,
    oauth::{AuthorizeFault, Step},
};
use tacenda_kernel::Role;

use super::edit;
use crate::{
    client_keys::{ClientKeys, claims},
    oauth::bench::{Bench, redirected},
    world::World,
};

fn request(world: &World, proof: ClientProof) -> TokenRequest {
    TokenRequest { client_id: Some("app".to_owned()), proof, scope: None, request: world.trace.into() }
}

#[tokio::test]
async fn an_edited_client_gets_no_token_for_itself() {
    let world = World::open().await;
    let (_, secret) = world.application("app", &[Role::Researcher]).await;
    let (other, _) = world.application("other", &[Role::Monitor]).await;
    let keys = ClientKeys::make();
    let by_secret = || request(&world, ClientProof::Secret(secret.clone()));
    for change in [
        format!("account = '{other}'"),
        "scopes = '{system/*.cruds}'".to_owned(),
        "grant_types = '{authorization_code,client_credentials}', redirect_uris = '{https://evil.example}'".to_owned(),
        format!("sealed_secret_hash = null, jwks = '{}'", keys.jwks),
        "sealed_secret_hash = null, kind = 'public', grant_types = '{}'".to_owned(),
        "client_id = 'app', sealed_secret_hash = o.sealed_secret_hash from clients o where o.client_id = 'other' \
         and t.client_id = 'app'; update clients set seal = (select seal from kept where client_id = 'other') \
         where client_id = 'app'"
            .to_owned(),
    ] {
        let own = if change.contains("where") { change.clone() } else { format!("{change} where client_id = 'app'") };
        let edit = edit(&world, "clients", "client_id", &own).await;
        let assertion = keys.sign(&claims(&world, "app", &change));
        for proof in [ClientProof::Secret(secret.clone()), ClientProof::Assertion(assertion), ClientProof::None] {
            let refused = world.accounts.issue_token(request(&world, proof)).await;
            assert_eq!(refused.unwrap_err(), TokenError::InvalidClient, "{change}");
        }
        edit.undo().await;
        world.accounts.issue_token(by_secret()).await.unwrap();
    }
}

#[tokio::test]
async fn an_edited_key_set_proves_nothing() {
    let world = World::open().await;
    let (keys, evil) = (ClientKeys::make(), ClientKeys::make());
    // Spaces and the order of its members are kept as they were registered.
    let jwks = keys.jwks.replace("\"kty\":\"EC\",", "").replace("\"alg\"", "\"kty\" :  \"EC\", \"alg\"");
    world.client("app", &[Role::Researcher], Credential::Keys(jwks)).await;
    let by = |keys: &ClientKeys, jti: &str| -> TokenRequest {
        request(&world, ClientProof::Assertion(keys.sign(&claims(&world, "app", jti))))
    };
    world.accounts.issue_token(by(&keys, "one")).await.unwrap();
    let edit = edit(&world, "clients", "client_id", &format!("jwks = '{}'", evil.jwks)).await;
    for keys in [&keys, &evil] {
        assert_eq!(world.accounts.issue_token(by(keys, "two")).await.unwrap_err(), TokenError::InvalidClient);
    }
    edit.undo().await;
    world.accounts.issue_token(by(&keys, "three")).await.unwrap();
}

#[tokio::test]
async fn an_inserted_client_is_none() {
    let world = World::open().await;
    let (account, _) = world.application("app", &[Role::Administrator]).await;
    let keys = ClientKeys::make();
    for seal in ["''", "(select seal from clients)"] {
        world
            .as_owner(&format!(
                "insert into clients (client_id, account, jwks, created_at, seal) \
                 values ('evil', '{account}', '{}', now(), {seal})",
                keys.jwks
            ))
            .await;
        let proof = ClientProof::Assertion(keys.sign(&claims(&world, "evil", seal)));
        let evil = TokenRequest { client_id: None, ..request(&world, proof) };
        assert_eq!(world.accounts.issue_token(evil).await.unwrap_err(), TokenError::InvalidClient);
        world.as_owner("delete from clients where client_id = 'evil'").await;
    }
}

#[tokio::test]
async fn nobody_is_sent_to_an_address_that_somebody_wrote() {
    let bench = Bench::open().await;
    let evil = "https://evil.example/callback";
    for change in [
        format!("redirect_uris = redirect_uris || '{evil}'::text"),
        format!("post_logout_uris = '{{{evil}}}'"),
        "scopes = null".to_owned(),
        "sealed_secret_hash = null, kind = 'public'".to_owned(),
        "grant_types = '{authorization_code}'".to_owned(),
    ] {
        let edit = edit(&bench.world, "clients", "client_id", &change).await;
        for asked in [&[][..], &[("redirect_uri", evil)]] {
            let answer = bench.begin(asked).await.unwrap_err();
            assert_eq!(answer, AuthorizeFault::UnknownApplication.into(), "{change}");
        }
        edit.undo().await;
        assert!(matches!(bench.begin(&[]).await.unwrap(), Step::Ask(_)));
    }
    // What a person allowed counts only as they allowed it.
    bench.tokens("openid").await;
    assert!(matches!(bench.begin(&[("scope", "openid")]).await.unwrap(), Step::Redirect(_)));
    let edit = edit(&bench.world, "consents", super::WHOLE, "scopes = '{openid,offline_access}'").await;
    for scope in ["openid", "openid offline_access"] {
        assert!(matches!(bench.begin(&[("scope", scope)]).await.unwrap(), Step::Ask(_)), "{scope}");
        assert_eq!(
            redirected(bench.begin(&[("scope", scope), ("prompt", "none")]).await),
            "consent_required"
        );
    }
    edit.undo().await;
    assert!(matches!(bench.begin(&[("scope", "openid")]).await.unwrap(), Step::Redirect(_)));
}
