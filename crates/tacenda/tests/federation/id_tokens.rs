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
    fn one_that_is_right_is_believed(bed) {
        assert_eq!(refused(&bed, "right", "name", json!("Anna")).await, "signed in");
    }

    fn one_of_another_issuer_is_refused(bed) {
        let other = json!(format!("{}/", bed.hospital.issuer));
        assert_eq!(refused(&bed, "right", "iss", other).await, "other-issuer");
    }

    fn one_for_another_audience_is_refused(bed) {
        assert_eq!(refused(&bed, "right", "aud", json!("viewer")).await, "other-audience");
    }

    fn one_given_to_another_client_is_refused(bed) {
        assert_eq!(refused(&bed, "right", "azp", json!("viewer")).await, "other-client");
    }

    fn one_that_is_not_signed_is_refused(bed) {
        assert_eq!(refused(&bed, "none", "name", json!("Anna")).await, "malformed");
    }

    fn one_signed_with_the_public_key_as_a_secret_is_refused(bed) {
        assert_eq!(refused(&bed, "public key as secret", "name", json!("Anna")).await, "malformed");
    }

    fn one_signed_by_a_stranger_is_refused(bed) {
        assert_eq!(refused(&bed, "stranger", "name", json!("Anna")).await, "wrong-signature");
    }

    fn one_that_expired_is_refused(bed) {
        assert_eq!(refused(&bed, "right", "exp", seconds(-60)).await, "expired");
    }

    fn one_that_is_not_valid_yet_is_refused(bed) {
        assert_eq!(refused(&bed, "right", "nbf", seconds(120)).await, "not-yet-valid");
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

    fn one_that_was_proven_too_long_ago_is_refused(bed) {
        assert_eq!(refused(&bed, "right", "auth_time", seconds(-13 * 3600)).await, "proven-too-long-ago");
    }
}
