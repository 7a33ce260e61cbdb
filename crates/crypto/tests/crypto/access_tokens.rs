//! Access tokens: the good one is believed, and each way of being wrong is refused.

use data_encoding::BASE64URL_NOPAD;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use tacenda_crypto::{TokenError, TokenSigner, TokenVerifier};
use tacenda_kernel::{Actor, ActorId, AuthStrength, Delegation, Narrowing, Pseudonym, Role};
use uuid::Uuid;

const ISSUER: &str = "https://localhost:8443";
const AUDIENCE: &str = "https://localhost:8443/fhir";

fn now() -> Timestamp {
    Timestamp::from_second(1_772_366_400).unwrap()
}

fn actor() -> Actor {
    Actor {
        id: ActorId(Uuid::from_u128(1)),
        role: Role::Clinician,
        strength: AuthStrength::Multi,
        patient: None,
        proven_at: Some(now() - SignedDuration::from_mins(3)),
        token_id: Uuid::from_u128(2),
        expires_at: now() + SignedDuration::from_mins(5),
        narrowing: None,
        delegation: None,
    }
}

fn world() -> (TokenSigner, TokenVerifier) {
    let signer = TokenSigner::make(ISSUER, AUDIENCE);
    let verifier = TokenVerifier::new(ISSUER, AUDIENCE);
    verifier.trust(&jwks(&signer)).unwrap();
    (signer, verifier)
}

fn jwks(signer: &TokenSigner) -> String {
    json!({ "keys": [signer.jwk()] }).to_string()
}

/// A token with the signer's own key, but header and claims as the test wants them.
fn forged(signer: &TokenSigner, edit: impl FnOnce(&mut Header, &mut Value)) -> String {
    let token = signer.sign(&actor(), now()).unwrap();
    let mut header = jsonwebtoken::decode_header(&token).unwrap();
    let claims = token.split('.').nth(1).unwrap();
    let mut claims = serde_json::from_slice(&BASE64URL_NOPAD.decode(claims.as_bytes()).unwrap()).unwrap();
    edit(&mut header, &mut claims);
    encode(&header, &claims, &EncodingKey::from_ec_der(signer.pkcs8().expose())).unwrap()
}

#[test]
fn the_actor_comes_back_as_they_were() {
    let (signer, verifier) = world();
    for role in Role::ALL {
        for strength in [AuthStrength::Single, AuthStrength::Multi, AuthStrength::Client] {
            for patient in [None, Some(Pseudonym::from_bytes([9; 16]))] {
                let actor = Actor { role, strength, patient, ..actor() };
                let token = signer.sign(&actor, now()).unwrap();
                assert_eq!(verifier.verify(&token, now()), Ok(actor));
            }
        }
    }
}

#[test]
fn scopes_and_the_application_come_back_as_they_were() {
    let (signer, verifier) = world();
    let delegation = Delegation {
        client: "app".to_owned(),
        authorisation: Uuid::from_u128(3),
        identity: vec!["openid".to_owned(), "profile".to_owned()],
    };
    let scopes = ["patient/Observation.rs", "user/*.cruds"].map(|scope| scope.parse().unwrap()).to_vec();
    for narrowing in [
        None,
        Some(Narrowing::default()),
        Some(Narrowing { scopes: scopes.clone(), patient: None }),
        Some(Narrowing { scopes, patient: Some([7; 16]) }),
    ] {
        let actor = Actor { narrowing, delegation: Some(delegation.clone()), ..actor() };
        let token = signer.sign(&actor, now()).unwrap();
        assert_eq!(verifier.verify(&token, now()), Ok(actor));
    }
}

#[test]
fn a_scope_that_does_not_name_the_role_gives_nothing_of_it() {
    let (signer, verifier) = world();
    let with = |scope: &str| {
        let token = forged(&signer, |_, claims| claims["scope"] = scope.into());
        verifier.verify(&token, now()).map(|actor| actor.narrowing)
    };
    assert_eq!(with("role:clinician"), Ok(None));
    assert_eq!(with(""), Ok(Some(Narrowing::default())));
    for other in ["role:patient", "role:clinician patient/*.rs", "openid", "patient/X.rs?a=b"] {
        assert_eq!(with(other), Err(TokenError::Refused), "{other}");
    }
}

#[test]
fn an_id_token_is_a_hint_and_no_access_token_and_the_other_way_round() {
    let (signer, verifier) = world();
    let claims = json!({ "iss": ISSUER, "sub": Uuid::from_u128(1), "aud": "app", "exp": 1 });
    let id_token = signer.sign_id_token(&claims).unwrap();
    let hint = verifier.verify_hint(&id_token).unwrap();
    assert_eq!((hint.sub, hint.aud.as_str()), (Uuid::from_u128(1), "app"));
    assert_eq!(verifier.verify(&id_token, now()), Err(TokenError::Malformed));
    let access_token = signer.sign(&actor(), now()).unwrap();
    assert_eq!(verifier.verify_hint(&access_token), Err(TokenError::Malformed));
    let of_another = signer.sign_id_token(&json!({ "iss": "x", "sub": Uuid::nil(), "aud": "app" })).unwrap();
    assert_eq!(verifier.verify_hint(&of_another), Err(TokenError::OtherIssuer));
    let stranger = TokenSigner::make(ISSUER, AUDIENCE).sign_id_token(&claims).unwrap();
    assert_eq!(verifier.verify_hint(&stranger), Err(TokenError::UnknownKey));
}

#[test]
fn a_token_holds_from_when_to_when_it_says() {
    let (signer, verifier) = world();
    let token = signer.sign(&actor(), now()).unwrap();
    let at = |seconds| verifier.verify(&token, now() + SignedDuration::from_secs(seconds)).map(drop);
    assert_eq!(at(299), Ok(()));
    assert_eq!(at(300), Err(TokenError::Expired));
    assert_eq!(at(-5), Ok(()));
    assert_eq!(at(-6), Err(TokenError::NotYetValid));
}

#[test]
fn other_claims_are_refused() {
    let (signer, verifier) = world();
    let check = |edit: fn(&mut Value)| {
        let token = forged(&signer, |_, claims| edit(claims));
        verifier.verify(&token, now()).map(drop)
    };
    assert_eq!(check(|_| ()), Ok(()));
    assert_eq!(check(|claims| claims["aud"] = json!(["other", AUDIENCE])), Ok(()));
    assert_eq!(check(|claims| claims["iss"] = json!("https://elsewhere")), Err(TokenError::OtherIssuer));
    assert_eq!(check(|claims| claims["aud"] = json!("other")), Err(TokenError::OtherAudience));
    assert_eq!(check(|claims| claims["aud"] = json!([])), Err(TokenError::OtherAudience));
    assert_eq!(check(|claims| claims["iat"] = json!(1_772_366_500)), Err(TokenError::NotYetValid));
    assert_eq!(check(|claims| claims["role"] = json!("king")), Err(TokenError::Refused));
    assert_eq!(check(|claims| claims["patient"] = json!("AAAA")), Err(TokenError::Refused));
    for claim in ["iss", "aud", "exp", "iat", "nbf", "sub", "jti", "role", "acr"] {
        let token = forged(&signer, |_, claims| drop(claims.as_object_mut().unwrap().remove(claim)));
        assert_eq!(verifier.verify(&token, now()), Err(TokenError::Refused), "{claim}");
    }
}

#[test]
fn other_headers_are_refused() {
    let (signer, verifier) = world();
    let check = |edit: fn(&mut Header)| {
        let token = forged(&signer, |header, _| edit(header));
        verifier.verify(&token, now()).map(drop)
    };
    assert_eq!(check(|header| header.typ = Some("application/AT+JWT".to_owned())), Ok(()));
    assert_eq!(check(|header| header.typ = Some("JWT".to_owned())), Err(TokenError::Malformed));
    assert_eq!(check(|header| header.typ = None), Err(TokenError::Malformed));
    assert_eq!(check(|header| header.crit = Some(vec!["b64".to_owned()])), Err(TokenError::Malformed));
    assert_eq!(check(|header| header.kid = None), Err(TokenError::UnknownKey));
    assert_eq!(check(|header| header.kid = Some("other".to_owned())), Err(TokenError::UnknownKey));
}

#[test]
fn a_public_key_is_no_hmac_secret_and_none_is_no_algorithm() {
    let (signer, verifier) = world();
    let token = signer.sign(&actor(), now()).unwrap();
    let claims: Value = jsonwebtoken::dangerous::insecure_decode_claims(&token).unwrap();
    let coordinate = |name| BASE64URL_NOPAD.decode(signer.jwk()[name].as_str().unwrap().as_bytes()).unwrap();
    let point = [vec![4], coordinate("x"), coordinate("y")].concat();
    for secret in [point.as_slice(), jwks(&signer).as_bytes(), b""] {
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(signer.kid().to_owned());
        let token = encode(&header, &claims, &EncodingKey::from_secret(secret)).unwrap();
        assert_eq!(verifier.verify(&token, now()), Err(TokenError::Malformed));
    }
    let payload = token.split('.').nth(1).unwrap();
    for alg in ["none", "None", "", "ES384"] {
        let header = json!({ "alg": alg, "typ": "at+jwt", "kid": signer.kid() }).to_string();
        let token = format!("{}.{payload}.", BASE64URL_NOPAD.encode(header.as_bytes()));
        assert_eq!(verifier.verify(&token, now()), Err(TokenError::Malformed), "{alg}");
    }
}

#[test]
fn anothers_key_and_altered_tokens_are_refused() {
    let (signer, verifier) = world();
    let other = TokenSigner::make(ISSUER, AUDIENCE);
    let foreign = other.sign(&actor(), now()).unwrap();
    assert_eq!(verifier.verify(&foreign, now()), Err(TokenError::UnknownKey));
    let kid = signer.kid().to_owned();
    let under_our_name = forged(&other, |header, _| header.kid = Some(kid));
    assert_eq!(verifier.verify(&under_our_name, now()), Err(TokenError::Refused));
    let token = signer.sign(&actor(), now()).unwrap();
    for index in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
        assert!(verifier.verify(&String::from_utf8(bytes).unwrap(), now()).is_err(), "character {index}");
    }
    for text in
        ["", ".", "..", "a.b.c", &token[..token.len() - 1], &format!("{token}."), &"A".repeat(100_000)]
    {
        assert!(verifier.verify(text, now()).is_err());
    }
}

#[test]
fn trust_is_replaced_and_an_empty_set_is_none() {
    let (signer, verifier) = world();
    let token = signer.sign(&actor(), now()).unwrap();
    for nothing in ["", "{}", r#"{"keys":[]}"#, r#"{"keys":[{"kty":"oct","k":"AAAA","kid":"x"}]}"#] {
        assert!(verifier.trust(nothing).is_err());
        assert!(verifier.verify(&token, now()).is_ok());
    }
    verifier.trust(&jwks(&TokenSigner::make(ISSUER, AUDIENCE))).unwrap();
    assert_eq!(verifier.verify(&token, now()), Err(TokenError::UnknownKey));
    assert_eq!(TokenVerifier::new(ISSUER, AUDIENCE).verify(&token, now()), Err(TokenError::UnknownKey));
}
