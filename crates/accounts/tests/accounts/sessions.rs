//! Sessions: how they begin, live and end.

use tacenda_accounts::{Author, RoleGrant};
use tacenda_contracts::{
    accounts::{
        Accounts as _,
        own_account::{AttemptOutcome, OwnAccount, OwnAccountError},
        sign_in::{Duty, SessionError, SessionTokenError, SignIn, SignInError, Standing},
    },
    entry::{Event, Outcome},
};
use tacenda_kernel::{AuthStrength, Role};

use super::{
    browser::{Browser, PASSWORD},
    world::{World, secret},
};

#[tokio::test]
async fn a_patient_signs_in_with_one_factor_and_gets_tokens() {
    let world = World::open().await;
    let person = world.patient("anna@example.org").await;
    let mut browser = Browser::new(&world);
    assert_eq!(browser.sign_in("Anna@Example.org ", PASSWORD).await, Ok(Standing::Single));
    assert_eq!(world.last(), (Event::SignedIn, Outcome::Allowed, String::new()));
    let session = browser.session().await.unwrap();
    assert_eq!((session.person, session.standing), (person, Standing::Single));
    assert_eq!((session.roles, session.duties), (vec![Role::Patient], vec![]));
    let issued = world.accounts.token(&browser.token(), Role::Patient, world.trace).await.unwrap();
    let actor = world.accounts.identify(Some(&issued.access_token), world.trace.into()).await.unwrap();
    assert_eq!((actor.id, actor.role, actor.strength), (person, Role::Patient, AuthStrength::Single));
    let other = world.accounts.token(&browser.token(), Role::Clinician, world.trace).await;
    assert_eq!(other.unwrap_err(), SessionTokenError::RoleNotHeld);
    assert_eq!(world.last(), (Event::TokenIssued, Outcome::Denied, "no-such-role".to_owned()));
}

#[tokio::test]
async fn staff_see_nothing_before_they_have_a_second_factor() {
    let world = World::open().await;
    world.knowing("anna@example.org", &[Role::Clinician]).await;
    let mut browser = Browser::new(&world);
    assert_eq!(browser.sign_in("anna@example.org", PASSWORD).await, Ok(Standing::Single));
    assert_eq!(browser.session().await.unwrap().duties, [Duty::EnrolSecondFactor]);
    let token = world.accounts.token(&browser.token(), Role::Clinician, world.trace).await;
    assert_eq!(token.unwrap_err(), SessionTokenError::DutyFirst);
    let before = browser.token();
    browser.enrol_totp().await;
    assert_eq!(world.accounts.session(&before, &browser.visit()).await.unwrap_err(), SessionError::Ended);
    let session = browser.session().await.unwrap();
    assert_eq!((session.standing, session.duties), (Standing::Multi, vec![]));
    let issued = world.accounts.token(&browser.token(), Role::Clinician, world.trace).await.unwrap();
    let actor = world.accounts.identify(Some(&issued.access_token), world.trace.into()).await.unwrap();
    assert_eq!(actor.strength, AuthStrength::Multi);
    assert_eq!(actor.proven_at, session.proven_at, "what needs a recent proof sees when it was");
}

#[tokio::test]
async fn who_is_wrong_or_unknown_or_suspended_gets_one_answer() {
    let world = World::open().await;
    let person = world.knowing("anna@example.org", &[Role::Clinician]).await;
    world.person("bruno@example.org", &[Role::Clinician]).await;
    for (email, password, reason) in [
        ("anna@example.org", "correct horsf", "wrong-password"),
        ("bruno@example.org", PASSWORD, "wrong-password"),
        ("carla@example.org", PASSWORD, "unknown-email"),
    ] {
        let before = world.accounts.password_checks();
        assert_eq!(Browser::new(&world).sign_in(email, password).await, Err(SignInError::Wrong));
        assert_eq!(world.last(), (Event::Unauthenticated, Outcome::Denied, reason.to_owned()));
        assert_eq!(world.accounts.password_checks() - before, 1, "the same work for those who are not there");
    }
    world.accounts.suspend(&Author::Operator, person, world.trace).await.unwrap();
    assert_eq!(Browser::new(&world).sign_in("anna@example.org", PASSWORD).await, Err(SignInError::Wrong));
    assert_eq!(world.last().2, "suspended");
}

#[tokio::test]
async fn what_cannot_be_recorded_is_not_answered() {
    let world = World::open().await;
    world.knowing("anna@example.org", &[Role::Clinician]).await;
    world.ledger.stop(true);
    for password in [PASSWORD, "wrong"] {
        let answer = Browser::new(&world).sign_in("anna@example.org", password).await;
        assert_eq!(answer, Err(SignInError::Unavailable));
    }
    world.ledger.stop(false);
    let rows = world.rows("select count(*)::text from sessions").await;
    assert_eq!(rows, ["0"]);
}

#[tokio::test]
async fn oversized_and_odd_fields_are_named_and_store_nothing() {
    let world = World::open().await;
    let entries = world.ledger.count();
    let huge = "x".repeat(10 << 20);
    for (email, password, field) in [
        ("anna@example.org", huge.as_str(), "password"),
        (huge.as_str(), PASSWORD, "e-mail address"),
        ("\u{430}nna@example.org", PASSWORD, "e-mail address"),
        ("anna@example.org\r\nBcc: other@example.org", PASSWORD, "e-mail address"),
    ] {
        let answer = Browser::new(&world).sign_in(email, password).await;
        assert_eq!(answer, Err(SignInError::Malformed(field.into())));
    }
    assert_eq!(world.accounts.password_checks(), 0);
    assert_eq!(world.ledger.count(), entries);
    assert_eq!(world.rows("select count(*)::text from sign_in_failures").await, ["0"]);
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_and_when_it_is_old() {
    let world = World::open().await;
    world.knowing("anna@example.org", &[Role::Clinician]).await;
    let mut browser = Browser::new(&world);
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    let (app, _) = browser.enrol_totp().await;
    world.wait(14 * 60);
    browser.session().await.unwrap();
    world.wait(14 * 60);
    browser.session().await.unwrap();
    world.wait(15 * 60);
    assert_eq!(browser.session().await.unwrap_err(), SessionError::Ended);

    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    browser.prove_code(&world.code(&app)).await.unwrap();
    for _ in 0..71 {
        world.wait(10 * 60);
        browser.session().await.unwrap();
    }
    world.wait(10 * 60);
    assert_eq!(browser.session().await.unwrap_err(), SessionError::Ended, "12 hours in all");
    world.accounts.forget_old().await.unwrap();
    assert_eq!(world.rows("select count(*)::text from sessions").await, ["0"]);
}

#[tokio::test]
async fn what_changes_an_account_ends_its_sessions_also_in_other_instances() {
    let world = World::open().await;
    let person = world.knowing("anna@example.org", &[Role::Clinician]).await;
    let other = world.another_instance().await;
    let operator = Author::Operator;
    for what in ["role given", "role taken", "password set", "suspended"] {
        let mut browser = Browser::new(&world);
        browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
        browser.session().await.unwrap();
        other.session(&browser.token(), &browser.visit()).await.unwrap();
        let (accounts, trace) = (&world.accounts, world.trace);
        match what {
            "role given" => {
                accounts.give_role(&operator, person, RoleGrant::lasting(Role::Monitor), trace).await
            }
            "role taken" => accounts.take_role(&operator, person, Role::Monitor, trace).await,
            "password set" => accounts.set_password(&operator, person, &secret(PASSWORD), trace).await,
            _ => accounts.suspend(&operator, person, trace).await,
        }
        .unwrap();
        assert_eq!(browser.session().await.unwrap_err(), SessionError::Ended, "{what}");
        world.wait(5);
        let elsewhere = other.session(&browser.token(), &browser.visit()).await;
        assert_eq!(elsewhere.unwrap_err(), SessionError::Ended, "{what}, elsewhere");
    }
}

#[tokio::test]
async fn people_see_and_end_their_sessions_and_no_one_else_s() {
    let world = World::open().await;
    world.patient("anna@example.org").await;
    world.knowing("bruno@example.org", &[Role::Monitor]).await;
    let (mut one, mut two, mut three) =
        (Browser::new(&world), Browser::at(&world, "198.51.100.9"), Browser::at(&world, "2001:db8::7"));
    for browser in [&mut one, &mut two, &mut three] {
        browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
        world.wait(1);
    }
    let mut bruno = Browser::new(&world);
    bruno.sign_in("bruno@example.org", PASSWORD).await.unwrap();
    let listed = world.accounts.sessions(&one.token(), &one.visit()).await.unwrap();
    let networks: Vec<_> = listed.iter().map(|one| one.network.clone().unwrap().expose().clone()).collect();
    assert_eq!(networks, ["2001:db8::7", "198.51.100.9", "192.0.2.1"]);
    assert_eq!(listed.iter().map(|one| one.current).collect::<Vec<_>>(), [false, false, true]);
    assert_eq!(listed[0].agent.expose(), "canary browser");
    let of_bruno = bruno.session().await.unwrap().id;
    let stolen = world.accounts.end_session(&one.token(), of_bruno, &one.visit()).await;
    assert_eq!(stolen, Err(OwnAccountError::NotFound));
    world.accounts.end_session(&one.token(), listed[1].id, &one.visit()).await.unwrap();
    assert_eq!(two.session().await.unwrap_err(), SessionError::Ended);
    assert_eq!(world.accounts.end_other_sessions(&one.token(), &one.visit()).await, Ok(1));
    assert_eq!(three.session().await.unwrap_err(), SessionError::Ended);
    one.session().await.unwrap();
    world.accounts.sign_out(&one.token(), world.trace).await.unwrap();
    assert_eq!(world.last().0, Event::SignedOut);
    assert_eq!(one.session().await.unwrap_err(), SessionError::Ended);
    bruno.session().await.unwrap();
}

#[tokio::test]
async fn people_see_who_tried_to_sign_in() {
    let world = World::open().await;
    world.patient("anna@example.org").await;
    let mut browser = Browser::new(&world);
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    world.wait(1);
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    world.wait(1);
    Browser::at(&world, "203.0.113.5").sign_in("anna@example.org", "wrong").await.unwrap_err();
    Browser::at(&world, "203.0.113.5").sign_in("nobody@example.org", "wrong").await.unwrap_err();
    let seen = world.accounts.history(&browser.token(), &browser.visit()).await.unwrap();
    let short: Vec<_> = seen
        .all
        .iter()
        .map(|one| (one.outcome, one.new_device, one.network.clone().unwrap().expose().clone()))
        .collect();
    assert_eq!(
        short,
        [
            (AttemptOutcome::WrongPassword, true, "203.0.113.5".to_owned()),
            (AttemptOutcome::SignedIn, false, "192.0.2.1".to_owned()),
            (AttemptOutcome::SignedIn, true, "192.0.2.1".to_owned()),
        ]
    );
    let nobody =
        "select count(*)::text from sign_in_attempts where account = '00000000-0000-0000-0000-000000000000'";
    assert_eq!(world.rows(nobody).await, ["1"]);
    world.accounts.forget_old().await.unwrap();
    assert_eq!(world.rows(nobody).await, ["0"]);
}

#[tokio::test]
async fn a_stolen_table_of_sessions_opens_nothing() {
    let world = World::open().await;
    world.patient("anna@example.org").await;
    let mut browser = Browser::new(&world);
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    let csrf = browser.session().await.unwrap().csrf;
    let everything = world.every_row().await;
    for canary in ["canary browser", "192.0.2.1"] {
        let in_hex: String = canary.bytes().map(|byte| format!("{byte:02x}")).collect();
        assert!(!everything.contains(canary) && !everything.contains(&in_hex), "{canary}");
    }
    for kept in [browser.token(), browser.device.clone().unwrap(), csrf] {
        assert!(!everything.contains(kept.expose()));
        let bytes = data_encoding::BASE64URL_NOPAD.decode(kept.expose().as_bytes()).unwrap();
        assert!(!everything.contains(&data_encoding::HEXLOWER.encode(&bytes)));
    }
    let stolen =
        world.rows("select translate(encode(token, 'base64'), '+/=', '-_') from sessions").await.remove(0);
    let answer = world.accounts.session(&secret(&stolen), &browser.visit()).await;
    assert_eq!(answer.unwrap_err(), SessionError::Ended);
}

#[tokio::test]
async fn no_session_begins_by_a_password_that_is_being_changed() {
    let world = World::open().await;
    let person = world.patient("anna@example.org").await;
    let mut browser = Browser::new(&world);
    // Whoever changes it has locked the account and takes longer than it takes to look at the password.
    let change = format!(
        "begin; select 1 from accounts where account = '{person}' for update; select pg_sleep(2); \
         update passwords set sealed_hash = '\\x00' where account = '{person}'; commit"
    );
    let (_, began) = tokio::join!(world.as_owner(&change), async {
        world.until_locked().await;
        browser.sign_in("anna@example.org", PASSWORD).await
    });
    assert!(began.is_err(), "{began:?}");
    assert_eq!(world.count("sessions").await, 0);
}

#[tokio::test]
async fn no_number_of_failures_hides_a_success() {
    let world = World::open().await;
    world.patient("anna@example.org").await;
    let mut browser = Browser::new(&world);
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    for network in 0..60 {
        let mut other = Browser::at(&world, &format!("198.51.{network}.1"));
        other.sign_in("anna@example.org", "wrong").await.unwrap_err();
    }
    let seen = world.accounts.history(&browser.token(), &browser.visit()).await.unwrap();
    let of = |outcome| seen.all.iter().filter(|attempt| attempt.outcome == outcome).count();
    assert_eq!((of(AttemptOutcome::SignedIn), of(AttemptOutcome::WrongPassword)), (1, 50));
}

#[tokio::test]
async fn a_sign_in_that_is_taken_out_of_the_list_is_missed() {
    let world = World::open().await;
    world.patient("anna@example.org").await;
    let mut browser = Browser::new(&world);
    for _ in 0..60 {
        browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
        world.wait(1);
    }
    let seen = async || world.accounts.history(&browser.token(), &browser.visit()).await.unwrap();
    let all = seen().await;
    assert_eq!((all.all.len(), all.missing), (50, 0));
    let second = "select attempt from sign_in_attempts order by at desc, attempt offset 1 limit 1";
    world.as_owner(&format!("delete from sign_in_attempts where attempt = ({second})")).await;
    let left = seen().await;
    assert_eq!((left.all.len(), left.missing), (49, 1));
    world.as_owner("delete from sign_in_attempts").await;
    let left = seen().await;
    assert_eq!((left.all.len(), left.missing), (0, 50));
    let ninety_days = 90 * 24 * 3_600;
    world.wait(ninety_days);
    let mut later = Browser::new(&world);
    later.sign_in("anna@example.org", PASSWORD).await.unwrap();
    let left = world.accounts.history(&later.token(), &later.visit()).await.unwrap();
    assert_eq!((left.all.len(), left.missing), (1, 0));
}
