//! Authorisations: what one person let one application do.

use tacenda_contracts::accounts::{Accounts as _, IdentifyError, TokenError, oauth::Authorize as _};
use tacenda_kernel::Role;

use super::edit;
use crate::oauth::bench::{Bench, visit};

#[tokio::test]
async fn an_edited_authorisation_gives_nothing() {
    let bench = Bench::open().await;
    let (world, accounts) = (&bench.world, &bench.world.accounts);
    let victim = world.patient("victim@example.org").await;
    world.application("other", &[Role::Application]).await;
    let tokens = bench.tokens("openid profile offline_access").await;
    let mut refresh = tokens.refresh_token.unwrap();
    for change in [
        format!("person = '{victim}'"),
        "role = 'clinician'".to_owned(),
        "scopes = '{openid,profile,offline_access,user/*.cruds}'".to_owned(),
        "strength = 'multi'".to_owned(),
        "proven_at = proven_at + interval '1 hour'".to_owned(),
        "session = gen_random_uuid()".to_owned(),
        "ends_at = ends_at + interval '1 year'".to_owned(),
        "created_at = created_at - interval '1 hour'".to_owned(),
        "client_id = 'other'".to_owned(),
    ] {
        let edit = edit(world, "authorisations", "authorisation", &change).await;
        let answer = bench.refresh(&refresh, None).await;
        assert_eq!(answer.unwrap_err(), TokenError::InvalidGrant, "{change}");
        let identified = accounts.identify(Some(&tokens.access.access_token), world.trace.into()).await;
        assert_eq!(identified.unwrap_err(), IdentifyError::Unauthenticated, "{change}");
        assert!(accounts.let_in(&bench.session, &visit()).await.unwrap().is_empty(), "{change}");
        edit.undo().await;
        refresh = bench.refresh(&refresh, None).await.unwrap().refresh_token.unwrap();
        accounts.identify(Some(&tokens.access.access_token), world.trace.into()).await.unwrap();
        assert_eq!(accounts.let_in(&bench.session, &visit()).await.unwrap().len(), 1, "untouched again");
    }
}

#[tokio::test]
async fn an_authorisation_that_was_ended_does_not_begin_again() {
    let bench = Bench::open().await;
    let (world, accounts) = (&bench.world, &bench.world.accounts);
    let revive = "update authorisations set ended_at = null, ended_why = null";
    let tokens = bench.tokens("openid offline_access").await;
    let refresh = tokens.refresh_token.unwrap();
    accounts.revoke(bench.claim(), &refresh, world.trace.into()).await.unwrap();
    world.as_owner(revive).await;
    assert_eq!(bench.refresh(&refresh, None).await.unwrap_err(), TokenError::InvalidGrant);
    let identified = accounts.identify(Some(&tokens.access.access_token), world.trace.into()).await;
    assert_eq!(identified.unwrap_err(), IdentifyError::Unauthenticated);

    let tokens = bench.tokens("openid offline_access").await;
    accounts.put_out(&bench.session, "app", &visit()).await.unwrap();
    world.as_owner(revive).await;
    let answer = bench.refresh(&tokens.refresh_token.unwrap(), None).await;
    assert_eq!(answer.unwrap_err(), TokenError::InvalidGrant);
}
