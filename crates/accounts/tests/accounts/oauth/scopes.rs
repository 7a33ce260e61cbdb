//! SMART Backend Services: what a client gets for itself, and by which keys.

use tacenda_accounts::{Author, Credential, NewClient};
use tacenda_contracts::accounts::{Accounts as _, ClientProof, TokenError, TokenRequest};
use tacenda_kernel::Role;

use super::bench::{CALLBACK, claims};
use crate::world::World;

async fn asked(
    world: &World,
    client_id: &str,
    proof: &ClientProof,
    scope: Option<&str>,
) -> Result<String, TokenError> {
    let request = TokenRequest {
        client_id: Some(client_id.to_owned()),
        proof: proof.clone(),
        scope: scope.map(str::to_owned),
        request: world.trace.into(),
    };
    let issued = world.accounts.issue_token(request).await?;
    assert_eq!(claims(&issued.access_token)["scope"], issued.scope.as_str());
    Ok(issued.scope)
}

#[tokio::test]
async fn a_client_for_itself_gets_system_scopes_within_its_registration() {
    let world = World::open().await;
    let (account, secret) = world.application("any", &[Role::Application]).await;
    let any = ClientProof::Secret(secret);
    assert_eq!(asked(&world, "any", &any, None).await.unwrap(), "role:application");
    assert_eq!(asked(&world, "any", &any, Some("system/*.read")).await.unwrap(), "system/*.rs");
    for scope in ["openid", "patient/*.rs", "user/*.rs", "launch/patient", "role:king", "system/*.rs?x=y"] {
        assert_eq!(asked(&world, "any", &any, Some(scope)).await, Err(TokenError::InvalidScope), "{scope}");
    }
    let scopes = Some(vec!["system/Observation.rs".to_owned()]);
    let new = NewClient { scopes, ..NewClient::machine("some", Credential::Secret) };
    let registered = world.accounts.register_client(&Author::Operator, account, new, world.trace).await;
    let some = ClientProof::Secret(registered.unwrap().unwrap());
    for scope in [None, Some("system/Observation.rs")] {
        assert_eq!(asked(&world, "some", &some, scope).await.unwrap(), "system/Observation.rs");
    }
    for more in ["system/Observation.c", "system/*.r", "role:application"] {
        assert_eq!(asked(&world, "some", &some, Some(more)).await, Err(TokenError::InvalidScope), "{more}");
    }
}

#[tokio::test]
async fn a_client_for_people_gets_nothing_for_itself() {
    let world = World::open().await;
    let (account, _) = world.application("first", &[Role::Application]).await;
    let new = NewClient::for_people("app", Credential::Secret, &[CALLBACK], &["openid"]);
    let secret = world.accounts.register_client(&Author::Operator, account, new, world.trace).await;
    let proof = ClientProof::Secret(secret.unwrap().unwrap());
    assert_eq!(asked(&world, "app", &proof, None).await, Err(TokenError::UnauthorizedClient));
    assert_eq!(asked(&world, "first", &ClientProof::None, None).await, Err(TokenError::InvalidClient));
}
