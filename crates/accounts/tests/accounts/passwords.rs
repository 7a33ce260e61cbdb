//! Passwords that people choose.

use jiff::SignedDuration;
use tacenda_accounts::{AccountRules, Author, RoleGrant};
use tacenda_contracts::accounts::{
    own_account::{OwnAccount, OwnAccountError},
    sign_in::{Duty, PasswordFault, SessionError, Standing},
};
use tacenda_kernel::{Language, Role};

use super::{
    browser::{Browser, PASSWORD},
    world::{World, secret},
};

async fn change(browser: &mut Browser<'_>, old: &str, new: &str) -> Result<(), OwnAccountError> {
    let (token, visit) = (browser.token(), browser.visit());
    let changed = browser.world.accounts.change_password(&token, &secret(old), &secret(new), &visit).await?;
    browser.keep(changed);
    Ok(())
}

#[tokio::test]
async fn a_change_needs_the_old_one_and_ends_other_sessions() {
    let world = World::open().await;
    world.patient("anna@example.org").await;
    let (mut one, mut two) = (Browser::new(&world), Browser::new(&world));
    one.sign_in("anna@example.org", PASSWORD).await.unwrap();
    two.sign_in("anna@example.org", PASSWORD).await.unwrap();
    let new = "granite otter 47 sundial";
    assert_eq!(change(&mut one, "wrong", new).await, Err(OwnAccountError::Wrong));
    for (weak, fault) in [
        ("short", PasswordFault::TooShort { at_least: 12 }),
        ("password1234", PasswordFault::Guessable),
        ("anna@example.org", PasswordFault::Guessable),
        (PASSWORD, PasswordFault::UsedBefore),
    ] {
        assert_eq!(change(&mut one, PASSWORD, weak).await, Err(OwnAccountError::Password(fault)), "{weak}");
    }
    let huge = "x".repeat(10 << 20);
    assert_eq!(
        change(&mut one, PASSWORD, &huge).await,
        Err(OwnAccountError::Password(PasswordFault::TooLong { at_most: 256 }))
    );
    let before = one.token();
    assert_eq!(change(&mut one, PASSWORD, new).await, Ok(()));
    assert_ne!(one.token().expose(), before.expose());
    one.session().await.unwrap();
    assert_eq!(two.session().await.unwrap_err(), SessionError::Ended);
    assert_eq!(world.count("devices").await, 1, "only this browser is known");
    assert!(two.sign_in("anna@example.org", PASSWORD).await.is_err());
    assert_eq!(two.sign_in("anna@example.org", new).await, Ok(Standing::Single));
}

#[tokio::test]
async fn none_of_the_last_ten_comes_back() {
    let world = World::open().await;
    world.patient("anna@example.org").await;
    let mut browser = Browser::new(&world);
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    let password = |number: u32| format!("granite otter {number} sundial");
    let mut now = PASSWORD.to_owned();
    for number in 0..10 {
        world.wait(1);
        change(&mut browser, &now, &password(number)).await.unwrap();
        now = password(number);
    }
    for number in 0..10 {
        let again = change(&mut browser, &now, &password(number)).await;
        assert_eq!(again, Err(OwnAccountError::Password(PasswordFault::UsedBefore)), "{number}");
    }
    assert_eq!(change(&mut browser, &now, PASSWORD).await, Ok(()), "the eleventh before");
}

#[tokio::test]
async fn other_rules_hold_from_the_moment_they_are_taken() {
    let world = World::open().await;
    world.knowing("anna@example.org", &[Role::Administrator]).await;
    let mut browser = Browser::new(&world);
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    browser.enrol_totp().await;
    world.wait(60);
    assert_eq!(browser.session().await.unwrap().duties, []);
    let password_age = SignedDuration::from_secs(30);
    world.accounts.take_rules(AccountRules { password_age, ..AccountRules::default() });
    assert_eq!(browser.session().await.unwrap().duties, [Duty::ChangePassword]);
    world.accounts.take_rules(AccountRules::default());
    assert_eq!(browser.session().await.unwrap().duties, []);
}

#[tokio::test]
async fn old_passwords_of_privileged_roles_and_demanded_changes_come_first() {
    let world = World::open().await;
    let person = world.knowing("anna@example.org", &[Role::Administrator]).await;
    let mut browser = Browser::new(&world);
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    let (app, _) = browser.enrol_totp().await;
    assert_eq!(browser.session().await.unwrap().duties, []);
    world.wait(91 * 24 * 3600);
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    browser.prove_code(&world.code(&app)).await.unwrap();
    assert_eq!(browser.session().await.unwrap().duties, [Duty::ChangePassword]);
    let other = world.accounts.make_recovery_codes(&browser.token(), &browser.visit()).await;
    assert_eq!(other.unwrap_err(), OwnAccountError::DutyFirst);
    assert_eq!(
        change(&mut browser, PASSWORD, "granite otter!").await,
        Err(OwnAccountError::Password(PasswordFault::TooShort { at_least: 15 }))
    );
    change(&mut browser, PASSWORD, "granite otter 47 sundial").await.unwrap();
    assert_eq!(browser.session().await.unwrap().duties, []);
    let other = world.person("admin@example.org", &[Role::Administrator]).await;
    let token = world.token(other, Role::Administrator).await;
    world.people().demand_password(&token, person, world.trace).await.unwrap();
    browser.sign_in("anna@example.org", "granite otter 47 sundial").await.unwrap();
    world.wait(30);
    browser.prove_code(&world.code(&app)).await.unwrap();
    assert_eq!(browser.session().await.unwrap().duties, [Duty::ChangePassword]);
    change(&mut browser, "granite otter 47 sundial", "walnut ferry 82 copper").await.unwrap();
    assert_eq!(browser.session().await.unwrap().duties, []);
}

#[tokio::test]
async fn a_demanded_password_leaves_no_browser_known() {
    let world = World::open().await;
    let person = world.patient("anna@example.org").await;
    let (mut one, mut two) = (Browser::new(&world), Browser::new(&world));
    one.sign_in("anna@example.org", PASSWORD).await.unwrap();
    two.sign_in("anna@example.org", PASSWORD).await.unwrap();
    assert_eq!(world.count("devices").await, 2);
    let officer = world.person("admin@example.org", &[Role::Administrator]).await;
    let token = world.token(officer, Role::Administrator).await;
    world.people().demand_password(&token, person, world.trace).await.unwrap();
    assert_eq!(world.count("devices").await, 0);
}

#[tokio::test]
async fn who_gets_a_privileged_role_chooses_a_password_by_its_rules() {
    let world = World::open().await;
    let person = world.knowing("anna@example.org", &[Role::Clinician]).await;
    let (operator, officer) = (Author::Operator, RoleGrant::lasting(Role::SecurityOfficer));
    let duties = async || {
        let mut browser = Browser::new(&world);
        browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
        browser.session().await.unwrap().duties
    };
    let monitor = RoleGrant::lasting(Role::Monitor);
    world.accounts.give_role(&operator, person, monitor, world.trace).await.unwrap();
    assert_eq!(duties().await, [Duty::EnrolSecondFactor], "no privilege");
    world.accounts.give_role(&operator, person, officer, world.trace).await.unwrap();
    assert_eq!(duties().await, [Duty::ChangePassword, Duty::EnrolSecondFactor]);
    world.accounts.set_password(&operator, person, &secret(PASSWORD), world.trace).await.unwrap();
    let administrator = RoleGrant::lasting(Role::Administrator);
    world.accounts.give_role(&operator, person, administrator, world.trace).await.unwrap();
    assert_eq!(duties().await, [Duty::EnrolSecondFactor], "it was accepted for a privileged role");
}

#[tokio::test]
async fn people_see_themselves_and_choose_their_language() {
    let world = World::open().await;
    world.patient("anna@example.org").await;
    let mut browser = Browser::new(&world);
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    let (token, visit) = (browser.token(), browser.visit());
    world.accounts.set_language(&token, Language::Italian, &visit).await.unwrap();
    assert_eq!(browser.session().await.unwrap().language, Language::Italian);
    let profile = world.accounts.profile(&token, &visit).await.unwrap();
    assert_eq!(profile.display_name.expose(), "Name of anna@example.org");
    assert_eq!(profile.email.unwrap().expose(), "anna@example.org");
    assert_eq!(profile.language, Language::Italian);
    assert_eq!((profile.roles.len(), profile.roles[0].role), (1, Role::Patient));
    assert!(profile.next_email.is_none() && profile.password_set_at.is_some());
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
}
