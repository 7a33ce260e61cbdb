//! Rows put back as they once were, and rows removed: none of them opens anything.

use tacenda_accounts::{Author, ChangeError, Finding, RoleGrant};
use tacenda_contracts::accounts::{
    Accounts as _, IdentifyError, TokenError,
    links::{LinkError, Links as _},
    sign_in::{SessionError, SignIn as _, SignInError, Standing},
};
use tacenda_kernel::{AuthStrength, Role};

use crate::{
    browser::{Browser, PASSWORD},
    links::{forgot, link_to},
    oauth::bench::Bench,
    world::{World, secret},
};

const NEW: &str = "granite otter 47 sundial";

/// Copies a table, to be put back later.
async fn copy(world: &World, table: &str) {
    world.as_owner(&format!("create table kept_{table} as table {table}")).await;
}

/// Puts those rows of the copy back that are not as they were.
async fn put_back(world: &World, table: &str, key: &str) {
    let changed = format!("select {key} from (table kept_{table} except table {table}) changed");
    let gone = format!("delete from {table} where {key} in (select {key} from again)");
    let back =
        format!("insert into {table} select * from kept_{table} where {key} in (select {key} from again)");
    world.as_owner(&format!("create table again as {changed}; {gone}; {back}; drop table again")).await;
    world.wait(5);
}

#[tokio::test]
async fn an_old_password_copied_over_the_new_one_opens_nothing() {
    let world = World::open().await;
    let person = world.patient("anna@example.org").await;
    copy(&world, "passwords").await;
    world.accounts.set_password(&Author::Operator, person, &secret(NEW), world.trace).await.unwrap();
    let mut browser = Browser::new(&world);
    assert_eq!(browser.sign_in("anna@example.org", NEW).await, Ok(Standing::Single));
    for change in [
        "update passwords set sealed_hash = (select sealed_hash from old_passwords)",
        "update passwords p set sealed_hash = o.sealed_hash, set_at = o.set_at, seal = o.seal from old_passwords o",
        "delete from passwords; insert into passwords table kept_passwords",
    ] {
        world.as_owner(change).await;
        world.wait(5);
        assert_eq!(browser.sign_in("anna@example.org", PASSWORD).await, Err(SignInError::Wrong), "{change}");
        assert_eq!(browser.session().await.unwrap_err(), SessionError::Ended, "{change}");
    }
}

#[tokio::test]
async fn a_session_put_back_after_signing_out_is_none() {
    let world = World::open().await;
    world.patient("anna@example.org").await;
    let mut browser = Browser::new(&world);
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    copy(&world, "sessions").await;
    world.accounts.sign_out(&browser.token(), world.trace).await.unwrap();
    world.as_owner("insert into sessions table kept_sessions").await;
    world.wait(5);
    assert_eq!(browser.session().await.unwrap_err(), SessionError::Ended);
    let mut other = Browser::new(&world);
    assert_eq!(
        other.sign_in("anna@example.org", PASSWORD).await,
        Ok(Standing::Single),
        "nobody is locked out"
    );
}

#[tokio::test]
async fn a_session_that_was_hidden_while_all_were_ended_is_none() {
    let world = World::open().await;
    let person = world.patient("anna@example.org").await;
    let mut browser = Browser::new(&world);
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    copy(&world, "sessions").await;
    world.as_owner("delete from sessions").await;
    world.accounts.set_password(&Author::Operator, person, &secret(NEW), world.trace).await.unwrap();
    world.as_owner("insert into sessions table kept_sessions").await;
    world.wait(5);
    assert_eq!(browser.session().await.unwrap_err(), SessionError::Ended);
}

#[tokio::test]
async fn a_role_put_back_gives_nothing() {
    let world = World::open().await;
    let anna = world.knowing("anna@example.org", &[Role::Clinician, Role::Monitor]).await;
    let (accounts, trace, operator) = (&world.accounts, world.trace, Author::Operator);
    let bearer = accounts.issue_for_person(anna, Role::Clinician, AuthStrength::Multi, trace).await;
    let bearer = bearer.unwrap().access_token;
    copy(&world, "account_roles").await;
    accounts.take_role(&operator, anna, Role::Clinician, trace).await.unwrap();
    world
        .as_owner("insert into account_roles select * from kept_account_roles where role = 'clinician'")
        .await;
    world.wait(5);
    let roles = accounts.read_account(anna).await.unwrap().unwrap().roles;
    assert_eq!(roles, [RoleGrant::lasting(Role::Monitor)]);
    let identified = accounts.identify(Some(&bearer), trace.into()).await;
    assert_eq!(identified.unwrap_err(), IdentifyError::Unauthenticated);
    world.as_owner("delete from account_roles where role = 'monitor'").await;
    assert!(accounts.read_account(anna).await.unwrap().is_none(), "a role is missing");
}

#[tokio::test]
async fn without_a_second_factor_s_row_the_password_opens_nothing() {
    let world = World::open().await;
    world.knowing("anna@example.org", &[Role::Clinician]).await;
    let mut browser = Browser::new(&world);
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    browser.enrol_totp().await;
    copy(&world, "totp_secrets").await;
    for change in [
        "delete from totp_secrets",
        "update totp_secrets set enrolled_at = null",
        "update totp_secrets set used_step = null",
        "delete from recovery_codes where code = (select min(code) from recovery_codes)",
    ] {
        copy(&world, "recovery_codes").await;
        world.as_owner(change).await;
        let mut anew = Browser::new(&world);
        let expected =
            if change.contains("used_step") { Ok(Standing::Partial) } else { Err(SignInError::Wrong) };
        assert_eq!(anew.sign_in("anna@example.org", PASSWORD).await, expected, "{change}");
        world.as_owner("delete from totp_secrets; insert into totp_secrets table kept_totp_secrets").await;
        world
            .as_owner("delete from recovery_codes; insert into recovery_codes table kept_recovery_codes")
            .await;
        world.as_owner("drop table kept_recovery_codes").await;
        assert_eq!(
            anew.sign_in("anna@example.org", PASSWORD).await,
            Ok(Standing::Partial),
            "untouched again"
        );
    }
}

#[tokio::test]
async fn codes_that_were_used_are_not_good_again() {
    let world = World::open().await;
    world.knowing("anna@example.org", &[Role::Clinician]).await;
    let mut browser = Browser::new(&world);
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    let (_, codes) = browser.enrol_totp().await;
    copy(&world, "recovery_codes").await;
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    browser.prove_code(codes[0].expose()).await.unwrap();
    world.as_owner("delete from recovery_codes; insert into recovery_codes table kept_recovery_codes").await;
    world.wait(5);
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    assert_eq!(browser.prove_code(codes[0].expose()).await.unwrap_err(), SignInError::Wrong);
    browser.prove_code(codes[1].expose()).await.unwrap();
}

#[tokio::test]
async fn a_used_link_put_back_is_over() {
    let world = World::open().await;
    world.patient("anna@example.org").await;
    let browser = Browser::new(&world);
    forgot(&browser, "anna@example.org").await.unwrap();
    let link = link_to(&world, "anna@example.org").await;
    copy(&world, "links").await;
    world.accounts.set_new_password(&link, &secret(NEW), &browser.visit()).await.unwrap();
    world.as_owner("delete from links; insert into links table kept_links").await;
    let again =
        world.accounts.set_new_password(&link, &secret("walnut ferry 82 copper"), &browser.visit()).await;
    assert_eq!(again.unwrap_err(), LinkError::Invalid);
}

#[tokio::test]
async fn a_code_or_refresh_token_put_back_ends_what_came_of_it() {
    let bench = Bench::open().await;
    let code = bench.code("openid offline_access").await;
    copy(&bench.world, "authorisation_codes").await;
    let refresh = bench.redeem(&code).await.unwrap().refresh_token.unwrap();
    let restore =
        "delete from authorisation_codes; insert into authorisation_codes table kept_authorisation_codes";
    bench.world.as_owner(restore).await;
    assert_eq!(bench.redeem(&code).await.unwrap_err(), TokenError::InvalidGrant);
    assert_eq!(
        bench.refresh(&refresh, None).await.unwrap_err(),
        TokenError::InvalidGrant,
        "the family is over"
    );

    let first = bench.tokens("openid offline_access").await.refresh_token.unwrap();
    copy(&bench.world, "refresh_tokens").await;
    copy(&bench.world, "authorisations").await;
    let next = bench.refresh(&first, None).await.unwrap().refresh_token.unwrap();
    put_back(&bench.world, "refresh_tokens", "token").await;
    assert_eq!(bench.refresh(&first, None).await.unwrap_err(), TokenError::InvalidGrant);
    assert_eq!(bench.refresh(&next, None).await.unwrap_err(), TokenError::InvalidGrant, "the family is over");
}

#[tokio::test]
async fn an_authorisation_put_back_gives_nothing() {
    let bench = Bench::open().await;
    let refresh = bench.tokens("openid offline_access").await.refresh_token.unwrap();
    copy(&bench.world, "authorisations").await;
    bench
        .world
        .accounts
        .set_password(&Author::Operator, bench.person, &secret(NEW), bench.world.trace)
        .await
        .unwrap();
    bench
        .world
        .as_owner(
            "update authorisations z set ended_at = null, ended_why = null, seal = k.seal, next = k.next \
        from kept_authorisations k where k.authorisation = z.authorisation",
        )
        .await;
    bench.world.wait(5);
    assert_eq!(bench.refresh(&refresh, None).await.unwrap_err(), TokenError::InvalidGrant);
}

#[tokio::test]
async fn an_inserted_subject_locks_nobody_out() {
    let world = World::open().await;
    let anna = world.patient("anna@example.org").await;
    let columns = "subject, account, sealed_subject, linked_at";
    let insert = format!("insert into provider_subjects ({columns}) values (1, '{anna}', 'x', now())");
    world.as_owner(&insert).await;
    let mut browser = Browser::new(&world);
    assert_eq!(browser.sign_in("anna@example.org", PASSWORD).await, Ok(Standing::Single));
}

#[tokio::test]
async fn a_whole_account_put_back_is_none_after_five_seconds() {
    let world = World::open().await;
    let anna = world.knowing("anna@example.org", &[Role::Clinician]).await;
    let (accounts, trace) = (&world.accounts, world.trace);
    let bearer = accounts.issue_for_person(anna, Role::Clinician, AuthStrength::Multi, trace).await;
    let bearer = bearer.unwrap().access_token;
    copy(&world, "accounts").await;
    accounts.suspend(&Author::Operator, anna, trace).await.unwrap();
    world.wait(5);
    let columns = "state = k.state, suspended_at = k.suspended_at, counter = k.counter, members = k.members, seal = k.seal";
    world
        .as_owner(&format!(
            "update accounts a set {columns} from kept_accounts k where k.account = a.account"
        ))
        .await;
    let identified = accounts.identify(Some(&bearer), trace.into()).await;
    assert_eq!(identified.unwrap_err(), IdentifyError::Unauthenticated);
    let mut browser = Browser::new(&world);
    assert_eq!(browser.sign_in("anna@example.org", PASSWORD).await, Err(SignInError::Wrong));
    // Another instance, which never saw it newer, believes it; the ledger does not.
    let other = world.another_instance().await;
    assert!(other.read_account(anna).await.unwrap().is_some());
    assert_eq!(world.verify().await.unwrap().findings, [Finding::PutBack(anna)]);
}

#[tokio::test]
async fn what_was_not_touched_verifies() {
    let bench = Bench::open().await;
    let refresh = bench.tokens("openid offline_access").await.refresh_token.unwrap();
    bench.refresh(&refresh, None).await.unwrap();
    bench.world.application("machine", &[Role::Researcher]).await;
    let verified = bench.world.verify().await.unwrap();
    assert_eq!((verified.findings, verified.accounts), (Vec::new(), 3));
}

#[tokio::test]
async fn what_a_trigger_keeps_from_being_done_is_not_answered_as_done() {
    let world = World::open().await;
    let anna = world.patient("anna@example.org").await;
    let (accounts, trace, operator) = (&world.accounts, world.trace, Author::Operator);
    let mut browser = Browser::new(&world);
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    world
        .as_owner("create function keep() returns trigger language plpgsql as 'begin return null; end'")
        .await;
    let on = async |table: &str, what: &str| {
        world
            .as_owner(&format!(
                "create trigger keep before {what} on {table} for each row execute function keep()"
            ))
            .await;
    };
    let off = async |table: &str| world.as_owner(&format!("drop trigger keep on {table}")).await;
    for table in ["accounts", "passwords"] {
        on(table, "update").await;
        let set = accounts.set_password(&operator, anna, &secret(NEW), trace).await;
        assert_eq!(set.unwrap_err(), ChangeError::Unavailable, "{table}");
        off(table).await;
    }
    on("account_roles", "delete").await;
    let taken = accounts.take_role(&operator, anna, Role::Patient, trace).await;
    assert_eq!(taken.unwrap_err(), ChangeError::Unavailable);
    off("account_roles").await;
    on("sessions", "delete").await;
    accounts.sign_out(&browser.token(), trace).await.unwrap_err();
    off("sessions").await;
    on("sessions", "insert").await;
    let mut other = Browser::new(&world);
    assert_eq!(other.sign_in("anna@example.org", PASSWORD).await, Err(SignInError::Unavailable));
    off("sessions").await;
    on("old_passwords", "insert").await;
    let set = accounts.set_password(&operator, anna, &secret(NEW), trace).await;
    assert_eq!(set.unwrap_err(), ChangeError::Unavailable);
    off("old_passwords").await;
    accounts.set_password(&operator, anna, &secret(NEW), trace).await.unwrap();
}
