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
            entry.event == Event::TokenIssued && entry.elements == ["provider/hospital"]
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

    fn smart_scopes_narrow(bed) {
        assert_eq!(refused(&bed, "right", "scope", json!("openid user/Patient.rs")).await, "200");
        assert_eq!(refused(&bed, "right", "scope", json!("openid user/Observation.rs")).await, "403");
        assert_eq!(refused(&bed, "right", "scope", json!("openid user/Patient.rs?a=b")).await, "403");
    }

    fn one_factor_opens_no_record(bed) {
        assert_eq!(refused(&bed, "right", "amr", json!(["pwd"])).await, "403");
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

    fn one_of_another_issuer_is_refused(bed) {
        let mut claims = bed.access_claims();
        for other in ["https://login.evil.example", &format!("{}/", bed.hospital.issuer), &bed.origin] {
            claims["iss"] = json!(other);
            let token = bed.hospital.sign("right", claims.clone()).await;
            assert_eq!(bed.api(&token).await, 401);
            let entries = bed.ledger().await;
            let last = entries.iter().rev().find(|entry| entry.event == Event::Unauthenticated).unwrap();
            assert_eq!(last.reason.as_deref(), Some("invalid-token"), "{other} is nobody's issuer here");
        }
    }

    fn one_for_another_audience_is_refused(bed) {
        assert_eq!(refused(&bed, "right", "aud", json!("https://other.example/fhir")).await, "other-audience");
        assert_eq!(refused(&bed, "right", "aud", json!("tacenda")).await, "other-audience");
    }

    fn one_given_to_another_client_is_refused(bed) {
        assert_eq!(refused(&bed, "right", "azp", json!("other")).await, "other-client");
    }

    fn one_that_a_program_got_for_itself_is_refused(bed) {
        assert_eq!(refused(&bed, "right", "sub", json!("viewer")).await, "not-a-person");
    }

    fn an_id_token_is_refused(bed) {
        bed.sign_in(&Browser::new(), "anna").await.unwrap();
        let token = bed.hospital.ask("last-id-token", json!({})).await;
        assert_eq!((bed.api(&token).await.as_u16(), bed.last_refusal().await.as_str()), (401, "other-audience"));
        assert_eq!(refused(&bed, "right", "at_hash", json!(AUDIENCE)).await, "other-kind");
    }

    fn one_that_is_not_signed_is_refused(bed) {
        let token = bed.hospital.sign("none", bed.access_claims()).await;
        assert_eq!(bed.api(&token).await, 401);
        let entries = bed.ledger().await;
        let last = entries.iter().rev().find(|entry| entry.event == Event::Unauthenticated).unwrap();
        assert_eq!(last.reason.as_deref(), Some("invalid-token"), "not even its issuer is looked at");
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
        assert_eq!(refused(&bed, "right", "iat", seconds(120)).await, "not-yet-valid");
    }
}
