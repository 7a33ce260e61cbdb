//! What a client may be registered with.

use tacenda_accounts::{Author, ChangeError, Credential, GrantType, NewClient};
use tacenda_kernel::Role;

use super::bench::CALLBACK;
use crate::world::World;

#[tokio::test]
async fn what_fits_no_client_is_not_registered() {
    let world = World::open().await;
    let (account, _) = world.application("first", &[Role::Application]).await;
    let register = async |new: NewClient| {
        world.accounts.register_client(&Author::Operator, account, new, world.trace).await.map(drop)
    };
    let usual = || NewClient::for_people("app", Credential::Secret, &[CALLBACK], &["openid"]);
    for uri in ["http://app.example/cb", "https://app.example/#x", "app.example", "https://*.example/cb"] {
        let new = NewClient { redirect_uris: vec![uri.to_owned()], ..usual() };
        assert_eq!(register(new).await, Err(ChangeError::Invalid("redirect URIs")), "{uri}");
        let new = NewClient { post_logout_uris: vec![uri.to_owned()], ..usual() };
        assert_eq!(register(new).await, Err(ChangeError::Invalid("redirect URIs")), "{uri}");
    }
    let nowhere = NewClient { redirect_uris: Vec::new(), ..usual() };
    assert_eq!(register(nowhere).await, Err(ChangeError::Invalid("redirect URIs")));
    for scope in ["", "email", "patient/Observation.rs?x=y", "system/*.rs", "openid profile extra"] {
        let new = NewClient { scopes: Some(vec![scope.to_owned()]), ..usual() };
        assert_eq!(register(new).await, Err(ChangeError::Invalid("scopes")), "{scope}");
    }
    let roles = Some(vec!["role:clinician".to_owned(), "role:researcher".to_owned()]);
    assert_eq!(register(NewClient { scopes: roles, ..usual() }).await, Err(ChangeError::Invalid("scopes")));
    for (credential, grants) in [
        (Credential::None, vec![GrantType::ClientCredentials]),
        (Credential::Secret, vec![]),
        (Credential::Secret, vec![GrantType::RefreshToken]),
    ] {
        let new = NewClient { credential, grant_types: grants, ..usual() };
        assert_eq!(register(new).await, Err(ChangeError::Invalid("grant types")));
    }
    assert_eq!(register(usual()).await, Ok(()));
    assert_eq!(register(usual()).await, Err(ChangeError::Taken));
}

#[tokio::test]
async fn the_database_holds_it_too() {
    let world = World::open().await;
    world.application("app", &[Role::Application]).await;
    for (change, constraint) in [
        ("kind = 'public', grant_types = '{}'", "clients_public_ones_have_no_proof"),
        ("grant_types = '{authorization_code}'", "clients_codes_need_an_address"),
        ("grant_types = '{password}'", "clients_known_grant_types"),
    ] {
        let error = world.try_as_owner(&format!("update clients set {change}")).await.unwrap_err();
        assert!(error.contains(constraint), "{error}");
    }
}
