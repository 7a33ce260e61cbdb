//! Accounts that nobody uses.

use jiff::SignedDuration;
use tacenda_accounts::Author;
use tacenda_contracts::{
    accounts::people::{People as _, PersonState},
    entry::{Event, Outcome},
};
use tacenda_kernel::Role;

use super::{super::world::World, administrator, token};

const DAY: SignedDuration = SignedDuration::from_hours(24);

#[tokio::test]
async fn whoever_does_not_use_their_account_for_90_days_is_suspended_and_told() {
    let world = World::open().await;
    let (admin, _) = administrator(&world, "admin@example.org").await;
    let idle = world.person("idle@example.org", &[Role::Clinician]).await;
    let busy = world.person("busy@example.org", &[Role::Clinician]).await;
    let (program, _) = world.application("app", &[Role::Application]).await;
    world.clock.advance(DAY * 89);
    token(&world, busy, Role::Clinician).await;
    token(&world, admin, Role::Administrator).await;
    assert_eq!(world.accounts.keep_rules().await, Ok(0));
    world.clock.advance(DAY * 2);
    assert_eq!(world.accounts.keep_rules().await, Ok(1));
    let entry = world.ledger.opened(&world.audit).pop().unwrap();
    assert_eq!((&entry.event, entry.outcome, entry.actor), (&Event::AccountChanged, Outcome::Allowed, None));
    assert_eq!(entry.said()[..2], [format!("account/{idle}"), "suspend".to_owned()]);
    assert_eq!(world.count("notices").await, 1);
    let suspended = async |id| world.accounts.read_account(id).await.unwrap().unwrap().suspended;
    assert!(suspended(idle).await && !suspended(busy).await && !suspended(program).await);
    assert_eq!(world.accounts.keep_rules().await, Ok(0), "once");
}

#[tokio::test]
async fn a_reinstated_account_has_its_90_days_again() {
    let world = World::open().await;
    let (admin_id, _) = administrator(&world, "admin@example.org").await;
    let idle = world.person("idle@example.org", &[Role::Clinician]).await;
    world.clock.advance(DAY * 91);
    let admin = token(&world, admin_id, Role::Administrator).await;
    world.accounts.keep_rules().await.unwrap();
    world.people().reinstate(&admin, idle, world.trace).await.unwrap();
    assert_eq!(world.accounts.keep_rules().await, Ok(0));
    let person = world.accounts.person(&admin, idle, world.trace).await.unwrap();
    assert_ne!(person.state, PersonState::Suspended);
    assert!(person.last_used_at.is_none(), "to be reinstated is no use");
    world.clock.advance(DAY * 91);
    token(&world, admin_id, Role::Administrator).await;
    assert_eq!(world.accounts.keep_rules().await, Ok(1));
}

#[tokio::test]
async fn where_it_cannot_be_recorded_nobody_is_suspended() {
    let world = World::open().await;
    let idle = world.person("idle@example.org", &[Role::Clinician]).await;
    world.clock.advance(DAY * 91);
    world.ledger.stop(true);
    world.accounts.keep_rules().await.unwrap_err();
    world.ledger.stop(false);
    assert!(!world.accounts.read_account(idle).await.unwrap().unwrap().suspended);
    world.accounts.reinstate(&Author::Operator, idle, world.trace).await.unwrap();
}
