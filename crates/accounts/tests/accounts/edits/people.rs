//! Accounts and their roles, and what administrators see and decide.

use jiff::SignedDuration;
use tacenda_accounts::{Author, RoleGrant};
use tacenda_contracts::accounts::{
    Accounts as _, IdentifyError,
    people::{PeopleError, PeopleFilter, Reset},
    sign_in::{SessionError, SignInError, Standing},
};
use tacenda_kernel::{AuthStrength, Clock, Role};

use super::{WHOLE, edit};
use crate::{
    browser::{Browser, PASSWORD},
    world::World,
};

#[tokio::test]
async fn an_edited_account_is_none() {
    let world = World::open().await;
    let anna = world.patient("anna@example.org").await;
    let victim = world.patient("victim@example.org").await;
    world.knowing("bruno@example.org", &[Role::Clinician]).await;
    let mut browser = Browser::new(&world);
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    let (accounts, trace) = (&world.accounts, world.trace);
    let own = format!("where account = '{anna}'");
    let number =
        world.rows(&format!("select patient::text from accounts where account = '{victim}'")).await.remove(0);
    for change in [
        // The victim's number, which no two accounts may have at the same time.
        format!("patient = null where account = '{victim}'; update accounts set patient = '{number}' {own}"),
        format!("kind = 'application', email_token = null, patient = null {own}"),
        format!("email_token = 1 {own}"),
    ] {
        let edit = edit(&world, "accounts", "account", &change).await;
        assert!(accounts.read_account(anna).await.unwrap().is_none(), "{change}");
        assert_eq!(browser.session().await.unwrap_err(), SessionError::Ended, "{change}");
        let issued = accounts.issue_for_person(anna, Role::Patient, AuthStrength::Multi, trace).await;
        assert!(issued.is_err(), "{change}");
        let mut anew = Browser::new(&world);
        assert_eq!(anew.sign_in("anna@example.org", PASSWORD).await, Err(SignInError::Wrong), "{change}");
        world.as_owner("update accounts set patient = null, email_token = null").await;
        edit.undo().await;
        assert_eq!(anew.sign_in("anna@example.org", PASSWORD).await, Ok(Standing::Single));
        assert_eq!(anew.sign_in("bruno@example.org", PASSWORD).await, Ok(Standing::Single), "untouched");
        browser.session().await.unwrap();
    }
}

#[tokio::test]
async fn whoever_is_suspended_stays_so() {
    let world = World::open().await;
    let anna = world.knowing("anna@example.org", &[Role::Clinician]).await;
    let bearer =
        world.accounts.issue_for_person(anna, Role::Clinician, AuthStrength::Multi, world.trace).await;
    let bearer = bearer.unwrap().access_token;
    world.accounts.suspend(&Author::Operator, anna, world.trace).await.unwrap();
    world.as_owner("update accounts set state = 'active', suspended_at = null").await;
    let identified = world.accounts.identify(Some(&bearer), world.trace.into()).await;
    assert_eq!(identified.unwrap_err(), IdentifyError::Unauthenticated);
    let mut browser = Browser::new(&world);
    assert_eq!(browser.sign_in("anna@example.org", PASSWORD).await, Err(SignInError::Wrong));
    world.as_owner("update accounts set state = 'suspended', suspended_at = now()").await;
    world.accounts.reinstate(&Author::Operator, anna, world.trace).await.unwrap();
    assert_eq!(browser.sign_in("anna@example.org", PASSWORD).await, Ok(Standing::Single));
    world.accounts.identify(Some(&bearer), world.trace.into()).await.unwrap();
}

#[tokio::test]
async fn a_role_that_the_service_did_not_give_is_none() {
    let world = World::open().await;
    let anna = world.knowing("anna@example.org", &[Role::Clinician]).await;
    let bruno = world.knowing("bruno@example.org", &[Role::Monitor]).await;
    let until = world.clock.now().checked_add(SignedDuration::from_hours(1)).unwrap();
    let (accounts, trace, operator) = (&world.accounts, world.trace, Author::Operator);
    let passing = RoleGrant { role: Role::Researcher, until: Some(until) };
    accounts.give_role(&operator, anna, passing, trace).await.unwrap();
    let of_anna = async || accounts.read_account(anna).await.unwrap().unwrap().roles;
    let clinician = RoleGrant::lasting(Role::Clinician);
    for seal in ["''", "sha256('made up')", "(select seal from account_roles where role = 'monitor')"] {
        let values = format!("('{anna}', 'administrator', '{bruno}', now(), null, {seal})");
        world.as_owner(&format!("insert into account_roles values {values}")).await;
        assert_eq!(of_anna().await, [clinician, passing], "{seal}");
        let issued = accounts.issue_for_person(anna, Role::Administrator, AuthStrength::Multi, trace).await;
        assert!(issued.is_err(), "{seal}");
        let mut browser = Browser::new(&world);
        browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
        assert_eq!(browser.session().await.unwrap().roles, [Role::Clinician, Role::Researcher], "{seal}");
        world.as_owner("delete from account_roles where role = 'administrator'").await;
    }
    let bearer = accounts.issue_for_person(anna, Role::Clinician, AuthStrength::Multi, trace).await;
    let bearer = bearer.unwrap().access_token;
    for (change, left) in [
        ("role = 'administrator' where role = 'clinician'".to_owned(), vec![passing]),
        ("until_at = now() + interval '9 years' where role = 'clinician'".to_owned(), vec![passing]),
        ("until_at = null where role = 'researcher'".to_owned(), vec![clinician]),
        (format!("account = '{anna}' where role = 'monitor'"), vec![clinician, passing]),
    ] {
        let edit = edit(&world, "account_roles", WHOLE, &change).await;
        assert_eq!(of_anna().await, left, "{change}");
        let identified = accounts.identify(Some(&bearer), trace.into()).await;
        assert_eq!(identified.is_ok(), left.contains(&clinician), "{change}");
        edit.undo().await;
        assert_eq!(of_anna().await, [clinician, passing]);
        accounts.identify(Some(&bearer), trace.into()).await.unwrap();
    }
}

#[tokio::test]
async fn no_edit_uncovers_a_patient_to_an_administrator() {
    let world = World::open().await;
    let admin = world.person("admin@example.org", &[Role::Administrator]).await;
    let patient = world.patient("anna@example.org").await;
    let bearer =
        world.accounts.issue_for_person(admin, Role::Administrator, AuthStrength::Multi, world.trace);
    let bearer = bearer.await.unwrap().access_token;
    let shown = async || {
        let filter = PeopleFilter::default();
        let page = world.people().people(&bearer, &filter, world.trace).await.unwrap();
        let one = world.people().person(&bearer, patient, world.trace).await.ok();
        (page.people.len(), one.and_then(|person| person.display_name).is_some())
    };
    assert_eq!(shown().await, (1, false));
    for change in [
        format!("insert into account_roles values ('{patient}', 'clinician', '{admin}', now(), null)"),
        "update accounts set patient = null".to_owned(),
    ] {
        world.as_owner(&change).await;
        world.wait(5);
        assert_eq!(shown().await, (1, false), "{change}");
    }
}

#[tokio::test]
async fn an_inserted_or_edited_reset_is_none() {
    let world = World::open().await;
    let [admin, other, victim] = ["admin", "other", "victim"].map(|name| format!("{name}@example.org"));
    let admin = world.person(&admin, &[Role::Administrator]).await;
    let other = world.person(&other, &[Role::Administrator]).await;
    let victim = world.person(&victim, &[Role::SecurityOfficer]).await;
    let bearer = async |who| {
        let issued =
            world.accounts.issue_for_person(who, Role::Administrator, AuthStrength::Multi, world.trace);
        issued.await.unwrap().access_token
    };
    let (admin_token, people, now) = (bearer(admin).await, world.people(), world.clock.now());
    world
        .as_owner(&format!(
            "insert into reset_requests values (gen_random_uuid(), '{victim}', '{other}', '{now}', \
             timestamptz '{now}' + interval '1 day')"
        ))
        .await;
    assert!(people.resets(&admin_token, world.trace).await.unwrap().is_empty());
    world.as_owner("delete from reset_requests").await;
    let Reset::Asked(request) = people.reset_factors(&admin_token, victim, world.trace).await.unwrap() else {
        panic!("nobody was asked");
    };
    let edited = edit(&world, "reset_requests", "request", &format!("asked_by = '{other}'")).await;
    let approved = people.approve_reset(&admin_token, request.id, world.trace).await;
    assert_eq!(approved.unwrap_err(), PeopleError::NotFound);
    edited.undo().await;
    people.approve_reset(&bearer(other).await, request.id, world.trace).await.unwrap();
}
