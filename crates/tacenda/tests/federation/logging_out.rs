//! Signing out at the hospital.

use std::time::Duration;

use reqwest::{StatusCode, header};
use serde_json::{Value, json};
use tacenda_contracts::entry::Event;
use tacenda_kernel::{Clock as _, SystemClock};

use crate::{
    bed::Bed,
    hospital::{Browser, form, location, parameter},
    with_bed,
};

async fn send(bed: &Bed, token: &str) -> StatusCode {
    let url = format!("{}/oauth/backchannel-logout/hospital", bed.origin);
    let request = reqwest::Client::new().post(url).body(form(&[("logout_token", token)]));
    let answer = request.send().await.unwrap();
    assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
    answer.status()
}

fn claims(bed: &Bed) -> Value {
    let events = json!({ "http://schemas.openid.net/event/backchannel-logout": {} });
    let now = SystemClock.now().as_second();
    json!({ "iss": bed.hospital.issuer, "aud": "tacenda", "iat": now, "exp": now + 120, "sub": "anna",
        "events": events })
}

with_bed! {
    fn signing_out_there_ends_the_session_here(bed) {
        let (browser, elsewhere) = (Browser::new(), Browser::new());
        let arrival = bed.sign_in(&browser, "anna").await.unwrap();
        let other = bed.sign_in(&elsewhere, "anna").await.unwrap();
        assert!(bed.session(&arrival).await.is_some());
        let client = &browser.0;
        let page = client.get(format!("{}/session/end", bed.hospital.issuer)).send().await.unwrap();
        let page = page.text().await.unwrap();
        let xsrf = page.split("name=\"xsrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let request = client.post(format!("{}/session/end/confirm", bed.hospital.issuer));
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = request.body(form(&[("xsrf", xsrf), ("logout", "yes")])).send().await.unwrap();
        assert!(location(&answer).contains("/session/end/success"));
        // The provider told us before it answered, or tells us now.
        for _ in 0..100 {
            if bed.session(&arrival).await.is_none() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert!(bed.session(&arrival).await.is_none());
        assert!(bed.session(&other).await.is_some(), "it names one session there");
        let entries = bed.ledger().await;
        let ended = entries.iter().rev().find(|entry| entry.event == Event::SignedOut).unwrap();
        assert_eq!(ended.said()[0], "provider/hospital");
    }

    fn a_token_for_the_person_ends_all_their_sessions_once(bed) {
        let first = bed.sign_in(&Browser::new(), "anna").await.unwrap();
        let second = bed.sign_in(&Browser::new(), "anna").await.unwrap();
        let eva = bed.sign_in(&Browser::new(), "eva").await.unwrap();
        let token = bed.hospital.sign("right", claims(&bed)).await;
        assert_eq!(send(&bed, &token).await, 200);
        assert!(bed.session(&first).await.is_none() && bed.session(&second).await.is_none());
        assert!(bed.session(&eva).await.is_some());
        let third = bed.sign_in(&Browser::new(), "anna").await.unwrap();
        assert_eq!(send(&bed, &token).await, 400);
        assert_eq!(bed.last_refusal().await, "replayed-logout");
        assert!(bed.session(&third).await.is_some());
    }

    fn what_could_not_be_ended_is_ended_when_the_token_comes_again(bed) {
        let arrival = bed.sign_in(&Browser::new(), "anna").await.unwrap();
        let token = bed.hospital.sign("right", claims(&bed)).await;
        bed.sql("revoke delete on sessions from tacenda_accounts").await;
        assert_eq!(send(&bed, &token).await, 503);
        bed.sql("grant delete on sessions to tacenda_accounts").await;
        assert!(bed.session(&arrival).await.is_some());
        assert_eq!(send(&bed, &token).await, 200);
        assert!(bed.session(&arrival).await.is_none());
    }

    fn a_session_without_the_provider_s_number_is_meant_with_its_person(bed) {
        let numbered = bed.sign_in(&Browser::new(), "anna").await.unwrap();
        let other = bed.sign_in(&Browser::new(), "eva").await.unwrap();
        let (browser, now) = (Browser::new(), SystemClock.now().as_second());
        let away = bed.depart(&browser).await;
        let back = browser.log_in(&away, "anna").await;
        let identity = json!({ "iss": bed.hospital.issuer, "sub": "anna", "aud": "tacenda", "iat": now,
            "exp": now + 300, "nonce": parameter(&away, "nonce"), "realm_access": { "roles": ["dottore"] } });
        let identity = bed.hospital.sign("right", identity).await;
        bed.hospital.ask("answer-with", json!({ "token": identity })).await;
        let unnumbered = bed.arrive(&browser, &back).await.unwrap();
        let mut claims = claims(&bed);
        claims["sid"] = json!("another of Anna's");
        let token = bed.hospital.sign("right", claims).await;
        assert_eq!(send(&bed, &token).await, 200);
        assert!(bed.session(&numbered).await.is_some(), "it has another number");
        assert!(bed.session(&unnumbered).await.is_none());
        assert!(bed.session(&other).await.is_some());
    }

    fn what_is_no_logout_token_ends_nothing(bed) {
        let arrival = bed.sign_in(&Browser::new(), "anna").await.unwrap();
        let id_token = bed.hospital.ask("last-id-token", json!({})).await;
        assert_eq!((send(&bed, &id_token).await.as_u16(), bed.last_refusal().await.as_str()), (400, "other-kind"));
        let cases = [
            ("none", "sid", json!(null), "malformed"),
            ("stranger", "sid", json!(null), "wrong-signature"),
            ("right", "nonce", json!("n"), "other-kind"),
            ("right", "events", json!({}), "other-kind"),
            ("right", "aud", json!("viewer"), "other-audience"),
            ("right", "iss", json!("https://evil.example"), "other-issuer"),
            ("right", "exp", json!(SystemClock.now().as_second() - 60), "expired"),
        ];
        let mut told = vec!["other-kind"];
        for (how, name, value, reason) in cases {
            let mut claims = claims(&bed);
            claims[name] = value;
            let token = bed.hospital.sign(how, claims).await;
            assert_eq!(send(&bed, &token).await, 400, "{reason}");
            // The second of a kind within a minute is only counted.
            if !told.contains(&reason) {
                assert_eq!(bed.last_refusal().await, reason);
                told.push(reason);
            }
        }
        assert_eq!(send(&bed, "").await, 400);
        assert!(bed.session(&arrival).await.is_some());
    }
}
