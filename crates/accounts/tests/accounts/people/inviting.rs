//! Inviting: an account without a password, and a link by mail.

use tacenda_accounts::{Author, Post, Security};
use tacenda_contracts::{
    accounts::people::{Invitation, People as _, PeopleError, PersonState, RoleGrant},
    entry::{Event, Outcome},
};
use tacenda_kernel::{Clock, Language, Role, Secret};
use tacenda_testkit::{MailDoor, MailSink};

use super::{
    super::{
        notices::post,
        world::{World, secret},
    },
    administrator, invitation, token,
};

/// What the link in the newest mail holds.
async fn mailed_link(world: &World, sink: &MailSink, post: &Post) -> String {
    world.accounts.send_notices(post).await;
    let text = sink.kept().pop().unwrap().text;
    let (_, rest) = text.split_once("https://records.example/link/").unwrap();
    rest.lines().next().unwrap().trim().to_owned()
}

#[tokio::test]
async fn whoever_is_invited_gets_a_link_and_has_no_password_yet() {
    let (world, sink) = (World::open().await, MailSink::start(MailDoor::Plain).await);
    let post = post(&sink, Security::None);
    let (_, admin) = administrator(&world, "admin@example.org").await;
    let wanted = invitation(" anna.rossi@example.org ", &[Role::Clinician]);
    let anna = world.accounts.invite(&admin, wanted, world.trace).await.unwrap();
    let person = world.accounts.person(&admin, anna, world.trace).await.unwrap();
    assert_eq!(person.state, PersonState::Invited);
    assert_eq!(person.language, Language::Italian);
    assert_eq!(person.email.unwrap().expose(), "anna.rossi@example.org");
    assert_eq!(person.roles[0].grant, RoleGrant::lasting(Role::Clinician));

    let first = mailed_link(&world, &sink, &post).await;
    assert_eq!(first.len(), 43);
    assert!(sink.kept()[0].text.contains("Subject: Il suo account\r\n"), "{}", sink.kept()[0].text);
    assert_eq!(world.count("links where used_at is null").await, 1);
    world.accounts.invite_again(&admin, anna, world.trace).await.unwrap();
    assert_ne!(mailed_link(&world, &sink, &post).await, first);
    assert_eq!(world.count("links where used_at is null").await, 1, "the one before is worth nothing");

    let password = secret("correct horse battery staple");
    world.accounts.set_password(&Author::Operator, anna, &password, world.trace).await.unwrap();
    let accepted = world.accounts.invite_again(&admin, anna, world.trace).await;
    assert_eq!(accepted.unwrap_err(), PeopleError::Invalid("account".into()));
    let person = world.accounts.person(&admin, anna, world.trace).await.unwrap();
    assert_eq!(person.state, PersonState::Active);
}

#[tokio::test]
async fn whoever_a_provider_vouches_for_is_not_invited() {
    let world = World::open().await;
    let (_, admin) = administrator(&world, "admin@example.org").await;
    let anna = world.person("anna@example.org", &[Role::Clinician]).await;
    world.vouched_for(anna).await;
    let person = world.accounts.person(&admin, anna, world.trace).await.unwrap();
    assert_eq!(person.state, PersonState::Active, "nothing is left to accept");
    let again = world.accounts.invite_again(&admin, anna, world.trace).await;
    assert_eq!(again.unwrap_err(), PeopleError::Invalid("account".into()));
    assert_eq!(world.count("links").await, 0);
}

#[tokio::test]
async fn an_invitation_that_does_not_fit_leaves_nothing() {
    let world = World::open().await;
    let (_, admin) = administrator(&world, "admin@example.org").await;
    let fine = || invitation("anna@example.org", &[Role::Clinician]);
    let past = Some(world.clock.now());
    let before = world.count("accounts").await;
    for (wrong, field) in [
        (Invitation { display_name: secret(" "), ..fine() }, "display name"),
        (Invitation { display_name: secret("Anna\r\nBcc: eve@example.org"), ..fine() }, "display name"),
        (Invitation { display_name: Secret::new("a".repeat(201)), ..fine() }, "display name"),
        (Invitation { email: secret("anna"), ..fine() }, "e-mail address"),
        (
            Invitation { email: secret("anna@example.org\r\nBcc: eve@example.org"), ..fine() },
            "e-mail address",
        ),
        (Invitation { email: secret("\u{430}nna@example.org"), ..fine() }, "e-mail address"),
        (
            Invitation { email: Secret::new(format!("{}@example.org", "a".repeat(300))), ..fine() },
            "e-mail address",
        ),
        (Invitation { roles: vec![], ..fine() }, "roles"),
        (Invitation { roles: vec![RoleGrant::lasting(Role::Device)], ..fine() }, "roles"),
        (Invitation { roles: vec![RoleGrant::lasting(Role::Patient)], ..fine() }, "patient"),
        (Invitation { roles: vec![RoleGrant { role: Role::Monitor, until: past }], ..fine() }, "roles"),
    ] {
        let answer = world.accounts.invite(&admin, wrong, world.trace).await;
        assert_eq!(answer.unwrap_err(), PeopleError::Invalid(field.into()));
    }
    let taken = invitation("ADMIN@example.org", &[Role::Clinician]);
    let answer = world.accounts.invite(&admin, taken, world.trace).await;
    assert_eq!(answer.unwrap_err(), PeopleError::Taken);
    assert_eq!(world.last(), (Event::AccountChanged, Outcome::Failed, "not-possible".to_owned()));
    assert_eq!(world.count("accounts").await, before);
    assert_eq!(world.count("notices").await + world.count("links").await, 0);
}

#[tokio::test]
async fn only_administrators_who_proved_two_factors_invite() {
    use tacenda_kernel::AuthStrength;
    let world = World::open().await;
    let both = world.person("both@example.org", &[Role::Administrator, Role::Clinician]).await;
    let clinician = token(&world, both, Role::Clinician).await;
    let weak = world.accounts.issue_for_person(both, Role::Administrator, AuthStrength::Single, world.trace);
    let weak = weak.await.unwrap().access_token;
    for by in [clinician, weak, secret("no token")] {
        let wanted = invitation("anna@example.org", &[Role::Clinician]);
        let answer = world.accounts.invite(&by, wanted, world.trace).await;
        assert_eq!(answer.unwrap_err(), PeopleError::Refused);
        assert_eq!(world.last().1, Outcome::Denied);
    }
    assert_eq!(world.count("notices").await, 0);
}

#[tokio::test]
async fn the_operator_invites_the_first_administrator_and_again_where_the_link_was_lost() {
    let world = World::open().await;
    let wanted = || invitation("first@example.org", &[Role::Administrator]);
    let first = world.accounts.invite_as_operator(wanted(), world.trace).await.unwrap();
    let again = world.accounts.invite_as_operator(wanted(), world.trace).await.unwrap();
    assert_ne!(first.expose(), again.expose());
    assert_eq!(world.count("accounts").await, 1);
    assert_eq!(world.count("links where used_at is null").await, 1);
}
