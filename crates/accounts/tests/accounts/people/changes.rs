//! Roles, suspensions and demands: what they do, and to whom nobody can do them.

use jiff::SignedDuration;
use tacenda_accounts::RoleGrant;
use tacenda_contracts::{
    accounts::{
        Accounts as _, IdentifyError,
        people::{People as _, PeopleError},
    },
    entry::{Event, Outcome},
};
use tacenda_kernel::{Clock, Role};

use super::{
    super::world::{World, secret},
    administrator, token,
};

#[tokio::test]
async fn nobody_does_any_of_it_to_themselves() {
    let world = World::open().await;
    let (id, admin) = administrator(&world, "admin@example.org").await;
    let (accounts, trace) = (world.people(), world.trace);
    let security = RoleGrant::lasting(Role::SecurityOfficer);
    let answers = [
        accounts.give_role(&admin, id, security, trace).await,
        accounts.take_role(&admin, id, Role::Administrator, trace).await,
        accounts.suspend(&admin, id, trace).await,
        accounts.reinstate(&admin, id, trace).await,
        accounts.demand_password(&admin, id, trace).await,
        accounts.invite_again(&admin, id, trace).await,
        accounts.reset_factors(&admin, id, trace).await.map(drop),
    ];
    let denials = world.ledger.opened(&world.audit);
    for (answer, entry) in answers.iter().rev().zip(denials.iter().rev()) {
        assert_eq!(*answer, Err(PeopleError::Refused));
        assert_eq!((&entry.event, entry.outcome), (&Event::AccountChanged, Outcome::Denied));
        assert_eq!(entry.reason.as_deref(), Some("own-account"));
    }
}

#[tokio::test]
async fn a_suspension_ends_tokens_and_sessions_at_once_and_elsewhere_within_five_seconds() {
    let world = World::open().await;
    let (_, admin) = administrator(&world, "admin@example.org").await;
    let anna = world.person("anna@example.org", &[Role::Clinician]).await;
    let held = token(&world, anna, Role::Clinician).await;
    let other = world.another_instance().await;
    world.accounts.identify(Some(&held), world.trace.into()).await.unwrap();
    other.identify(Some(&held), world.trace.into()).await.unwrap();
    world.people().suspend(&admin, anna, world.trace).await.unwrap();
    assert_eq!(
        world.accounts.identify(Some(&held), world.trace.into()).await.unwrap_err(),
        IdentifyError::Unauthenticated
    );
    world.clock.advance(SignedDuration::from_secs(5));
    assert_eq!(
        other.identify(Some(&held), world.trace.into()).await.unwrap_err(),
        IdentifyError::Unauthenticated
    );
    world.people().reinstate(&admin, anna, world.trace).await.unwrap();
    world.accounts.identify(Some(&held), world.trace.into()).await.unwrap();
}

#[tokio::test]
async fn a_role_is_given_until_a_day_and_then_is_over() {
    let world = World::open().await;
    let (id, admin) = administrator(&world, "admin@example.org").await;
    let anna = world.person("anna@example.org", &[Role::Clinician]).await;
    let until = world.clock.now() + SignedDuration::from_hours(1);
    let grant = RoleGrant { role: Role::Monitor, until: Some(until) };
    world.people().give_role(&admin, anna, grant, world.trace).await.unwrap();
    let person = world.accounts.person(&admin, anna, world.trace).await.unwrap();
    let monitor = person.roles.iter().find(|held| held.grant.role == Role::Monitor).unwrap();
    assert_eq!((monitor.grant, monitor.given_by), (grant, id));
    token(&world, anna, Role::Monitor).await;
    world.clock.advance(SignedDuration::from_hours(1));
    let late = world.accounts.issue_for_person(
        anna,
        Role::Monitor,
        tacenda_kernel::AuthStrength::Multi,
        world.trace,
    );
    late.await.unwrap_err();
}

#[tokio::test]
async fn a_demand_for_another_password_is_told_and_met_by_setting_one() {
    use tacenda_accounts::Author;
    let world = World::open().await;
    let (_, admin) = administrator(&world, "admin@example.org").await;
    let anna = world.person("anna@example.org", &[Role::Clinician]).await;
    let set = async |password: &str| {
        world.accounts.set_password(&Author::Operator, anna, &secret(password), world.trace).await.unwrap();
    };
    let demanded = async || world.accounts.person(&admin, anna, world.trace).await.unwrap().password_demanded;
    set("correct horse battery staple").await;
    assert!(!demanded().await);
    let notices = world.count("notices").await;
    world.accounts.demand_password(&admin, anna, world.trace).await.unwrap();
    assert!(demanded().await);
    assert_eq!(world.count("notices").await, notices + 1);
    set("another correct horse battery").await;
    assert!(!demanded().await);
}

#[tokio::test]
async fn last_use_is_known_to_the_hour() {
    let world = World::open().await;
    let (_, admin) = administrator(&world, "admin@example.org").await;
    let anna = world.person("anna@example.org", &[Role::Clinician]).await;
    let last = async || {
        let admin = token(&world, world.find("admin@example.org").await, Role::Administrator).await;
        world.accounts.person(&admin, anna, world.trace).await.unwrap().last_used_at
    };
    assert!(world.accounts.person(&admin, anna, world.trace).await.unwrap().last_used_at.is_none());
    let first = world.clock.now();
    token(&world, anna, Role::Clinician).await;
    world.clock.advance(SignedDuration::from_mins(59));
    token(&world, anna, Role::Clinician).await;
    assert_eq!(last().await, Some(first));
    world.clock.advance(SignedDuration::from_mins(1));
    token(&world, anna, Role::Clinician).await;
    assert_eq!(last().await, Some(world.clock.now()));
}

#[tokio::test]
async fn who_would_make_a_patient_staff_is_in_the_ledger() {
    let world = World::open().await;
    let (admin, by) = administrator(&world, "admin@example.org").await;
    let patient = world.patient("anna@example.org").await;
    let staff = RoleGrant::lasting(Role::Clinician);
    let (people, trace) = (world.people(), world.trace);
    for answer in [
        people.give_role(&by, patient, staff, trace).await,
        people.take_role(&by, patient, Role::Patient, trace).await,
    ] {
        assert_eq!(answer.unwrap_err(), PeopleError::Invalid("role".into()));
        let entry = world.ledger.opened(&world.audit).pop().unwrap();
        assert_eq!((entry.outcome, entry.reason.as_deref()), (Outcome::Denied, Some("a-patient")));
        assert_eq!((entry.actor, entry.said()), (Some(admin), vec![format!("account/{patient}")]));
    }
}
