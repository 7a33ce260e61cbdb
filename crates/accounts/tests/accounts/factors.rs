//! Second factors: codes and recovery codes, how they are enrolled, used and removed.

use tacenda_contracts::accounts::{
    own_account::{FactorRef, OwnAccount, OwnAccountError},
    sign_in::{Duty, FactorKind, SessionError, SessionTokenError, SignIn, SignInError, Standing},
};
use tacenda_kernel::Role;

use super::{
    browser::{Browser, PASSWORD},
    world::{World, secret},
};

#[tokio::test]
async fn a_code_is_good_once_and_for_its_time() {
    let world = World::open().await;
    world.knowing("anna@example.org", &[Role::Clinician]).await;
    let mut browser = Browser::new(&world);
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    let (app, _) = browser.enrol_totp().await;
    let enrolling = world.code(&app);
    assert_eq!(browser.sign_in("anna@example.org", PASSWORD).await, Ok(Standing::Partial));
    let session = browser.session().await.unwrap();
    assert_eq!(session.duties, [Duty::ProveSecondFactor]);
    assert_eq!(session.factors, [FactorKind::Totp, FactorKind::RecoveryCode]);
    assert_eq!(browser.prove_code(&enrolling).await, Err(SignInError::Wrong), "the enrolling code is used");
    world.wait(30);
    let code = world.code(&app);
    let partial = browser.token();
    assert_eq!(browser.prove_code(&code).await, Ok(Standing::Multi));
    let again = world.accounts.prove_code(&partial, &secret(&code), &browser.visit()).await;
    assert_eq!(again.unwrap_err(), SignInError::Ended, "the token was replaced");
    assert_eq!(browser.prove_code(&code).await, Err(SignInError::Wrong), "used");
    world.wait(60);
    let before = app.generate(u64::try_from(jiff_seconds(&world)).unwrap() - 30).to_string();
    let older = app.generate(u64::try_from(jiff_seconds(&world)).unwrap() - 60).to_string();
    assert_eq!(browser.prove_code(&older).await, Err(SignInError::Wrong), "too old");
    assert_eq!(browser.prove_code(&before).await, Ok(Standing::Multi), "one step late");
    let next = app.generate(u64::try_from(jiff_seconds(&world)).unwrap() + 30).to_string();
    assert_eq!(browser.prove_code(&next).await, Ok(Standing::Multi), "one step early");
}

fn jiff_seconds(world: &World) -> i64 {
    use tacenda_kernel::Clock;
    world.clock.now().as_second()
}

#[tokio::test]
async fn a_code_used_twice_at_the_same_time_opens_one_session() {
    let world = World::open().await;
    world.knowing("anna@example.org", &[Role::Clinician]).await;
    let mut one = Browser::new(&world);
    one.sign_in("anna@example.org", PASSWORD).await.unwrap();
    let (app, _) = one.enrol_totp().await;
    world.wait(60);
    let mut two = Browser::at(&world, "198.51.100.1");
    one.sign_in("anna@example.org", PASSWORD).await.unwrap();
    two.sign_in("anna@example.org", PASSWORD).await.unwrap();
    let code = world.code(&app);
    let (first, second) = tokio::join!(one.prove_code(&code), two.prove_code(&code));
    assert_eq!([&first, &second].iter().filter(|answer| answer.is_ok()).count(), 1, "{first:?} {second:?}");
}

#[tokio::test]
async fn codes_cannot_be_guessed() {
    let world = World::open().await;
    world.knowing("anna@example.org", &[Role::Clinician]).await;
    let mut browser = Browser::new(&world);
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    let (app, _) = browser.enrol_totp().await;
    world.wait(60);
    let mut thief = Browser::at(&world, "198.51.100.1");
    thief.sign_in("anna@example.org", PASSWORD).await.unwrap();
    for _ in 0..5 {
        assert_eq!(thief.prove_code("000000").await, Err(SignInError::Wrong));
    }
    let code = world.code(&app);
    assert_eq!(thief.prove_code(&code).await, Err(SignInError::Slow { seconds: 1 }));
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    assert_eq!(
        browser.prove_code(&code).await,
        Ok(Standing::Multi),
        "a known browser does not wait for thieves"
    );
    assert_eq!(thief.prove_code(&"1".repeat(41)).await, Err(SignInError::Malformed("code".into())));
    world.wait(300);
    assert_eq!(thief.prove_code("000000").await, Err(SignInError::Ended), "five minutes for a second factor");
}

#[tokio::test]
async fn recovery_codes_stand_in_each_once() {
    let world = World::open().await;
    let anna = world.knowing("anna@example.org", &[Role::Clinician]).await;
    world.knowing("bruno@example.org", &[Role::Clinician]).await;
    let mut browser = Browser::new(&world);
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    let (_, codes) = browser.enrol_totp().await;
    assert_eq!(codes.len(), 10);
    let mut bruno = Browser::new(&world);
    bruno.sign_in("bruno@example.org", PASSWORD).await.unwrap();
    bruno.enrol_totp().await;
    bruno.sign_in("bruno@example.org", PASSWORD).await.unwrap();
    assert_eq!(bruno.prove_code(codes[0].expose()).await, Err(SignInError::Wrong), "another's code");
    let everything = world.every_row().await;
    assert!(!everything.contains(codes[0].expose()) && everything.contains(&anna.to_string()));
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    assert_eq!(browser.prove_code(&codes[0].expose().to_uppercase()).await, Ok(Standing::Multi));
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    assert_eq!(browser.prove_code(codes[0].expose()).await, Err(SignInError::Wrong), "used");
    assert_eq!(browser.prove_code(codes[9].expose()).await, Ok(Standing::Multi));
    let factors = world.accounts.factors(&browser.token(), &browser.visit()).await.unwrap();
    assert_eq!(factors.recovery_codes_left, Some(8));
    let new = world.accounts.make_recovery_codes(&browser.token(), &browser.visit()).await.unwrap();
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    assert_eq!(browser.prove_code(codes[5].expose()).await, Err(SignInError::Wrong), "replaced");
    assert_eq!(browser.prove_code(new[5].expose()).await, Ok(Standing::Multi));
}

#[tokio::test]
async fn factors_change_only_after_a_recent_proof_and_the_last_stays_where_a_role_needs_it() {
    let world = World::open().await;
    world.knowing("anna@example.org", &[Role::Clinician]).await;
    let mut browser = Browser::new(&world);
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    let (app, _) = browser.enrol_totp().await;
    let (accounts, visit) = (&world.accounts, browser.visit());
    let remove =
        async |browser: &Browser<'_>| accounts.remove_factor(&browser.token(), FactorRef::Totp, &visit).await;
    assert_eq!(remove(&browser).await, Err(OwnAccountError::LastFactor));
    assert_eq!(world.last().2, "last-factor");
    assert!(accounts.factors(&browser.token(), &visit).await.unwrap().totp.is_some());
    world.wait(301);
    for answer in [
        remove(&browser).await,
        accounts.begin_totp(&browser.token(), &visit).await.map(drop),
        accounts.begin_passkey_enrolment(&browser.token(), &visit).await.map(drop),
        accounts.make_recovery_codes(&browser.token(), &visit).await.map(drop),
        accounts.change_password(&browser.token(), &secret(PASSWORD), &secret("x"), &visit).await.map(drop),
    ] {
        assert_eq!(answer, Err(OwnAccountError::ProofNeeded));
    }
    let password = accounts.prove_password(&browser.token(), &secret(PASSWORD), &visit).await;
    assert_eq!(password.unwrap_err(), SignInError::SecondFactorNeeded);
    browser.prove_code(&world.code(&app)).await.unwrap();
    assert_eq!(remove(&browser).await, Err(OwnAccountError::LastFactor));
}

#[tokio::test]
async fn a_patient_proves_the_password_enrols_and_declines_again() {
    let world = World::open().await;
    world.patient("anna@example.org").await;
    let mut browser = Browser::new(&world);
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    world.wait(301);
    let early = world.accounts.begin_totp(&browser.token(), &browser.visit()).await;
    assert_eq!(early.unwrap_err(), OwnAccountError::ProofNeeded);
    let wrong = world.accounts.prove_password(&browser.token(), &secret("wrong"), &browser.visit()).await;
    assert_eq!(wrong.unwrap_err(), SignInError::Wrong);
    let proven = world.accounts.prove_password(&browser.token(), &secret(PASSWORD), &browser.visit()).await;
    assert_eq!(browser.keep(proven.unwrap()), Standing::Single);
    let (app, _) = browser.enrol_totp().await;
    let second = world.accounts.begin_totp(&browser.token(), &browser.visit()).await;
    assert_eq!(second.unwrap_err(), OwnAccountError::TooMany);
    world.wait(60);
    assert_eq!(browser.sign_in("anna@example.org", PASSWORD).await, Ok(Standing::Partial));
    browser.prove_code(&world.code(&app)).await.unwrap();
    let removed = world.accounts.remove_factor(&browser.token(), FactorRef::Totp, &browser.visit()).await;
    assert_eq!(removed, Ok(()));
    assert_eq!(world.rows("select count(*)::text from recovery_codes").await, ["0"], "they go with it");
    assert_eq!(browser.sign_in("anna@example.org", PASSWORD).await, Ok(Standing::Single));
}

#[tokio::test]
async fn an_offer_is_told_again_and_is_over_after_ten_minutes() {
    let world = World::open().await;
    world.patient("anna@example.org").await;
    let mut browser = Browser::new(&world);
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    let offer = async |browser: &Browser<'_>| {
        world.accounts.begin_totp(&browser.token(), &browser.visit()).await.unwrap().secret.expose().clone()
    };
    let first = offer(&browser).await;
    assert_eq!(offer(&browser).await, first);
    world.wait(601);
    let proven = world.accounts.prove_password(&browser.token(), &secret(PASSWORD), &browser.visit()).await;
    browser.keep(proven.unwrap());
    assert_ne!(offer(&browser).await, first);
    let wrong = world.accounts.finish_totp(&browser.token(), &secret("000000"), &browser.visit()).await;
    assert_eq!(wrong.unwrap_err(), OwnAccountError::Wrong);
    assert_eq!(world.last().2, "wrong-code");
    assert_eq!(
        browser.sign_in("anna@example.org", PASSWORD).await,
        Ok(Standing::Single),
        "nothing is enrolled"
    );
}

#[tokio::test]
async fn a_factor_that_is_enrolled_is_owed_in_every_session() {
    let world = World::open().await;
    world.patient("anna@example.org").await;
    let (mut one, mut two) = (Browser::new(&world), Browser::at(&world, "198.51.100.1"));
    one.sign_in("anna@example.org", PASSWORD).await.unwrap();
    two.sign_in("anna@example.org", PASSWORD).await.unwrap();
    let (app, _) = one.enrol_totp().await;
    assert_eq!(two.session().await.unwrap().duties, [Duty::ProveSecondFactor]);
    let (accounts, visit) = (&world.accounts, two.visit());
    let token = accounts.token(&two.token(), Role::Patient, world.trace).await;
    assert_eq!(token.unwrap_err(), SessionTokenError::DutyFirst);
    assert_eq!(accounts.history(&two.token(), &visit).await.unwrap_err(), OwnAccountError::DutyFirst);
    let password = accounts.prove_password(&two.token(), &secret(PASSWORD), &visit).await;
    assert_eq!(password.unwrap_err(), SignInError::SecondFactorNeeded);
    world.wait(30);
    assert_eq!(two.prove_code(&world.code(&app)).await, Ok(Standing::Multi));
    assert_eq!(two.session().await.unwrap().duties, []);
}

#[tokio::test]
async fn removing_a_factor_ends_other_sessions_and_the_last_one_leaves_one_factor() {
    let world = World::open().await;
    world.patient("anna@example.org").await;
    let (mut one, mut two) = (Browser::new(&world), Browser::at(&world, "198.51.100.1"));
    one.sign_in("anna@example.org", PASSWORD).await.unwrap();
    let (app, _) = one.enrol_totp().await;
    world.wait(30);
    two.sign_in("anna@example.org", PASSWORD).await.unwrap();
    two.prove_code(&world.code(&app)).await.unwrap();
    let (accounts, visit) = (&world.accounts, one.visit());
    accounts.remove_factor(&one.token(), FactorRef::Totp, &visit).await.unwrap();
    assert_eq!(two.session().await.unwrap_err(), SessionError::Ended);
    let session = one.session().await.unwrap();
    assert_eq!((session.standing, session.duties), (Standing::Single, vec![]));
    world.wait(5 * 60);
    assert_eq!(accounts.begin_totp(&one.token(), &visit).await.unwrap_err(), OwnAccountError::ProofNeeded);
    let proven = accounts.prove_password(&one.token(), &secret(PASSWORD), &visit).await.unwrap();
    assert_eq!(one.keep(proven), Standing::Single, "by the password, which is what there is");
    one.enrol_totp().await;
}
