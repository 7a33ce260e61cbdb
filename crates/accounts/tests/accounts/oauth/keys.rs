//! Signing keys turn: published before they sign, believed until their last token is over.

use jiff::SignedDuration as Duration;

use serde_json::Value;
use tacenda_contracts::accounts::Accounts as _;
use tacenda_kernel::{AuthStrength, Role};

use crate::world::World;

const DAY: Duration = Duration::from_secs(86_400);

async fn kids(accounts: &tacenda_accounts::Accounts) -> Vec<String> {
    let jwks: Value = serde_json::from_str(&accounts.jwks().await.unwrap()).unwrap();
    jwks["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_new_key_is_published_a_day_before_it_signs_and_the_old_one_kept_a_day_after() {
    let world = World::open().await;
    let person = world.person("anna@example.org", &[Role::Clinician]).await;
    let signed_by = async || {
        let strength = AuthStrength::Multi;
        let issued =
            world.accounts.issue_for_person(person, Role::Clinician, strength, world.trace).await.unwrap();
        world.accounts.identify(Some(&issued.access_token), world.trace.into()).await.unwrap();
        jsonwebtoken::decode_header(issued.access_token.expose()).unwrap().kid.unwrap()
    };
    let first = kids(&world.accounts).await.remove(0);
    world.clock.advance(DAY * 88);
    world.accounts.keep_up().await.unwrap();
    assert_eq!(kids(&world.accounts).await, [first.as_str()]);

    world.clock.advance(DAY);
    world.accounts.keep_up().await.unwrap();
    let [second, old] = &kids(&world.accounts).await[..] else { panic!("two are published") };
    assert_eq!(*old, first);
    assert_eq!(signed_by().await, first, "the new one waits");
    world.accounts.keep_up().await.unwrap();
    assert_eq!(kids(&world.accounts).await.len(), 2, "there is one next key");

    world.clock.advance(DAY);
    assert_eq!(signed_by().await, *second);
    world.clock.advance(DAY - Duration::from_secs(60));
    world.accounts.keep_up().await.unwrap();
    assert_eq!(kids(&world.accounts).await.len(), 2, "the old one is still believed");
    world.clock.advance(Duration::from_secs(60));
    world.accounts.keep_up().await.unwrap();
    assert_eq!(kids(&world.accounts).await, [second.as_str()]);
}

#[tokio::test]
async fn an_instance_that_runs_learns_of_the_keys_that_another_made() {
    let world = World::open().await;
    let other = world.another_instance().await;
    let person = world.person("anna@example.org", &[Role::Clinician]).await;
    world.clock.advance(DAY * 89);
    world.accounts.keep_up().await.unwrap();
    other.keep_up().await.unwrap();
    assert_eq!(kids(&other).await, kids(&world.accounts).await);
    world.clock.advance(DAY);
    let strength = AuthStrength::Multi;
    let issued =
        world.accounts.issue_for_person(person, Role::Clinician, strength, world.trace).await.unwrap();
    other.identify(Some(&issued.access_token), world.trace.into()).await.unwrap();
}
