//! Sessions, links, browsers and passkeys.

use serde_json::Value;
use tacenda_accounts::RoleGrant;
use tacenda_contracts::accounts::{
    links::{AddressChange, LinkError, LinkPurpose, Links},
    people::Invitation,
    sign_in::{PasskeyChallenge, SessionError, SignIn, SignInError, Standing},
};
use tacenda_kernel::{Clock, Language, Role};

use super::edit;
use crate::{
    browser::{Browser, PASSWORD},
    passkeys::{Device, enrol},
    world::{ISSUER, World, secret},
};

/// A token that somebody made up.
const OWN: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[tokio::test]
async fn an_edited_session_is_none() {
    let world = World::open().await;
    let victim = world.knowing("victim@example.org", &[Role::Clinician]).await;
    world.knowing("anna@example.org", &[Role::Clinician]).await;
    let mut browser = Browser::new(&world);
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    browser.enrol_totp().await;
    assert_eq!(browser.sign_in("anna@example.org", PASSWORD).await, Ok(Standing::Partial));
    world.as_owner("delete from sessions where standing <> 'partial'").await;
    let own = Browser { token: Some(secret(OWN)), ..Browser::new(&world) };
    for change in [
        format!("account = '{victim}'"),
        "standing = 'multi', proven_at = started_at".to_owned(),
        "ends_at = ends_at + interval '1 day'".to_owned(),
        "started_at = started_at - interval '1 day'".to_owned(),
        format!("token = sha256('{OWN}')"),
    ] {
        let edit = edit(&world, "sessions", "session", &change).await;
        assert_eq!(browser.session().await.unwrap_err(), SessionError::Ended, "{change}");
        assert_eq!(own.session().await.unwrap_err(), SessionError::Ended, "{change}");
        edit.undo().await;
        assert_eq!(browser.session().await.unwrap().standing, Standing::Partial, "untouched again");
    }
}

#[tokio::test]
async fn an_inserted_session_is_none() {
    let world = World::open().await;
    let victim = world.knowing("victim@example.org", &[Role::Clinician]).await;
    world.patient("anna@example.org").await;
    let mut browser = Browser::new(&world);
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    let now = world.clock.now();
    for seal in ["''", "sha256('made up')", "(select seal from sessions limit 1)"] {
        world
            .as_owner(&format!(
                "insert into sessions values (gen_random_uuid(), sha256('{OWN}'), '{victim}', 'multi', '', '{now}', \
                 '{now}', '{now}', timestamptz '{now}' + interval '1 hour', null, null, {seal})"
            ))
            .await;
        let own = Browser { token: Some(secret(OWN)), ..Browser::new(&world) };
        assert_eq!(own.session().await.unwrap_err(), SessionError::Ended, "{seal}");
        world.as_owner(&format!("delete from sessions where token = sha256('{OWN}')")).await;
    }
    browser.session().await.unwrap();
}

#[tokio::test]
async fn an_edited_or_inserted_link_is_none() {
    let world = World::open().await;
    let victim = world.knowing("victim@example.org", &[Role::Clinician]).await;
    let invitation = Invitation {
        display_name: secret("Anna"),
        email: secret("anna@example.org"),
        language: Language::default(),
        roles: vec![RoleGrant::lasting(Role::Clinician)],
    };
    let link = world.accounts.invite_as_operator(invitation, world.trace).await.unwrap();
    let (browser, made_up) = (Browser::new(&world), secret(OWN));
    for change in [
        format!("account = '{victim}'"),
        "purpose = 'new-password'".to_owned(),
        "expires_at = expires_at + interval '1 day'".to_owned(),
        format!("link = sha256('{OWN}'), account = '{victim}'"),
    ] {
        let edit = edit(&world, "links", "made_at", &change).await;
        for link in [&link, &made_up] {
            assert_eq!(
                world.accounts.open(link, &browser.visit()).await.unwrap_err(),
                LinkError::Invalid,
                "{change}"
            );
        }
        edit.undo().await;
    }
    let now = world.clock.now();
    world
        .as_owner(&format!(
            "insert into links select sha256('{OWN}'), '{victim}', 'new-password', null, null, '{now}', expires_at, \
             null, seal from links"
        ))
        .await;
    let new = secret("granite otter 47 sundial");
    let refused = world.accounts.set_new_password(&made_up, &new, &browser.visit()).await;
    assert_eq!(refused.unwrap_err(), LinkError::Invalid);
    world.accounts.accept_invitation(&link, &new, &browser.visit()).await.unwrap();
}

#[tokio::test]
async fn a_used_link_stays_used_and_a_removed_one_confirms_nothing() {
    let world = World::open().await;
    world.patient("anna@example.org").await;
    let mut browser = Browser::new(&world);
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    let (accounts, visit) = (&world.accounts, browser.visit());
    accounts.ask_address_change(&browser.token(), &secret("own@example.com"), &visit).await.unwrap();
    let sent = crate::links::mail(&world).await;
    let (_, text) = sent.iter().find(|(to, _)| to == "own@example.com").unwrap();
    let join = crate::links::link(text);
    assert_eq!(accounts.open(&join, &visit).await.unwrap().purpose, LinkPurpose::JoinAddress);
    world.as_owner("update links set used_at = now() where purpose = 'leave-address'").await;
    assert_eq!(accounts.confirm_address(&join, &visit).await, Ok(AddressChange::OtherAwaited));
    world.as_owner("update links set used_at = null where purpose = 'join-address'").await;
    assert_eq!(accounts.confirm_address(&join, &visit).await, Err(LinkError::Invalid), "it was used");
    world.as_owner("delete from links where purpose = 'leave-address'").await;
    assert_eq!(accounts.confirm_address(&join, &visit).await, Err(LinkError::Invalid));
    assert_eq!(browser.sign_in("own@example.com", PASSWORD).await, Err(SignInError::Wrong));
    assert_eq!(browser.sign_in("anna@example.org", PASSWORD).await, Ok(Standing::Single));
}

#[tokio::test]
async fn an_inserted_browser_is_not_known() {
    let world = World::open().await;
    let anna = world.patient("anna@example.org").await;
    let insert = format!("insert into devices values (sha256('{OWN}'), '{anna}', now())");
    world.as_owner(&insert).await;
    let mut browser = Browser { device: Some(secret(OWN)), ..Browser::new(&world) };
    let new = "select new_device::text from sign_in_attempts order by at desc";
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    assert_eq!(world.rows(new).await, ["true"]);
    world.wait(1);
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    assert_eq!(world.rows(new).await, ["false", "true"]);
    let victim = world.patient("victim@example.org").await;
    world.as_owner(&format!("update devices set account = '{victim}'")).await;
    world.wait(1);
    browser.sign_in("victim@example.org", PASSWORD).await.unwrap();
    assert_eq!(world.rows(new).await, ["true", "false", "true"], "another's browser");
}

#[tokio::test]
async fn ones_own_passkey_signs_nobody_else_in() {
    let world = World::open().await;
    world.knowing("anna@example.org", &[Role::Clinician]).await;
    let victim = world.knowing("victim@example.org", &[Role::Administrator]).await;
    let (mut browser, mut device) = (Browser::new(&world), Device::new());
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    enrol(&mut browser, &mut device).await;
    let (accounts, visit) = (&world.accounts, browser.visit());
    let asked = accounts.begin_passkey(Some(&browser.token()), &visit).await.unwrap();
    let asked: Value = serde_json::from_str(&asked.options).unwrap();
    let own = asked["publicKey"]["allowCredentials"].clone();
    // The authenticator in software finds no passkey by itself; a browser would.
    let mut sign_in = async || {
        let challenge = accounts.begin_passkey(None, &visit).await.unwrap();
        let mut options: Value = serde_json::from_str(&challenge.options).unwrap();
        options["publicKey"]["allowCredentials"] = own.clone();
        let asked = PasskeyChallenge { handle: challenge.handle, options: options.to_string() };
        let shown = device.show(&asked, ISSUER);
        accounts.finish_passkey(&asked.handle, &shown, &visit).await.map(|session| session.standing)
    };
    assert_eq!(sign_in().await, Ok(Standing::Multi));
    let edited = edit(&world, "passkeys", "passkey", &format!("account = '{victim}'")).await;
    assert_eq!(sign_in().await, Err(SignInError::Wrong));
    let mut other = Browser::new(&world);
    assert_eq!(other.sign_in("victim@example.org", PASSWORD).await, Ok(Standing::Single));
    let asked = accounts.begin_passkey(Some(&other.token()), &visit).await;
    assert_eq!(asked.unwrap_err(), SignInError::Wrong, "nor is it their second factor");
    edited.undo().await;
    assert_eq!(sign_in().await, Ok(Standing::Multi));
}
