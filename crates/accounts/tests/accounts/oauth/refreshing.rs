//! Refresh tokens: each good once; one that comes twice ends the family.

use jiff::SignedDuration as Duration;

use tacenda_accounts::{Author, Credential, NewClient};
use tacenda_contracts::{
    accounts::{
        Accounts as _, ClientProof, IdentifyError, TokenError,
        oauth::{Authorize as _, ClientClaim, Decision, Redemption},
        sign_in::SignIn as _,
    },
    entry::{Event, Outcome},
};
use tacenda_kernel::{Clock as _, Role};

use super::bench::{Bench, CALLBACK, PASSWORD, claims, parameter, person, register};
use crate::{
    browser::Browser,
    world::{World, secret},
};

const OFFLINE: &str = "openid patient/*.rs offline_access";

#[tokio::test]
async fn each_refresh_token_gives_the_next() {
    let bench = Bench::open().await;
    let first = bench.tokens(OFFLINE).await;
    let second = bench.refresh(&first.refresh_token.unwrap(), None).await.unwrap();
    let third = bench.refresh(second.refresh_token.as_ref().unwrap(), None).await.unwrap();
    assert_eq!(third.access.scope, OFFLINE);
    assert_eq!(third.patient, first.patient);
    assert_eq!(claims(third.id_token.as_ref().unwrap())["nonce"], "a nonce");
    assert_eq!(claims(&third.access.access_token)["scope"], "patient/*.rs");
}

#[tokio::test]
async fn one_that_comes_twice_ends_the_family() {
    let bench = Bench::open().await;
    let first = bench.tokens(OFFLINE).await.refresh_token.unwrap();
    let second = bench.refresh(&first, None).await.unwrap();
    assert_eq!(bench.refresh(&first, None).await.unwrap_err(), TokenError::InvalidGrant);
    assert_eq!(bench.world.last(), (Event::TokenIssued, Outcome::Denied, "token-reused".to_owned()));
    let next = bench.refresh(&second.refresh_token.unwrap(), None).await;
    assert_eq!(next.unwrap_err(), TokenError::InvalidGrant);
    let identify =
        bench.world.accounts.identify(Some(&second.access.access_token), bench.world.trace.into()).await;
    assert_eq!(identify.unwrap_err(), IdentifyError::Unauthenticated);
    // Another authorisation of the same person and application goes on.
    bench.tokens(OFFLINE).await;
}

#[tokio::test]
async fn of_two_who_come_at_once_no_more_than_one_gets_tokens() {
    let bench = Bench::open().await;
    let token = bench.tokens(OFFLINE).await.refresh_token.unwrap();
    let (one, other) = tokio::join!(bench.refresh(&token, None), bench.refresh(&token, None));
    assert_eq!([one.is_ok(), other.is_ok()].into_iter().filter(|ok| *ok).count(), 1);
    let winner = one.or(other).unwrap().refresh_token.unwrap();
    assert_eq!(bench.refresh(&winner, None).await.unwrap_err(), TokenError::InvalidGrant);
}

#[tokio::test]
async fn scopes_may_shrink_and_never_grow() {
    let bench = Bench::open().await;
    let token = bench.tokens(OFFLINE).await.refresh_token.unwrap();
    for more in ["openid profile", "patient/*.cruds", "user/Patient.r", "role:patient", "openid openid2", ""]
    {
        assert_eq!(bench.refresh(&token, Some(more)).await.unwrap_err(), TokenError::InvalidScope, "{more}");
    }
    let less = bench.refresh(&token, Some("patient/Observation.r")).await.unwrap();
    assert_eq!(less.access.scope, "patient/Observation.r");
    assert!(less.id_token.is_none());
    let again = bench.refresh(&less.refresh_token.unwrap(), None).await.unwrap();
    assert_eq!(again.access.scope, OFFLINE, "what was granted once can be asked for again");
}

#[tokio::test]
async fn leaving_the_records_scopes_out_never_gives_the_whole_role() {
    let bench = Bench::open().await;
    let token =
        bench.tokens("role:patient patient/Observation.rs offline_access").await.refresh_token.unwrap();
    assert_eq!(bench.refresh(&token, Some("role:patient")).await.unwrap_err(), TokenError::InvalidScope);
}

#[tokio::test]
async fn it_ends_with_time_with_the_role_and_with_the_account() {
    let bench = Bench::open().await;
    let idle = bench.tokens(OFFLINE).await.refresh_token.unwrap();
    bench.world.clock.advance(Duration::from_secs(14 * 86_400));
    assert_eq!(bench.refresh(&idle, None).await.unwrap_err(), TokenError::InvalidGrant);
    assert_eq!(bench.reason(), "refresh-token-expired");

    let bench = Bench::open().await;
    let token = bench.tokens(OFFLINE).await.refresh_token.unwrap();
    let (accounts, trace) = (&bench.world.accounts, bench.world.trace);
    accounts.suspend(&Author::Operator, bench.person, trace).await.unwrap();
    assert_eq!(bench.refresh(&token, None).await.unwrap_err(), TokenError::InvalidGrant);
    assert_eq!(bench.reason(), "authorisation-over");

    let bench = Bench::open().await;
    let token = bench.tokens(OFFLINE).await.refresh_token.unwrap();
    let (accounts, trace) = (&bench.world.accounts, bench.world.trace);
    accounts.take_role(&Author::Operator, bench.person, Role::Patient, trace).await.unwrap();
    assert_eq!(bench.refresh(&token, None).await.unwrap_err(), TokenError::InvalidGrant);
    assert_eq!(bench.reason(), "no-such-role");
}

#[tokio::test]
async fn online_access_ends_with_the_session() {
    let bench = Bench::open().await;
    let online = bench.tokens("openid online_access").await.refresh_token.unwrap();
    let offline = bench.tokens("openid offline_access").await.refresh_token.unwrap();
    let online = bench.refresh(&online, None).await.unwrap().refresh_token.unwrap();
    bench.world.accounts.sign_out(&bench.session, bench.world.trace).await.unwrap();
    assert_eq!(bench.refresh(&online, None).await.unwrap_err(), TokenError::InvalidGrant);
    assert_eq!(bench.reason(), "authorisation-over");
    bench.refresh(&offline, None).await.unwrap();
}

#[tokio::test]
async fn another_client_gets_nothing_for_it() {
    let bench = Bench::open().await;
    register(&bench.world, NewClient::for_people("other", Credential::None, &[CALLBACK], &["openid"])).await;
    let token = bench.tokens(OFFLINE).await.refresh_token.unwrap();
    let redeem = async |client_id: &str| {
        let claim = ClientClaim { client_id: Some(client_id.to_owned()), proof: ClientProof::None };
        let redemption = Redemption::Refresh { token: token.clone(), scope: None };
        bench.world.accounts.redeem(claim, redemption, bench.world.trace.into()).await.unwrap_err()
    };
    assert_eq!(redeem("other").await, TokenError::InvalidGrant);
    assert_eq!(redeem("app").await, TokenError::InvalidClient);
    assert_eq!(bench.refresh(&secret("unknown"), None).await.unwrap_err(), TokenError::InvalidGrant);
    bench.refresh(&token, None).await.unwrap();
}

#[tokio::test]
async fn the_person_hears_of_an_application_that_may_go_on_and_of_one_that_was_cut_off() {
    let bench = Bench::open().await;
    let before = bench.world.count("notices").await;
    let new = async || bench.world.count("notices").await - before;
    bench.tokens("openid").await;
    assert_eq!(new().await, 0, "it ends by itself in minutes");
    let token = bench.tokens(OFFLINE).await.refresh_token.unwrap();
    assert_eq!(new().await, 1);
    let next = bench.refresh(&token, None).await.unwrap().refresh_token.unwrap();
    assert_eq!(new().await, 1);
    bench.refresh(&token, None).await.unwrap_err();
    assert_eq!(new().await, 2);
    bench.refresh(&next, None).await.unwrap_err();
    assert_eq!(new().await, 2, "it was over");
}

#[tokio::test]
async fn online_access_ends_when_the_session_is_idle_as_its_roles_say() {
    for (idle, goes_on) in [(14, true), (15, false)] {
        let world = World::open().await;
        let person = person(&world, &[Role::Clinician]).await;
        let mut browser = Browser::new(&world);
        browser.sign_in("ada@example.org", PASSWORD).await.unwrap();
        browser.enrol_totp().await;
        let session = browser.token();
        let new = NewClient::for_people("app", Credential::Secret, &[CALLBACK], &["openid", "online_access"]);
        let proof = register(&world, new).await.unwrap();
        let bench = Bench { world, person, session, secret: proof };
        let allow = Decision::Allow { role: Role::Clinician, patient: None };
        let location = bench.decide(&[("scope", "openid online_access")], allow).await.unwrap();
        let code = secret(&parameter(&location, "code").unwrap());
        let token = bench.redeem(&code).await.unwrap().refresh_token.unwrap();
        bench.world.clock.advance(Duration::from_secs(idle * 60));
        assert_eq!(bench.refresh(&token, None).await.is_ok(), goes_on, "after {idle} minutes");
    }
}

#[tokio::test]
async fn who_uses_nothing_but_an_application_uses_their_account_and_its() {
    let bench = Bench::open().await;
    let mut token = bench.tokens(OFFLINE).await.refresh_token.unwrap();
    let unused = "select account from accounts where last_used_at is null or last_used_at < ";
    for _ in 0..8 {
        bench.world.clock.advance(Duration::from_secs(13 * 86_400 / 2));
        token = bench.refresh(&token, None).await.unwrap().refresh_token.unwrap();
        let unused = format!("{unused}'{}'", bench.world.clock.now());
        assert_eq!(bench.world.rows(&unused).await, Vec::<String>::new());
    }
}
