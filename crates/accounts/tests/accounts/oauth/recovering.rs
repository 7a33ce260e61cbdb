//! Whoever takes an account back takes it back from applications, too.

use tacenda_accounts::{Author, RoleGrant};
use tacenda_contracts::accounts::{
    Accounts as _, IdentifyError, TokenError, links::Links as _, own_account::OwnAccount as _,
    people::People as _,
};
use tacenda_kernel::{AuthStrength, Role};

use super::bench::{Bench, PASSWORD, visit};
use crate::{
    browser::Browser,
    links::{forgot, link_to},
    world::secret,
};

const OFFLINE: &str = "openid patient/*.rs offline_access";
const NEW: &str = "granite otter 47 sundial";

/// Whether an application that may go on while the person is away goes on after the change.
async fn goes_on_after(change: impl AsyncFnOnce(&Bench)) -> bool {
    let bench = Bench::open().await;
    let tokens = bench.tokens(OFFLINE).await;
    let (accounts, trace) = (&bench.world.accounts, bench.world.trace);
    let access = tokens.access.access_token;
    accounts.identify(Some(&access), trace.into()).await.unwrap();
    change(&bench).await;
    // Nothing comes back with the end of a suspension.
    accounts.reinstate(&Author::Operator, bench.person, trace).await.unwrap();
    let identified = accounts.identify(Some(&access), trace.into()).await;
    match bench.refresh(&tokens.refresh_token.unwrap(), None).await {
        Ok(_) => {
            assert_eq!(identified.unwrap().id, bench.person);
            true
        }
        Err(error) => {
            assert_eq!((error, bench.reason().as_str()), (TokenError::InvalidGrant, "authorisation-over"));
            assert_eq!(identified.unwrap_err(), IdentifyError::Unauthenticated);
            false
        }
    }
}

#[tokio::test]
async fn a_password_that_the_person_changes_or_replaces_by_mail_ends_it() {
    let changed = goes_on_after(async |bench| {
        let (old, new) = (secret(PASSWORD), secret(NEW));
        bench.world.accounts.change_password(&bench.session, &old, &new, &visit()).await.unwrap();
    });
    assert!(!changed.await);
    let replaced = goes_on_after(async |bench| {
        forgot(&Browser::new(&bench.world), "ada@example.org").await.unwrap();
        let link = link_to(&bench.world, "ada@example.org").await;
        bench.world.accounts.set_new_password(&link, &secret(NEW), &visit()).await.unwrap();
    });
    assert!(!replaced.await);
}

#[tokio::test]
async fn what_others_do_to_take_an_account_back_ends_it() {
    let operator = &Author::Operator;
    let set = goes_on_after(async |bench| {
        let world = &bench.world;
        world.accounts.set_password(operator, bench.person, &secret(NEW), world.trace).await.unwrap();
    });
    assert!(!set.await);
    let suspended = goes_on_after(async |bench| {
        bench.world.accounts.suspend(operator, bench.person, bench.world.trace).await.unwrap();
    });
    assert!(!suspended.await);
    let reset = goes_on_after(async |bench| {
        bench.world.accounts.reset_factors_as_operator(bench.person, bench.world.trace).await.unwrap();
    });
    assert!(!reset.await);
    let demanded = goes_on_after(async |bench| {
        let (world, role) = (&bench.world, Role::Administrator);
        let admin = world.person("admin@example.org", &[role]).await;
        let token = world.accounts.issue_for_person(admin, role, AuthStrength::Multi, world.trace).await;
        let token = token.unwrap().access_token;
        world.accounts.demand_password(&token, bench.person, world.trace).await.unwrap();
    });
    assert!(!demanded.await);
}

#[tokio::test]
async fn another_role_ends_nothing() {
    let given = goes_on_after(async |bench| {
        let (world, grant) = (&bench.world, RoleGrant::lasting(Role::Researcher));
        world.accounts.give_role(&Author::Operator, bench.person, grant, world.trace).await.unwrap();
    });
    assert!(given.await);
}
