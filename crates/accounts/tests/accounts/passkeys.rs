//! Passkeys, with an authenticator in software.

use serde_json::{Value, json};
use tacenda_contracts::accounts::{
    own_account::{Enrolled, FactorRef, OwnAccount, OwnAccountError},
    sign_in::{FactorKind, PasskeyChallenge, SignIn, SignInError, Standing},
};
use tacenda_kernel::{Role, Secret};
use webauthn_authenticator_rs::{
    AuthenticatorBackend,
    prelude::{CreationChallengeResponse, RequestChallengeResponse, Url},
    softpasskey::SoftPasskey,
};

use super::{
    browser::{Browser, PASSWORD},
    world::{ISSUER, World, secret},
};

/// A device that makes and shows passkeys. It verifies its user.
pub(crate) struct Device(SoftPasskey);

impl Device {
    pub(crate) fn new() -> Self {
        Self(SoftPasskey::new(true))
    }

    pub(crate) fn make(&mut self, challenge: &PasskeyChallenge, origin: &str) -> String {
        let asked: CreationChallengeResponse = serde_json::from_str(&challenge.options).unwrap();
        let made = self.0.perform_register(Url::parse(origin).unwrap(), asked.public_key, 1000).unwrap();
        serde_json::to_string(&made).unwrap()
    }

    pub(crate) fn show(&mut self, challenge: &PasskeyChallenge, origin: &str) -> String {
        self.try_show(challenge, origin).unwrap()
    }

    /// None where it is not asked for a passkey that it has.
    pub(crate) fn try_show(&mut self, challenge: &PasskeyChallenge, origin: &str) -> Option<String> {
        let asked: RequestChallengeResponse = serde_json::from_str(&challenge.options).unwrap();
        let shown = self.0.perform_auth(Url::parse(origin).unwrap(), asked.public_key, 1000).ok()?;
        Some(serde_json::to_string(&shown).unwrap())
    }
}

pub(crate) async fn enrol(browser: &mut Browser<'_>, device: &mut Device) -> Vec<Secret<String>> {
    let accounts = &browser.world.accounts;
    let challenge = accounts.begin_passkey_enrolment(&browser.token(), &browser.visit()).await.unwrap();
    let made = device.make(&challenge, ISSUER);
    let (token, name) = (browser.token(), secret("canary laptop"));
    let enrolled =
        accounts.finish_passkey_enrolment(&token, &challenge.handle, &name, &made, &browser.visit()).await;
    let Enrolled { session, recovery_codes } = enrolled.unwrap();
    assert_eq!(browser.keep(session), Standing::Multi);
    recovery_codes
}

async fn prove(browser: &mut Browser<'_>, device: &mut Device) -> Result<Standing, SignInError> {
    let (accounts, visit) = (&browser.world.accounts, browser.visit());
    let challenge = accounts.begin_passkey(Some(&browser.token()), &visit).await?;
    let shown = device.show(&challenge, ISSUER);
    let proven = accounts.finish_passkey(&challenge.handle, &shown, &visit).await?;
    Ok(browser.keep(proven))
}

/// The authenticator in software finds no passkey by itself; a browser would.
fn naming_those_of(challenge: PasskeyChallenge, other: &PasskeyChallenge) -> PasskeyChallenge {
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let mut options = read(&challenge.options);
    options["publicKey"]["allowCredentials"] = read(&other.options)["publicKey"]["allowCredentials"].clone();
    PasskeyChallenge { options: options.to_string(), ..challenge }
}

#[tokio::test]
async fn a_passkey_is_enrolled_and_is_a_second_factor() {
    let world = World::open().await;
    world.knowing("anna@example.org", &[Role::Clinician]).await;
    let (mut browser, mut device) = (Browser::new(&world), Device::new());
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    assert_eq!(enrol(&mut browser, &mut device).await.len(), 10);
    world.wait(1);
    assert_eq!(enrol(&mut browser, &mut Device::new()).await.len(), 0, "codes come with the first");
    assert_eq!(browser.sign_in("anna@example.org", PASSWORD).await, Ok(Standing::Partial));
    assert_eq!(browser.session().await.unwrap().factors, [FactorKind::Passkey, FactorKind::RecoveryCode]);
    assert_eq!(prove(&mut browser, &mut device).await, Ok(Standing::Multi));
    assert_eq!(prove(&mut browser, &mut device).await, Ok(Standing::Multi), "a proof anew");
    let factors = world.accounts.factors(&browser.token(), &browser.visit()).await.unwrap();
    assert_eq!(factors.passkeys.len(), 2);
    assert_eq!(factors.passkeys[0].name.expose(), "canary laptop");
    assert!(factors.passkeys[0].used_at.is_some() && factors.passkeys[1].used_at.is_none());
    assert!(!world.every_row().await.contains("canary laptop"));
    for (at, answer) in [(0, Ok(())), (1, Err(OwnAccountError::LastFactor))] {
        let factor = FactorRef::Passkey(factors.passkeys[at].id);
        assert_eq!(world.accounts.remove_factor(&browser.token(), factor, &browser.visit()).await, answer);
    }
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    let challenge = world.accounts.begin_passkey(Some(&browser.token()), &browser.visit()).await.unwrap();
    let asked: Value = serde_json::from_str(&challenge.options).unwrap();
    assert_eq!(
        asked["publicKey"]["allowCredentials"].as_array().unwrap().len(),
        1,
        "the removed is not asked for"
    );
}

#[tokio::test]
async fn an_answer_is_good_once_and_only_for_what_was_asked() {
    let world = World::open().await;
    for email in ["anna@example.org", "bruno@example.org"] {
        world.knowing(email, &[Role::Clinician]).await;
    }
    let (mut anna, mut annas) = (Browser::new(&world), Device::new());
    anna.sign_in("anna@example.org", PASSWORD).await.unwrap();
    enrol(&mut anna, &mut annas).await;
    let (mut bruno, mut brunos) = (Browser::new(&world), Device::new());
    bruno.sign_in("bruno@example.org", PASSWORD).await.unwrap();
    enrol(&mut bruno, &mut brunos).await;
    anna.sign_in("anna@example.org", PASSWORD).await.unwrap();
    bruno.sign_in("bruno@example.org", PASSWORD).await.unwrap();
    let (accounts, visit) = (&world.accounts, anna.visit());
    let asked_anna = accounts.begin_passkey(Some(&anna.token()), &visit).await.unwrap();
    let asked_bruno = accounts.begin_passkey(Some(&bruno.token()), &visit).await.unwrap();
    let shown = annas.show(&asked_anna, ISSUER);
    let brunos_own = brunos.show(&asked_bruno, ISSUER);
    let finish = async |handle: &Secret<String>, shown: &str| {
        accounts.finish_passkey(handle, shown, &visit).await.map(drop)
    };
    assert_eq!(finish(&asked_bruno.handle, &shown).await, Err(SignInError::Wrong), "another's session");
    assert_eq!(finish(&asked_anna.handle, &brunos_own).await, Err(SignInError::Wrong), "another's passkey");
    let phished = annas.show(&asked_anna, "https://tacenda.example.attacker.example");
    assert_eq!(finish(&asked_anna.handle, &phished).await, Err(SignInError::Wrong), "another origin");
    let mut altered: Value = serde_json::from_str(&shown).unwrap();
    altered["response"]["signature"] = json!("MEUCIQDAAAAA");
    assert_eq!(
        finish(&asked_anna.handle, &altered.to_string()).await,
        Err(SignInError::Wrong),
        "no signature"
    );
    assert_eq!(world.last().2, "wrong-passkey");
    assert_eq!(finish(&asked_anna.handle, "{}").await, Err(SignInError::Malformed("passkey".into())));
    assert_eq!(
        finish(&asked_anna.handle, &"x".repeat(10 << 20)).await,
        Err(SignInError::Malformed("passkey".into()))
    );
    assert_eq!(finish(&secret("AAAA"), &shown).await, Err(SignInError::Ended));
    assert_eq!(finish(&asked_anna.handle, &shown).await, Ok(()));
    assert!(finish(&asked_anna.handle, &shown).await.is_err(), "once");
    anna.sign_in("anna@example.org", PASSWORD).await.unwrap();
    let late = accounts.begin_passkey(Some(&anna.token()), &visit).await.unwrap();
    let shown = annas.show(&late, ISSUER);
    world.wait(300);
    assert_eq!(finish(&late.handle, &shown).await, Err(SignInError::Ended), "late");
}

#[tokio::test]
async fn a_passkey_is_enough_by_itself() {
    let world = World::open().await;
    let person = world.knowing("anna@example.org", &[Role::Clinician]).await;
    let (mut browser, mut device) = (Browser::new(&world), Device::new());
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    enrol(&mut browser, &mut device).await;
    let credential = {
        browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
        let asked = world.accounts.begin_passkey(Some(&browser.token()), &browser.visit()).await.unwrap();
        let asked: Value = serde_json::from_str(&asked.options).unwrap();
        asked["publicKey"]["allowCredentials"].clone()
    };
    let mut fresh = Browser::at(&world, "198.51.100.7");
    let challenge = world.accounts.begin_passkey(None, &fresh.visit()).await.unwrap();
    let mut options: Value = serde_json::from_str(&challenge.options).unwrap();
    assert_eq!(options["publicKey"]["allowCredentials"], json!([]));
    assert_eq!(options["publicKey"]["userVerification"], "required");
    // The authenticator in software finds no passkey by itself; a browser would.
    options["publicKey"]["allowCredentials"] = credential;
    let found = PasskeyChallenge { handle: challenge.handle.clone(), options: options.to_string() };
    let shown = device.show(&found, ISSUER);
    let began = world.accounts.finish_passkey(&challenge.handle, &shown, &fresh.visit()).await.unwrap();
    assert_eq!(fresh.keep(began), Standing::Multi);
    let session = fresh.session().await.unwrap();
    assert_eq!((session.person, session.duties), (person, vec![]));
    world.accounts.suspend(&tacenda_accounts::Author::Operator, person, world.trace).await.unwrap();
    let challenge = world.accounts.begin_passkey(None, &fresh.visit()).await.unwrap();
    let mut options: Value = serde_json::from_str(&challenge.options).unwrap();
    options["publicKey"]["allowCredentials"] =
        serde_json::from_str::<Value>(&found.options).unwrap()["publicKey"]["allowCredentials"].clone();
    let asked = PasskeyChallenge { handle: challenge.handle, options: options.to_string() };
    let shown = device.show(&asked, ISSUER);
    let answer = world.accounts.finish_passkey(&asked.handle, &shown, &fresh.visit()).await;
    assert_eq!(answer.unwrap_err(), SignInError::Wrong);
    assert_eq!(world.last().2, "suspended");
}

#[tokio::test]
async fn for_somebody_of_a_provider_a_passkey_is_the_second_step_only() {
    let world = World::open().await;
    let person = world.knowing("anna@example.org", &[Role::Clinician]).await;
    let (mut browser, mut device) = (Browser::new(&world), Device::new());
    browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
    enrol(&mut browser, &mut device).await;
    world.vouched_for(person).await;
    assert_eq!(prove(&mut browser, &mut device).await, Ok(Standing::Multi), "in a session");
    let (accounts, visit) = (&world.accounts, browser.visit());
    let of_session = accounts.begin_passkey(Some(&browser.token()), &visit).await.unwrap();
    let challenge = accounts.begin_passkey(None, &visit).await.unwrap();
    let challenge = naming_those_of(challenge, &of_session);
    let shown = device.show(&challenge, ISSUER);
    let alone = accounts.finish_passkey(&challenge.handle, &shown, &visit).await;
    assert_eq!(alone.unwrap_err(), SignInError::Wrong);
    assert_eq!(world.last().2, "signs-in-elsewhere");
}
