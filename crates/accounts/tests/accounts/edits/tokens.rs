//! Codes and refresh tokens.

use tacenda_contracts::accounts::TokenError;
use tacenda_kernel::Clock;

use super::{WHOLE, edit};
use crate::{
    oauth::bench::{Bench, CALLBACK, VERIFIER},
    world::secret,
};

/// A code or token that somebody made up.
const OWN: &str = "a code of one's own";

#[tokio::test]
async fn an_edited_or_inserted_code_is_none() {
    let bench = Bench::open().await;
    let world = &bench.world;
    bench.code("openid offline_access").await;
    world.wait(1);
    for change in [
        "redirect_uri = 'https://evil.example/callback'",
        "challenge = sha256('a verifier of the thief')",
        "expires_at = expires_at + interval '1 day'",
        "authorisation = (select authorisation from authorisations a where a.authorisation <> t.authorisation limit 1)",
        "code = sha256('a code of one''s own')",
    ] {
        let code = bench.code("openid offline_access").await;
        let newest = "where expires_at = (select max(expires_at) from authorisation_codes) \
            and authorisation = (select authorisation from authorisations order by created_at desc limit 1)";
        let edit = edit(world, "authorisation_codes", WHOLE, &format!("{change} {newest}")).await;
        for verifier in [VERIFIER, "a verifier of the thief"] {
            for code in [&code, &secret(OWN)] {
                for uri in [CALLBACK, "https://evil.example/callback"] {
                    let answer = bench.redeem_with(code, uri, verifier).await;
                    assert_eq!(answer.unwrap_err(), TokenError::InvalidGrant, "{change}");
                }
            }
        }
        edit.undo().await;
        bench.redeem(&code).await.unwrap();
        world.wait(1);
    }
}

#[tokio::test]
async fn a_code_that_was_given_back_is_not_good_again() {
    let bench = Bench::open().await;
    let code = bench.code("openid").await;
    bench.redeem(&code).await.unwrap();
    bench.world.as_owner("update authorisation_codes set used_at = null").await;
    assert_eq!(bench.redeem(&code).await.unwrap_err(), TokenError::InvalidGrant);
}

#[tokio::test]
async fn an_edited_or_inserted_refresh_token_is_none() {
    let bench = Bench::open().await;
    let world = &bench.world;
    let kept = bench.tokens("openid profile offline_access").await.refresh_token.unwrap();
    world.wait(1);
    let refresh = bench.tokens("openid offline_access").await.refresh_token.unwrap();
    for change in [
        "authorisation = (select authorisation from authorisations a where a.authorisation <> t.authorisation)",
        "expires_at = expires_at + interval '1 year'",
        "issued_at = issued_at - interval '1 day'",
        "token = sha256('a code of one''s own')",
    ] {
        let newest = "where issued_at = (select max(issued_at) from refresh_tokens)";
        let edit = edit(world, "refresh_tokens", WHOLE, &format!("{change} {newest}")).await;
        for token in [&refresh, &secret(OWN)] {
            assert_eq!(bench.refresh(token, None).await.unwrap_err(), TokenError::InvalidGrant, "{change}");
        }
        edit.undo().await;
    }
    let (now, values) = (world.clock.now(), "sha256('a code of one''s own'), authorisation");
    world
        .as_owner(&format!(
            "insert into refresh_tokens select {values}, '{now}', expires_at, null, seal from refresh_tokens limit 1"
        ))
        .await;
    assert_eq!(bench.refresh(&secret(OWN), None).await.unwrap_err(), TokenError::InvalidGrant);
    let next = bench.refresh(&refresh, None).await.unwrap().refresh_token.unwrap();
    world.as_owner("update refresh_tokens set used_at = null").await;
    assert_eq!(bench.refresh(&refresh, None).await.unwrap_err(), TokenError::InvalidGrant, "it was replaced");
    bench.refresh(&next, None).await.unwrap();
    bench.refresh(&kept, None).await.unwrap();
}
