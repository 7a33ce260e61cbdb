//! What the provider's token endpoint might answer, and nobody should believe.

use serde_json::{Value, json};
use tacenda_kernel::{Clock as _, SystemClock};

use crate::{
    bed::Bed,
    hospital::{Browser, parameter},
    with_bed,
};

/// The reason why a sign-in fails that is answered with this ID token instead of the right one.
async fn refused(bed: &Bed, how: &str, name: &str, value: Value) -> String {
    let browser = Browser::new();
    let away = bed.depart(&browser).await;
    let back = browser.log_in(&away, "anna").await;
    let now = SystemClock.now().as_second();
    let mut claims = json!({ "iss": bed.hospital.issuer, "sub": "anna", "aud": "tacenda", "iat": now,
        "exp": now + 300, "nonce": parameter(&away, "nonce"), "realm_access": { "roles": ["dottore"] } });
    claims[name] = value;
    let token = bed.hospital.sign(how, claims).await;
    bed.hospital.ask("answer-with", json!({ "token": token })).await;
    match bed.arrive(&browser, &back).await {
        Ok(_) => "signed in".to_owned(),
        Err(error) => {
            assert_eq!(error, 400);
            bed.last_refusal().await
        }
    }
}

fn seconds(from_now: i64) -> Value {
    json!(SystemClock.now().as_second() + from_now)
}

with_bed! {
    fn what_is_wrong_in_one_thing_is_refused(bed) {
        let other_issuer = json!(format!("{}/", bed.hospital.issuer));
        let cases = [
            ("right", "iss", other_issuer, "other-issuer"),
            ("right", "aud", json!("viewer"), "other-audience"),
            ("right", "azp", json!("viewer"), "other-client"),
            ("none", "name", json!("Anna"), "malformed"),
            ("public key as secret", "name", json!("Anna"), "malformed"),
            ("stranger", "name", json!("Anna"), "wrong-signature"),
            ("right", "exp", seconds(-60), "expired"),
            ("right", "nbf", seconds(120), "not-yet-valid"),
            ("right", "auth_time", seconds(-13 * 3600), "proven-too-long-ago"),
        ];
        for (how, name, value, reason) in cases {
            assert_eq!(refused(&bed, how, name, value).await, reason, "{how}, {name}");
        }
        assert_eq!(refused(&bed, "right", "name", json!("Anna")).await, "signed in");
    }

    fn one_of_an_earlier_sign_in_is_refused(bed) {
        bed.sign_in(&Browser::new(), "anna").await.unwrap();
        let earlier = bed.hospital.ask("last-id-token", json!({})).await;
        let browser = Browser::new();
        let away = bed.depart(&browser).await;
        let back = browser.log_in(&away, "anna").await;
        bed.hospital.ask("answer-with", json!({ "token": earlier })).await;
        assert_eq!(bed.arrive(&browser, &back).await.err().unwrap(), 400);
        assert_eq!(bed.last_refusal().await, "other-nonce");
    }
}
