//! Signing in at the hospital, from the first page to the last, and everybody who only says that they did.

use jiff::SignedDuration;
use tacenda_contracts::{
    accounts::sign_in::{Duty, SignIn as _, Standing},
    entry::{Event, Outcome},
};
use tacenda_kernel::{Language, Role, TraceId};

use crate::{hospital::Browser, with_bed};

with_bed! {
    fn somebody_signs_in_with_the_roles_that_the_mapping_gives(bed) {
        let browser = Browser::new();
        let arrival = bed.sign_in(&browser, "anna").await.unwrap();
        assert_eq!((arrival.next.as_str(), bed.session(&arrival).await.unwrap().standing), ("/account", Standing::Multi));
        let session = bed.session(&arrival).await.unwrap();
        assert_eq!(session.roles, [Role::Clinician], "`staff` is no role here");
        assert_eq!(session.display_name.expose(), "Anna Bianchi");
        assert_eq!((session.language, session.duties.len()), (Language::Italian, 0));
        let token = bed.system.accounts.token(&arrival.token, Role::Clinician, TraceId([1; 16]));
        assert_eq!(bed.api(token.await.unwrap().access_token.expose()).await, 200);
        let entries = bed.ledger().await;
        let of = |event: Event| entries.iter().rev().find(|entry| entry.event == event).unwrap();
        let made = of(Event::AccountChanged);
        assert_eq!(made.outcome, Outcome::Allowed);
        assert_eq!(made.said()[0], "provider/hospital");
        assert_eq!(made.said()[2..4], ["make/person", "link"]);
        let signed_in = of(Event::SignedIn);
        assert_eq!(signed_in.actor, Some(session.person));
        assert!(signed_in.said().contains(&"proof/provider/hospital".to_owned()));
        let again = bed.sign_in(&Browser::new(), "anna").await.unwrap();
        assert_eq!(bed.session(&again).await.unwrap().person, session.person, "the same account");
        assert!(bed.session(&arrival).await.is_some(), "both sessions go on");
    }

    fn one_factor_there_is_one_factor_here(bed) {
        let arrival = bed.sign_in(&Browser::new(), "ugo").await.unwrap();
        assert_eq!(bed.session(&arrival).await.unwrap().standing, Standing::Single);
        let session = bed.session(&arrival).await.unwrap();
        assert_eq!(session.duties, [Duty::EnrolSecondFactor]);
        let token = bed.system.accounts.token(&arrival.token, Role::Researcher, TraceId([1; 16]));
        assert!(token.await.is_err());
    }

    fn a_wrong_password_there_is_no_sign_in_here(bed) {
        let browser = Browser::new();
        let away = bed.depart(&browser).await;
        let back = browser.log_in_with(&away, "anna", "a guess").await;
        assert_eq!(bed.arrive(&browser, &back).await.err().unwrap(), 403);
        assert_eq!(bed.last_refusal().await, "declined-by-provider");
    }

    fn a_replayed_state_is_refused(bed) {
        let browser = Browser::new();
        let away = bed.depart(&browser).await;
        let back = browser.log_in(&away, "anna").await;
        bed.arrive(&browser, &back).await.unwrap();
        assert_eq!(bed.arrive(&browser, &back).await.err().unwrap(), 400);
        assert_eq!(bed.last_refusal().await, "unknown-state");
    }

    fn a_callback_in_another_browser_is_refused_and_spends_the_sign_in(bed) {
        let (anna, other) = (Browser::new(), Browser::new());
        let away = bed.depart(&anna).await;
        let back = anna.log_in(&away, "anna").await;
        assert_eq!(bed.arrive(&other, &back).await.err().unwrap(), 400);
        assert_eq!(bed.last_refusal().await, "another-browser");
        assert_eq!(bed.arrive(&anna, &back).await.err().unwrap(), 400);
    }

    fn a_sign_in_that_took_too_long_is_refused(bed) {
        let browser = Browser::new();
        let away = bed.depart(&browser).await;
        let back = browser.log_in(&away, "anna").await;
        bed.clock.advance(SignedDuration::from_mins(10));
        assert_eq!(bed.arrive(&browser, &back).await.err().unwrap(), 400);
        assert_eq!(bed.last_refusal().await, "too-late");
    }

    fn an_answer_in_the_name_of_another_issuer_is_refused(bed) {
        let browser = Browser::new();
        let away = bed.depart(&browser).await;
        let back = browser.log_in(&away, "anna").await;
        let (before, _) = back.split_once("&iss=").unwrap();
        for other in [before.to_owned(), format!("{before}&iss=https%3A%2F%2Fevil.example")] {
            // The state is spent by the first.
            assert_eq!(bed.arrive(&browser, &other).await.err().unwrap(), 400);
            let reason = if other == before { "other-issuer" } else { "unknown-state" };
            assert_eq!(bed.last_refusal().await, reason);
        }
    }

    fn a_code_of_somebody_else_s_sign_in_is_refused(bed) {
        let (anna, eva) = (Browser::new(), Browser::new());
        let (away_anna, away_eva) = (bed.depart(&anna).await, bed.depart(&eva).await);
        let back_anna = anna.log_in(&away_anna, "anna").await;
        let back_eva = eva.log_in(&away_eva, "eva").await;
        let code = |url: &str| crate::hospital::parameter(url, "code").unwrap();
        let mixed = back_eva.replace(&code(&back_eva), &code(&back_anna));
        assert_eq!(bed.arrive(&eva, &mixed).await.err().unwrap(), 400);
        assert_eq!(bed.last_refusal().await, "code-refused", "PKCE: the verifier is of the other sign-in");
    }

    fn keys_that_the_provider_changed_are_found(bed) {
        bed.sign_in(&Browser::new(), "anna").await.unwrap();
        bed.hospital.ask("rotate", serde_json::json!({ "issuer": bed.hospital.issuer })).await;
        let browser = Browser::new();
        assert_eq!(bed.sign_in(&browser, "anna").await.err().unwrap(), 400);
        assert_eq!(bed.last_refusal().await, "unknown-key", "asked less than a minute ago");
        bed.clock.advance(SignedDuration::from_secs(61));
        bed.sign_in(&Browser::new(), "anna").await.unwrap();
    }
}
