//! Resets of factors: one administrator for most people, two for those who decide over others.

use jiff::SignedDuration;
use tacenda_accounts::RoleGrant;
use tacenda_contracts::{
    accounts::people::{People as _, PeopleError, Reset, ResetRequest},
    entry::{Event, Outcome},
};
use tacenda_kernel::{ActorId, Clock as _, Role};

use super::{super::world::World, administrator, token};

/// Gives the person a factor of every kind, as the database holds them.
async fn enrol(world: &World, person: ActorId) {
    for statement in [
        format!("insert into totp_secrets values ('{person}', '\\x00', now(), now(), null, null)"),
        format!("insert into recovery_codes values ('{person}', 1, now(), null)"),
        format!(
            "insert into passkeys values (gen_random_uuid(), '{person}', sha256('{person}'), '\\x00', now(), null)"
        ),
    ] {
        world.as_owner(&statement).await;
    }
}

async fn factors(world: &World) -> usize {
    world.count("totp_secrets").await + world.count("recovery_codes").await + world.count("passkeys").await
}

fn asked(reset: Reset) -> ResetRequest {
    match reset {
        Reset::Asked(request) => request,
        Reset::Done => panic!("nobody was asked"),
    }
}

#[tokio::test]
async fn one_administrator_resets_the_factors_of_a_clinician() {
    let world = World::open().await;
    let (_, admin) = administrator(&world, "admin@example.org").await;
    let anna = world.person("anna@example.org", &[Role::Clinician]).await;
    enrol(&world, anna).await;
    let reset = world.accounts.reset_factors(&admin, anna, world.trace).await.unwrap();
    assert_eq!(reset, Reset::Done);
    assert_eq!(factors(&world).await, 0);
    assert_eq!(world.count("notices").await, 1);
    let entry = world.ledger.opened(&world.audit).pop().unwrap();
    assert_eq!(entry.said()[1], "remove-factors");
}

#[tokio::test]
async fn for_a_privileged_person_it_takes_a_second_administrator() {
    let world = World::open().await;
    let (one, first) = administrator(&world, "one@example.org").await;
    let (_, second) = administrator(&world, "two@example.org").await;
    let officer = world.person("officer@example.org", &[Role::Clinician, Role::SecurityOfficer]).await;
    enrol(&world, officer).await;
    let request = asked(world.accounts.reset_factors(&first, officer, world.trace).await.unwrap());
    assert_eq!((request.person, request.asked_by), (officer, one));
    assert_eq!(factors(&world).await, 3, "nothing is removed yet");
    assert_eq!(world.accounts.resets(&second, world.trace).await.unwrap(), std::slice::from_ref(&request));
    let person = world.accounts.person(&second, officer, world.trace).await.unwrap();
    assert_eq!(person.reset, Some(request.clone()));

    let own = world.accounts.approve_reset(&first, request.id, world.trace).await;
    assert_eq!(own.unwrap_err(), PeopleError::Refused);
    assert_eq!(world.last(), (Event::AccountChanged, Outcome::Denied, "own-request".to_owned()));
    let clinician = token(&world, officer, Role::Clinician).await;
    let stranger = world.accounts.approve_reset(&clinician, request.id, world.trace).await;
    assert_eq!(stranger.unwrap_err(), PeopleError::Refused);
    assert_eq!(factors(&world).await, 3);

    world.accounts.approve_reset(&second, request.id, world.trace).await.unwrap();
    assert_eq!(factors(&world).await, 0);
    assert!(world.accounts.resets(&second, world.trace).await.unwrap().is_empty());
    let again = world.accounts.approve_reset(&second, request.id, world.trace).await;
    assert_eq!(again.unwrap_err(), PeopleError::NotFound);
}

#[tokio::test]
async fn a_role_that_was_taken_or_ended_counts_for_thirty_days() {
    let world = World::open().await;
    let (_, first) = administrator(&world, "one@example.org").await;
    let officer = world.person("officer@example.org", &[Role::Clinician, Role::SecurityOfficer]).await;
    let other = world.person("other@example.org", &[Role::Clinician, Role::Administrator]).await;
    enrol(&world, officer).await;
    let (accounts, trace) = (&world.accounts, world.trace);
    world.people().take_role(&first, officer, Role::SecurityOfficer, trace).await.unwrap();
    let soon = RoleGrant {
        role: Role::Administrator,
        until: Some(world.clock.now() + SignedDuration::from_secs(1)),
    };
    world.people().give_role(&first, other, soon, trace).await.unwrap();
    world.clock.advance(SignedDuration::from_mins(1));
    for person in [officer, other] {
        asked(accounts.reset_factors(&first, person, trace).await.unwrap());
    }
    assert_eq!(factors(&world).await, 3, "nothing is removed");
    world.clock.advance(SignedDuration::from_hours(30 * 24));
    let first = token(&world, world.find("one@example.org").await, Role::Administrator).await;
    for person in [officer, other] {
        assert_eq!(accounts.reset_factors(&first, person, trace).await.unwrap(), Reset::Done);
    }
}

#[tokio::test]
async fn nobody_approves_or_refuses_a_reset_of_their_own_factors() {
    let world = World::open().await;
    let (_, first) = administrator(&world, "one@example.org").await;
    let (about, second) = administrator(&world, "two@example.org").await;
    let request = asked(world.accounts.reset_factors(&first, about, world.trace).await.unwrap());
    for answer in [
        world.accounts.approve_reset(&second, request.id, world.trace).await,
        world.accounts.refuse_reset(&second, request.id, world.trace).await,
    ] {
        assert_eq!(answer.unwrap_err(), PeopleError::Refused);
    }
    assert_eq!(world.last(), (Event::AccountChanged, Outcome::Denied, "own-account".to_owned()));
}

#[tokio::test]
async fn a_request_ends_after_a_day_by_refusal_or_by_another() {
    let world = World::open().await;
    let (_, first) = administrator(&world, "one@example.org").await;
    let (second_id, second) = administrator(&world, "two@example.org").await;
    let officer = world.person("officer@example.org", &[Role::SecurityOfficer]).await;
    let refused = asked(world.accounts.reset_factors(&first, officer, world.trace).await.unwrap());
    world.accounts.refuse_reset(&second, refused.id, world.trace).await.unwrap();
    let replaced = asked(world.accounts.reset_factors(&first, officer, world.trace).await.unwrap());
    let other = asked(world.accounts.reset_factors(&second, officer, world.trace).await.unwrap());
    assert_eq!(world.accounts.resets(&first, world.trace).await.unwrap().len(), 1);
    for over in [refused, replaced] {
        let answer = world.accounts.approve_reset(&second, over.id, world.trace).await;
        assert_eq!(answer.unwrap_err(), PeopleError::NotFound);
    }
    world.clock.advance(SignedDuration::from_hours(24));
    let first = token(&world, world.find("one@example.org").await, Role::Administrator).await;
    let late = world.accounts.approve_reset(&first, other.id, world.trace).await;
    assert_eq!(late.unwrap_err(), PeopleError::NotFound);
    let anew = asked(world.accounts.reset_factors(&first, officer, world.trace).await.unwrap());
    let second = token(&world, second_id, Role::Administrator).await;
    world.accounts.approve_reset(&second, anew.id, world.trace).await.unwrap();
}

#[tokio::test]
async fn of_two_who_approve_together_one_does() {
    let world = World::open().await;
    let (_, first) = administrator(&world, "one@example.org").await;
    let (_, second) = administrator(&world, "two@example.org").await;
    let (_, third) = administrator(&world, "three@example.org").await;
    let officer = world.person("officer@example.org", &[Role::SecurityOfficer]).await;
    let request = asked(world.accounts.reset_factors(&first, officer, world.trace).await.unwrap());
    let (one, other) = tokio::join!(
        world.accounts.approve_reset(&second, request.id, world.trace),
        world.accounts.approve_reset(&third, request.id, world.trace),
    );
    assert_eq!([one, other].iter().filter(|answer| answer.is_ok()).count(), 1);
    assert_eq!(world.count("notices").await, 1);
}

#[tokio::test]
async fn the_database_holds_the_same() {
    let world = World::open().await;
    let (one, _) = administrator(&world, "one@example.org").await;
    let officer = world.person("officer@example.org", &[Role::SecurityOfficer]).await;
    let row = |asked_by: ActorId, decided: &str| {
        format!(
            "insert into reset_requests values (gen_random_uuid(), '{officer}', '{asked_by}', now(), \
             now() + interval '1 day', {decided})"
        )
    };
    let approved = |by: ActorId| format!("'{by}', now(), 'approved'");
    for (statement, constraint) in [
        (row(officer, "null, null, null"), "reset_requests_nobody_asks_for_themselves"),
        (row(one, &approved(one)), "reset_requests_approved_by_another"),
        (row(one, &approved(officer)), "reset_requests_nobody_decides_for_themselves"),
        (row(one, "null, now(), 'approved'"), "reset_requests_decided_as_a_whole"),
    ] {
        let error = world.try_as_owner(&statement).await.unwrap_err();
        assert!(error.contains(constraint), "{constraint}: {error}");
    }
}

#[tokio::test]
async fn the_operator_needs_nobody_else() {
    let world = World::open().await;
    let (about, _) = administrator(&world, "only@example.org").await;
    enrol(&world, about).await;
    world.accounts.reset_factors_as_operator(about, world.trace).await.unwrap();
    assert_eq!(factors(&world).await, 0);
}
