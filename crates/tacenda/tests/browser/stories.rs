//! What people do, from end to end.

use std::time::Duration;

use tacenda_accounts::Author;
use tacenda_kernel::Role;

use crate::{
    accessibility::Looker,
    application::Application,
    bed::{Bed, PASSWORD, address, trace},
    browser::{Browser, there_is_none},
    one_time_code::code,
};

#[tokio::test(flavor = "multi_thread")]
async fn somebody_invited_enrols_a_passkey_and_signs_in_with_it_alone() {
    if there_is_none() {
        return;
    }
    let bed = Bed::start().await;
    let browser = &bed.browser;
    bed.person(Role::Administrator, "Paolo Serra").await;
    bed.sign_in(&address(Role::Administrator), PASSWORD).await;
    bed.enrol_app().await;
    browser.open("/people/invite").await;
    browser.see("Invite somebody").await;
    browser.fill("name", "Elena Marchetti").await;
    browser.fill("email", "elena@tacenda.test").await;
    browser.press("input[value='clinician']").await;
    browser.send("/people/invite").await;
    browser.see("Elena Marchetti").await;
    bed.sign_out().await;

    browser.open(&bed.mailbox.link_to("elena@tacenda.test").await).await;
    browser.see("Welcome, Elena Marchetti").await;
    browser.fill("password", PASSWORD).await;
    browser.press("main button").await;
    bed.enrol_passkey().await;
    browser.open("/account").await;
    browser.see("My account").await;
    bed.sign_out().await;

    browser.press("form[action='/sign-in/passkey'] button").await;
    browser.see("My account").await;
    assert!(browser.text(".who").await.contains("Elena Marchetti"));
    browser.open("/people").await;
    browser.see("This page is not for your role").await;
    bed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn password_and_code_and_a_recovery_code_once() {
    if there_is_none() {
        return;
    }
    let bed = Bed::start().await;
    let browser = &bed.browser;
    bed.person(Role::Clinician, "Elena Marchetti").await;
    bed.sign_in(&address(Role::Clinician), "violet anchor pepper mosaic 42").await;
    browser.see("Sign in").await;
    assert!(browser.text("[role=alert]").await.contains("is not right"));
    bed.sign_in(&address(Role::Clinician), PASSWORD).await;
    // Nothing else opens before the second factor is there.
    browser.open("/account").await;
    let (secret, codes) = bed.enrol_app().await;
    assert_eq!(codes.len(), 10);
    bed.sign_out().await;

    bed.sign_in(&address(Role::Clinician), PASSWORD).await;
    browser.see("Second step").await;
    browser.open("/account").await;
    browser.see("Second step").await;
    browser.fill("code", "000000").await;
    browser.send("/sign-in/factor").await;
    browser.see("Second step").await;
    assert!(browser.text("[role=alert]").await.contains("is not right"));
    // The code of enrolling is used; the next one is taken half a minute early.
    browser.fill("code", &code(&secret, 1)).await;
    browser.send("/sign-in/factor").await;
    browser.see("My account").await;
    bed.sign_out().await;

    for (attempt, heading) in [(0, "My account"), (1, "Second step")] {
        bed.sign_in(&address(Role::Clinician), PASSWORD).await;
        browser.see("Second step").await;
        browser.fill("code", &codes[0]).await;
        browser.send("/sign-in/factor").await;
        browser.see(heading).await;
        if attempt == 0 {
            bed.sign_out().await;
        }
    }
    bed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_is_replaced_by_a_mailed_link_that_works_once() {
    if there_is_none() {
        return;
    }
    let bed = Bed::start().await;
    let browser = &bed.browser;
    bed.person(Role::Clinician, "Elena Marchetti").await;
    for email in ["nobody@tacenda.test".to_owned(), address(Role::Clinician)] {
        browser.open("/forgotten").await;
        browser.see("Forgotten password").await;
        browser.fill("email", &email).await;
        browser.send("/forgotten").await;
        browser.see("Check your mail").await;
    }
    let link = bed.mailbox.link_to(&address(Role::Clinician)).await;
    browser.open(&link).await;
    browser.see("Choose a new password").await;
    browser.fill("password", "password1234").await;
    browser.press("main button").await;
    browser.see("Choose a new password").await;
    assert!(browser.text("[role=alert]").await.contains("easy to guess"));
    let new = "copper lantern drizzle acorn 77";
    browser.fill("password", new).await;
    browser.press("main button").await;
    browser.see("Set up your second step").await;
    browser.open(&link).await;
    browser.see("This link no longer works").await;
    browser.open("/account").await;
    bed.sign_out().await;
    bed.sign_in(&address(Role::Clinician), PASSWORD).await;
    browser.see("Sign in").await;
    bed.sign_in(&address(Role::Clinician), new).await;
    browser.see("Set up your second step").await;
    bed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_sends_somebody_to_sign_in_and_they_come_back_to_it() {
    if there_is_none() {
        return;
    }
    let bed = Bed::start().await;
    let browser = &bed.browser;
    bed.person(Role::Clinician, "Elena Marchetti").await;
    bed.sign_in(&address(Role::Clinician), PASSWORD).await;
    let (_, codes) = bed.enrol_app().await;
    bed.sign_out().await;
    let application = Application::start(&bed).await;
    for (recovery, asked) in codes.iter().zip([true, false]) {
        browser.open_elsewhere(&application.home).await;
        browser.press("#go").await;
        browser.see("Sign in").await;
        browser.fill("email", &address(Role::Clinician)).await;
        browser.fill("password", PASSWORD).await;
        browser.send("/sign-in").await;
        browser.see("Second step").await;
        browser.fill("code", recovery).await;
        browser.send("/sign-in/factor").await;
        if asked {
            browser.see("Growth charts asks for access").await;
            browser.press("button[value='allow']").await;
        }
        // Who allowed it before goes on from the form of the second step.
        browser.see("Back at the application").await;
        let tokens = application.redeem(&application.code().await).await;
        assert!(tokens["access_token"].is_string() && tokens["id_token"].is_string(), "{tokens}");
        browser.open("/account").await;
        bed.sign_out().await;
    }
    bed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_suspended_is_out_within_five_seconds() {
    if there_is_none() {
        return;
    }
    let bed = Bed::start().await;
    let browser = &bed.browser;
    let person = bed.person(Role::Clinician, "Elena Marchetti").await;
    bed.sign_in(&address(Role::Clinician), PASSWORD).await;
    bed.enrol_app().await;
    browser.open("/account").await;
    browser.see("My account").await;
    bed.system.accounts.suspend(&Author::Operator, person, trace()).await.unwrap();
    // The promise: five seconds.
    tokio::time::sleep(Duration::from_secs(5)).await;
    browser.open("/account").await;
    browser.see("Sign in").await;
    bed.sign_in(&address(Role::Clinician), PASSWORD).await;
    browser.see("Sign in").await;
    assert!(browser.text("[role=alert]").await.contains("is not right"));
    bed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_can_be_used_by_everybody() {
    if there_is_none() {
        return;
    }
    let bed = Bed::start().await;
    let (browser, mut looker) = (&bed.browser, Looker::with(&bed.browser));
    let person = bed.person(Role::Clinician, "Elena Marchetti").await;
    bed.person(Role::Administrator, "Paolo Serra").await;
    for (name, path) in [
        ("sign-in", "/sign-in"),
        ("forgotten", "/forgotten"),
        ("forgotten-sent", "/forgotten/sent"),
        ("link-over", "/link/none"),
        ("not-found", "/nowhere"),
        ("unknown-application", "/oauth/authorize?client_id=none"),
    ] {
        browser.open(path).await;
        looker.look(name).await;
    }
    bed.sign_in(&address(Role::Administrator), "wrong").await;
    browser.see("Sign in").await;
    looker.look("sign-in-wrong").await;
    bed.sign_in(&address(Role::Administrator), PASSWORD).await;
    browser.see("Set up your second step").await;
    looker.look("enrol").await;
    browser.open("/account/factors/totp").await;
    looker.look("totp").await;
    let secret = browser.text(".key code").await;
    browser.fill("code", &code(&secret, 0)).await;
    browser.send("/account/factors/totp").await;
    browser.see("Your recovery codes").await;
    looker.look("recovery-codes").await;
    for (name, path) in [
        ("account", "/account"),
        ("account-email", "/account/email"),
        ("account-password", "/account/password"),
        ("account-factors", "/account/factors"),
        ("account-passkey", "/account/factors/passkey"),
        ("account-sessions", "/account/sessions"),
        ("account-history", "/account/history"),
        ("account-applications", "/account/applications"),
        ("prove-again", "/sign-in/factor"),
        ("people", "/people"),
        ("invite", "/people/invite"),
        ("applications", "/applications"),
        ("applications-new", "/applications/new"),
        ("sign-out", "/sign-out"),
    ] {
        browser.open(path).await;
        looker.look(name).await;
    }
    browser.open(&format!("/people/{person}")).await;
    browser.see("Elena Marchetti").await;
    looker.look("person").await;
    register(browser, "charts", "public").await;
    browser.see("Applications").await;
    looker.look("applications-registered").await;
    browser.open(ASKS).await;
    browser.see("charts asks for access").await;
    looker.look("consent").await;
    register(browser, "nightly", "secret").await;
    browser.see("The application is registered").await;
    looker.look("application-secret").await;
    bed.sign_out().await;
    bed.sign_in(&address(Role::Administrator), PASSWORD).await;
    browser.see("Second step").await;
    looker.look("second-step").await;
    browser.open("/forgotten").await;
    browser.fill("email", &address(Role::Clinician)).await;
    browser.send("/forgotten").await;
    browser.open(&bed.mailbox.link_to(&address(Role::Clinician)).await).await;
    browser.see("Choose a new password").await;
    looker.look("link").await;
    bed.stop().await;
}

/// An application asks to know who somebody is.
const ASKS: &str = "/oauth/authorize?response_type=code&client_id=charts&state=any&scope=openid%20profile\
                    &redirect_uri=https%3A%2F%2Fcharts.example%2Fback&code_challenge_method=S256\
                    &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Registers an application under its client id.
async fn register(browser: &Browser, client_id: &str, proof: &str) {
    browser.open("/applications/new").await;
    browser.fill("name", client_id).await;
    browser.fill("client_id", client_id).await;
    browser.press(&format!("input[value='{proof}']")).await;
    browser.fill("redirects", "https://charts.example/back").await;
    browser.send("/applications/new").await;
}
