//! The hospital's access tokens on the FHIR API.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tacenda_contracts::entry::Event;
use tacenda_kernel::{Clock as _, Role, SystemClock};

use crate::{
    bed::Bed,
    hospital::{AUDIENCE, Browser},
    with_bed,
};

/// The reason why a token of Anna's is refused, with one claim changed.
async fn refused(bed: &Bed, how: &str, name: &str, value: Value) -> String {
    let mut claims = bed.access_claims();
    claims[name] = value;
    let token = bed.hospital.sign(how, claims).await;
    match bed.api(&token).await.as_u16() {
        401 => bed.last_refusal().await,
        status => status.to_string(),
    }
}

/// The reason why nobody was identified.
async fn unauthenticated(bed: &Bed) -> String {
    let entries = bed.ledger().await;
    let last = entries.iter().rev().find(|entry| entry.event == Event::Unauthenticated).unwrap();
    last.reason.clone().unwrap()
}

fn seconds(from_now: i64) -> Value {
    json!(SystemClock.now().as_second() + from_now)
}

with_bed! {
    fn a_token_of_the_hospital_opens_the_api(bed) {
        let token = bed.hospital.access_token("anna", "openid").await;
        assert_eq!(bed.api(&token).await, 200);
        assert_eq!(bed.api(&token).await, 200);
        let entries = bed.ledger().await;
        let issued = entries.iter().filter(|entry| {
            entry.event == Event::TokenIssued && entry.said() == ["provider/hospital"]
        });
        let issued: Vec<_> = issued.collect();
        assert_eq!(issued.len(), 1, "it is exchanged once");
        assert_eq!(issued[0].role, Some(Role::Clinician));
        let arrival = bed.sign_in(&Browser::new(), "anna").await.unwrap();
        assert_eq!(Some(bed.session(&arrival).await.unwrap().person), issued[0].actor, "one account");
    }

    fn somebody_with_two_roles_says_which(bed) {
        let none = bed.hospital.access_token("eva", "openid").await;
        assert_eq!((bed.api(&none).await.as_u16(), bed.last_refusal().await.as_str()), (401, "ambiguous-role"));
        let clinician = bed.hospital.access_token("eva", "openid role:clinician").await;
        assert_eq!(bed.api(&clinician).await, 200);
    }

    fn keys_that_the_provider_changed_are_found(bed) {
        let before = bed.hospital.access_token("anna", "openid").await;
        assert_eq!(bed.api(&before).await, 200);
        bed.hospital.ask("rotate", json!({ "issuer": bed.hospital.issuer })).await;
        bed.clock.advance(SignedDuration::from_secs(61));
        let after = bed.hospital.access_token("anna", "openid").await;
        assert_eq!(bed.api(&after).await, 200);
        // Its exchange is over by then, and its key was withdrawn.
        bed.clock.advance(SignedDuration::from_mins(5));
        assert_eq!((bed.api(&before).await.as_u16(), bed.last_refusal().await.as_str()), (401, "unknown-key"));
    }

    fn a_token_ends_when_the_hospital_said(bed) {
        let mut claims = bed.access_claims();
        claims["exp"] = seconds(60);
        let token = bed.hospital.sign("right", claims).await;
        assert_eq!(bed.api(&token).await, 200);
        bed.clock.advance(SignedDuration::from_secs(91));
        assert_eq!((bed.api(&token).await.as_u16(), bed.last_refusal().await.as_str()), (401, "expired"));
    }

    fn an_id_token_is_refused(bed) {
        bed.sign_in(&Browser::new(), "anna").await.unwrap();
        let token = bed.hospital.ask("last-id-token", json!({})).await;
        assert_eq!((bed.api(&token).await.as_u16(), bed.last_refusal().await.as_str()), (401, "other-audience"));
        assert_eq!(refused(&bed, "right", "at_hash", json!(AUDIENCE)).await, "other-kind");
    }

    fn what_is_wrong_in_one_thing_is_refused(bed) {
        let cases = [
            ("right", "aud", json!("https://other.example/fhir"), "other-audience"),
            ("right", "aud", json!("tacenda"), "other-audience"),
            ("right", "azp", json!("other"), "other-client"),
            ("right", "sub", json!("viewer"), "not-a-person"),
            // As Keycloak names the account of a client.
            ("right", "preferred_username", json!("service-account-viewer"), "not-a-person"),
            ("public key as secret", "name", json!("Anna"), "malformed"),
            ("stranger", "name", json!("Anna"), "wrong-signature"),
            ("right", "exp", seconds(-60), "expired"),
            ("right", "nbf", seconds(120), "not-yet-valid"),
            ("right", "iat", seconds(120), "not-yet-valid"),
            // One factor opens no record, and SMART scopes narrow.
            ("right", "amr", json!(["pwd"]), "403"),
            ("right", "scope", json!("openid user/Observation.rs"), "403"),
            ("right", "scope", json!(["openid", "user/Observation.rs"]), "403"),
            ("right", "scope", json!(["openid", "user/Patient.rs"]), "200"),
            ("right", "scp", json!("user/Observation.rs"), "403"),
            ("right", "scp", json!(["user/Observation.rs"]), "403"),
            // What is there and is no list of words may have been meant to narrow.
            ("right", "scope", json!({ "user": "Patient" }), "403"),
            ("right", "scp", json!(["user/Patient.rs", 7]), "403"),
            ("right", "scope", json!("openid user/Patient.rs?a=b"), "403"),
            ("right", "scope", json!("openid user/Patient.rs"), "200"),
        ];
        for (how, name, value, reason) in cases {
            assert_eq!(refused(&bed, how, name, value).await, reason, "{how}, {name}");
        }
    }

    fn one_of_nobody_known_here_is_refused_as_any_text(bed) {
        let mut claims = bed.access_claims();
        for other in ["https://login.evil.example", &format!("{}/", bed.hospital.issuer), &bed.origin] {
            claims["iss"] = json!(other);
            let token = bed.hospital.sign("right", claims.clone()).await;
            assert_eq!((bed.api(&token).await.as_u16(), unauthenticated(&bed).await.as_str()), (401, "invalid-token"), "{other}");
        }
        // Not even the issuer of what is not signed is looked at.
        let unsigned = bed.hospital.sign("none", bed.access_claims()).await;
        assert_eq!((bed.api(&unsigned).await.as_u16(), unauthenticated(&bed).await.as_str()), (401, "invalid-token"));
    }
}
