//! Mailed links, read from the mail that a real SMTP server took.

use tacenda_accounts::{Author, MailServer, Post, RoleGrant, Security};
use tacenda_contracts::{
    accounts::{
        links::{AddressChange, LinkError, LinkPurpose, Links},
        own_account::{OwnAccount, OwnAccountError},
        people::Invitation,
        sign_in::{PasswordFault, SessionError, SignInError, Standing},
    },
    entry::{Event, Outcome},
};
use tacenda_kernel::{Language, Role, Secret};
use tacenda_testkit::{MailDoor, MailSink};

use super::{
    browser::{Browser, PASSWORD},
    world::{World, secret},
};

const NEW: &str = "granite otter 47 sundial";

/// The mail that leaves now, as recipient and text.
pub(crate) async fn mail(world: &World) -> Vec<(String, String)> {
    let sink = MailSink::start(MailDoor::Plain).await;
    let server = MailServer {
        host: "localhost".to_owned(),
        port: sink.address.port(),
        security: Security::None,
        credentials: None,
        authorities: None,
    };
    let post = Post::by_server(server, "no-reply@records.example", "https://records.example").unwrap();
    world.accounts.answer_requests().await.unwrap();
    world.accounts.send_notices(&post).await;
    sink.kept().into_iter().map(|mail| (mail.recipients[0].clone(), mail.text)).collect()
}

/// The link in a message.
pub(crate) fn link(text: &str) -> Secret<String> {
    let (_, rest) = text.split_once("https://records.example/link/").unwrap();
    Secret::new(rest.split_whitespace().next().unwrap().to_owned())
}

/// The one link to an address in the mail that leaves now.
pub(crate) async fn link_to(world: &World, address: &str) -> Secret<String> {
    let mail = mail(world).await;
    let mut links = mail.iter().filter(|(to, text)| to == address && text.contains("/link/"));
    let found = link(&links.next().unwrap().1);
    assert!(links.next().is_none(), "one link");
    found
}

pub(crate) async fn forgot(browser: &Browser<'_>, email: &str) -> Result<(), LinkError> {
    browser.world.accounts.ask_new_password(&secret(email), &browser.visit()).await
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_a_link_that_is_good_once() {
    let world = World::open().await;
    world.knowing("anna@example.org", &[Role::Clinician]).await;
    let mut known = Browser::new(&world);
    known.sign_in("anna@example.org", PASSWORD).await.unwrap();
    let (app, _) = known.enrol_totp().await;
    mail(&world).await;
    let mut browser = Browser::at(&world, "198.51.100.1");
    assert_eq!(forgot(&browser, " Anna@Example.org").await, Ok(()));
    let link = link_to(&world, "anna@example.org").await;
    let (accounts, visit) = (&world.accounts, browser.visit());
    for _ in 0..2 {
        let shown = accounts.open(&link, &visit).await.unwrap();
        assert_eq!((shown.purpose, shown.least_password_length), (LinkPurpose::NewPassword, 12));
        assert_eq!(shown.email.expose(), "anna@example.org");
    }
    let weak = accounts.set_new_password(&link, &secret("password1234"), &visit).await.unwrap_err();
    assert_eq!(weak, LinkError::Password(PasswordFault::Guessable));
    let old = accounts.set_new_password(&link, &secret(PASSWORD), &visit).await.unwrap_err();
    assert_eq!(old, LinkError::Password(PasswordFault::UsedBefore));
    let other = accounts.accept_invitation(&link, &secret(NEW), &visit).await.unwrap_err();
    assert_eq!(other, LinkError::Invalid, "for something else");
    let began = accounts.set_new_password(&link, &secret(NEW), &visit).await.unwrap();
    assert_eq!(browser.keep(began), Standing::Partial, "mail is no second factor");
    assert_eq!(world.count("devices").await, 0, "no browser is known any more");
    assert_eq!(known.session().await.unwrap_err(), SessionError::Ended);
    world.wait(30);
    assert_eq!(browser.prove_code(&world.code(&app)).await, Ok(Standing::Multi));
    let again = accounts.set_new_password(&link, &secret("walnut ferry 82 copper"), &visit).await;
    assert_eq!(again.unwrap_err(), LinkError::Invalid);
    assert_eq!(world.last(), (Event::Unauthenticated, Outcome::Denied, "invalid-link".to_owned()));
    assert_eq!(known.sign_in("anna@example.org", PASSWORD).await, Err(SignInError::Wrong));
    assert_eq!(known.sign_in("anna@example.org", NEW).await, Ok(Standing::Partial));
    assert!(mail(&world).await.iter().any(|(_, text)| text.contains("Your password was changed")));
}

#[tokio::test]
async fn unknown_addresses_get_the_same_answer_and_no_mail() {
    let world = World::open().await;
    let person = world.knowing("anna@example.org", &[Role::Clinician]).await;
    world.accounts.suspend(&Author::Operator, person, world.trace).await.unwrap();
    mail(&world).await;
    let browser = Browser::new(&world);
    for email in ["nobody@example.org", "anna@example.org"] {
        assert_eq!(forgot(&browser, email).await, Ok(()));
        assert_eq!(world.last(), (Event::AccountChanged, Outcome::Allowed, String::new()));
        assert_eq!(mail(&world).await, []);
    }
    assert_eq!(world.rows("select count(*)::text from password_requests").await, ["0"]);
    assert_eq!(
        forgot(&browser, "\u{430}nna@example.org").await,
        Err(LinkError::Malformed("e-mail address".into()))
    );
    let mut slow = 0;
    for _ in 0..5 {
        slow += u32::from(matches!(forgot(&browser, "carla@example.org").await, Err(LinkError::Slow { .. })));
    }
    assert_eq!(slow, 2, "three free ones");
    assert_eq!(world.last(), (Event::AccountChanged, Outcome::Denied, "too-many-attempts".to_owned()));
}

#[tokio::test]
async fn whoever_a_provider_vouches_for_gets_in_by_no_link() {
    let world = World::open().await;
    let person = world.patient("anna@example.org").await;
    let mut browser = Browser::new(&world);
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    forgot(&browser, "anna@example.org").await.unwrap();
    let link = link_to(&world, "anna@example.org").await;
    world.vouched_for(person).await;
    let (accounts, visit) = (&world.accounts, browser.visit());
    let asked = accounts.ask_address_change(&browser.token(), &secret("anna@example.com"), &visit).await;
    assert_eq!(asked, Err(OwnAccountError::KeptElsewhere));
    assert_eq!(world.last().2, "signs-in-elsewhere");
    assert_eq!(accounts.open(&link, &visit).await.map(drop), Err(LinkError::Invalid));
    let set = accounts.set_new_password(&link, &secret(NEW), &visit).await;
    assert_eq!(set.unwrap_err(), LinkError::Invalid);
    world.wait(300);
    assert_eq!(forgot(&browser, "anna@example.org").await, Ok(()), "the same answer");
    assert_eq!(mail(&world).await, []);
    assert_eq!(browser.sign_in("anna@example.org", PASSWORD).await, Err(SignInError::Wrong));
}

#[tokio::test]
async fn links_are_over_after_their_time_and_when_a_newer_one_is_made() {
    let world = World::open().await;
    world.knowing("anna@example.org", &[Role::Clinician]).await;
    let browser = Browser::new(&world);
    forgot(&browser, "anna@example.org").await.unwrap();
    let first = link_to(&world, "anna@example.org").await;
    let open = async |link: &Secret<String>| world.accounts.open(link, &browser.visit()).await.map(drop);
    world.wait(299);
    forgot(&Browser::at(&world, "203.0.113.5"), "anna@example.org").await.unwrap();
    assert_eq!(mail(&world).await, [], "a stranger asks, too: what was just sent stays good");
    assert_eq!(open(&first).await, Ok(()));
    world.wait(1);
    forgot(&browser, "anna@example.org").await.unwrap();
    let second = link_to(&world, "anna@example.org").await;
    assert_eq!(open(&first).await, Err(LinkError::Invalid));
    assert_eq!(open(&second).await, Ok(()));
    let everything = world.every_row().await;
    let bytes = data_encoding::BASE64URL_NOPAD.decode(second.expose().as_bytes()).unwrap();
    assert!(!everything.contains(second.expose()));
    assert!(!everything.contains(&data_encoding::HEXLOWER.encode(&bytes)));
    world.wait(30 * 60);
    assert_eq!(open(&second).await, Err(LinkError::Invalid));
    for odd in ["", "x", &"A".repeat(43), &"x".repeat(10 << 20)] {
        assert_eq!(open(&secret(odd)).await, Err(LinkError::Invalid));
    }
}

#[tokio::test]
async fn an_invited_person_chooses_a_password_and_owes_a_second_factor() {
    let world = World::open().await;
    let mut browser = Browser::new(&world);
    let (accounts, visit) = (&world.accounts, browser.visit());
    let invitation = Invitation {
        display_name: secret("Anna"),
        email: secret("anna@example.org"),
        language: Language::default(),
        roles: vec![RoleGrant::lasting(Role::Administrator)],
    };
    let link = accounts.invite_as_operator(invitation, world.trace).await.unwrap();
    let shown = accounts.open(&link, &visit).await.unwrap();
    assert_eq!((shown.purpose, shown.least_password_length), (LinkPurpose::Invitation, 15));
    world.ledger.stop(true);
    let unrecorded = accounts.accept_invitation(&link, &secret(NEW), &visit).await;
    assert_eq!(unrecorded.unwrap_err(), LinkError::Unavailable);
    world.ledger.stop(false);
    let began = accounts.accept_invitation(&link, &secret(NEW), &visit).await.unwrap();
    assert_eq!(browser.keep(began), Standing::Single);
    browser.enrol_totp().await;
    assert_eq!(browser.session().await.unwrap().duties, []);
}

#[tokio::test]
async fn an_address_changes_when_both_have_confirmed_it() {
    let world = World::open().await;
    world.patient("anna@example.org").await;
    world.patient("bruno@example.org").await;
    let mut browser = Browser::new(&world);
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    let (accounts, visit) = (&world.accounts, browser.visit());
    let ask = async |browser: &Browser<'_>, email: &str| {
        accounts.ask_address_change(&browser.token(), &secret(email), &visit).await
    };
    let wrong = Err(OwnAccountError::Malformed("e-mail address".into()));
    assert_eq!(ask(&browser, "Anna@example.org").await, wrong, "the one it has");
    assert_eq!(ask(&browser, "anna@example.com\r\nBcc: x@example.org").await, wrong);
    mail(&world).await;
    assert_eq!(ask(&browser, "Anna.Rossi@example.com").await, Ok(()));
    let next = accounts.profile(&browser.token(), &visit).await.unwrap().next_email.unwrap();
    assert_eq!(next.expose(), "anna.rossi@example.com");
    let sent = mail(&world).await;
    let to = |address: &str| link(&sent.iter().find(|(to, _)| to == address).unwrap().1);
    let (leave, join) = (to("anna@example.org"), to("anna.rossi@example.com"));
    assert_eq!(accounts.open(&join, &visit).await.unwrap().email.expose(), "anna.rossi@example.com");
    assert_eq!(accounts.confirm_address(&join, &visit).await, Ok(AddressChange::OtherAwaited));
    assert_eq!(accounts.confirm_address(&join, &visit).await, Err(LinkError::Invalid));
    browser.session().await.unwrap();
    assert_eq!(accounts.confirm_address(&leave, &visit).await, Ok(AddressChange::Done));
    assert_eq!(browser.session().await.unwrap_err(), SessionError::Ended);
    assert_eq!(browser.sign_in("anna@example.org", PASSWORD).await, Err(SignInError::Wrong));
    assert_eq!(browser.sign_in("anna.rossi@example.com", PASSWORD).await, Ok(Standing::Single));
    let told = mail(&world).await;
    assert!(told.iter().any(|(to, text)| to == "anna@example.org" && text.contains("was changed")));

    assert_eq!(ask(&browser, "bruno@example.org").await, Ok(()), "who has it is not told");
    let sent = mail(&world).await;
    let to = |address: &str| link(&sent.iter().find(|(to, _)| to == address).unwrap().1);
    let (leave, join) = (to("anna.rossi@example.com"), to("bruno@example.org"));
    assert_eq!(accounts.confirm_address(&leave, &visit).await, Ok(AddressChange::OtherAwaited));
    assert_eq!(accounts.confirm_address(&join, &visit).await, Err(LinkError::Taken));
    assert_eq!(world.last(), (Event::AccountChanged, Outcome::Denied, "address-taken".to_owned()));
    world.wait(301);
    assert_eq!(ask(&browser, "other@example.org").await, Err(OwnAccountError::ProofNeeded));
}

#[tokio::test]
async fn people_are_told_of_new_browsers_and_changed_factors() {
    let world = World::open().await;
    world.patient("anna@example.org").await;
    mail(&world).await;
    let mut browser = Browser::new(&world);
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    let told = async || mail(&world).await.into_iter().map(|(_, text)| text).collect::<String>();
    assert!(told().await.contains("new browser"));
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    assert_eq!(told().await, "", "it is known");
    let (_, codes) = browser.enrol_totp().await;
    assert!(told().await.contains("factor was added"));
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    browser.prove_code(codes[0].expose()).await.unwrap();
    assert!(told().await.contains("recovery code"));
}
