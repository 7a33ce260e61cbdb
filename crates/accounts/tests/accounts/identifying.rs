//! Who presents a token, and how fast that changes.

use jiff::SignedDuration;
use tacenda_accounts::{Author, OPERATOR, RoleGrant};
use tacenda_contracts::{
    accounts::{Accounts as _, IdentifyError, TokenError},
    entry::{Event, Outcome},
};
use tacenda_kernel::{ActorId, AuthStrength, Clock, RequestContext, Role, Secret};

use super::world::{World, secret};

async fn token(world: &World, person: ActorId, role: Role) -> Secret<String> {
    let issued = world.accounts.issue_for_person(person, role, AuthStrength::Multi, world.trace).await;
    issued.unwrap().access_token
}

#[tokio::test]
async fn nobody_is_recorded_as_nobody() {
    let world = World::open().await;
    let other = World::open().await;
    let person = other.person("anna@example.org", &[Role::Clinician]).await;
    let foreign = token(&other, person, Role::Clinician).await;
    for (presented, reason) in [
        (None, "no-token"),
        (Some(secret("nonsense")), "invalid-token"),
        (Some(secret("")), "invalid-token"),
        (Some(foreign), "invalid-token"),
    ] {
        let answer = world.accounts.identify(presented.as_ref(), world.trace.into()).await;
        assert_eq!(answer.unwrap_err(), IdentifyError::Unauthenticated);
        assert_eq!(world.last(), (Event::Unauthenticated, Outcome::Denied, reason.to_owned()));
    }
    world.ledger.stop(true);
    let elsewhere = RequestContext { trace: world.trace, address: "192.0.2.1".parse().ok() };
    let answer = world.accounts.identify(None, elsewhere).await;
    assert_eq!(answer.unwrap_err(), IdentifyError::Unavailable);
}

#[tokio::test]
async fn a_token_holds_for_its_time_and_makes_no_entry() {
    let world = World::open().await;
    let person = world.person("anna@example.org", &[Role::Clinician, Role::Monitor]).await;
    let token = token(&world, person, Role::Monitor).await;
    let issued = world.ledger.opened(&world.audit).pop().unwrap();
    assert_eq!((issued.actor, issued.role), (Some(person), Some(Role::Monitor)));
    assert_eq!(issued.said(), ["signed-in-by-operator"]);
    let entries = world.ledger.count();
    for _ in 0..100 {
        let actor = world.accounts.identify(Some(&token), world.trace.into()).await.unwrap();
        assert_eq!((actor.id, actor.role, actor.strength), (person, Role::Monitor, AuthStrength::Multi));
        world.clock.advance(SignedDuration::from_millis(2_990));
    }
    assert_eq!(world.ledger.count(), entries);
    world.clock.advance(SignedDuration::from_secs(1));
    // 300 s after it was issued, to the second.
    let answer = world.accounts.identify(Some(&token), world.trace.into()).await;
    assert_eq!(answer.unwrap_err(), IdentifyError::Unauthenticated);
}

#[tokio::test]
async fn suspension_and_loss_of_the_role_reach_other_instances_within_five_seconds() {
    let world = World::open().await;
    let elsewhere = world.another_instance().await;
    let person = world.person("anna@example.org", &[Role::Clinician]).await;
    let token = token(&world, person, Role::Clinician).await;
    let here = async || world.accounts.identify(Some(&token), world.trace.into()).await;
    let there = async || elsewhere.identify(Some(&token), world.trace.into()).await;
    here().await.unwrap();
    there().await.unwrap();

    world.accounts.suspend(&Author::Operator, person, world.trace).await.unwrap();
    assert_eq!(here().await.unwrap_err(), IdentifyError::Unauthenticated, "here at once");
    world.clock.advance(SignedDuration::from_secs(5));
    assert_eq!(there().await.unwrap_err(), IdentifyError::Unauthenticated);
    let entry = world.ledger.opened(&world.audit).pop().unwrap();
    assert_eq!((entry.actor, entry.reason.as_deref()), (Some(person), Some("account-may-not-act")));

    world.accounts.reinstate(&Author::Operator, person, world.trace).await.unwrap();
    here().await.unwrap();
    there().await.unwrap();
    world.accounts.take_role(&Author::Operator, person, Role::Clinician, world.trace).await.unwrap();
    world.clock.advance(SignedDuration::from_secs(5));
    assert_eq!(here().await.unwrap_err(), IdentifyError::Unauthenticated);
    assert_eq!(there().await.unwrap_err(), IdentifyError::Unauthenticated);
}

#[tokio::test]
async fn a_role_that_ends_takes_its_tokens_with_it() {
    let world = World::open().await;
    let person = world.person("anna@example.org", &[Role::Clinician]).await;
    let until = world.clock.now() + SignedDuration::from_secs(60);
    let grant = RoleGrant { role: Role::Technician, until: Some(until) };
    world.accounts.give_role(&Author::Operator, person, grant, world.trace).await.unwrap();
    let token = token(&world, person, Role::Technician).await;
    world.accounts.identify(Some(&token), world.trace.into()).await.unwrap();
    world.clock.advance(SignedDuration::from_secs(60));
    let answer = world.accounts.identify(Some(&token), world.trace.into()).await;
    assert_eq!(answer.unwrap_err(), IdentifyError::Unauthenticated);
}

#[tokio::test]
async fn tokens_for_people_are_for_people_with_the_role() {
    let world = World::open().await;
    let person = world.person("anna@example.org", &[Role::Clinician]).await;
    let (program, _) = world.application("app", &[Role::Researcher]).await;
    let ask = async |account, role| {
        world.accounts.issue_for_person(account, role, AuthStrength::Multi, world.trace).await.unwrap_err()
    };
    assert_eq!(ask(person, Role::Administrator).await, TokenError::InvalidScope);
    assert_eq!(ask(program, Role::Researcher).await, TokenError::InvalidClient);
    assert_eq!(ask(OPERATOR, Role::Researcher).await, TokenError::InvalidClient);
    assert_eq!(world.last(), (Event::TokenIssued, Outcome::Denied, "unknown-account".to_owned()));
}

#[tokio::test]
async fn a_believed_token_needs_no_database_for_seconds_and_then_its_word() {
    let world = World::open().await;
    let person = world.person("anna@example.org", &[Role::Clinician]).await;
    let token = token(&world, person, Role::Clinician).await;
    world.accounts.identify(Some(&token), world.trace.into()).await.unwrap();
    world.as_owner("alter table accounts rename to away").await;
    for _ in 0..1_000 {
        world.accounts.identify(Some(&token), world.trace.into()).await.unwrap();
    }
    world.clock.advance(SignedDuration::from_secs(5));
    let answer = world.accounts.identify(Some(&token), world.trace.into()).await;
    assert_eq!(answer.unwrap_err(), IdentifyError::Unavailable);
    world.as_owner("alter table away rename to accounts").await;
    world.accounts.identify(Some(&token), world.trace.into()).await.unwrap();
}
