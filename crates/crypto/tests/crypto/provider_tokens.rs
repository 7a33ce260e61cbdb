//! Tokens of an identity provider that is not ours: what each kind must say.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use tacenda_crypto::{ProviderKeys, ProviderToken, ProviderTokenError as Error, claimed_issuer};

const NOW: i64 = 1_795_000_000;
const ISSUER: &str = "https://login.hospital.example/realms/care";
const ID: ProviderToken<'_> = ProviderToken::Id { client: "tacenda", nonce: "n-1" };
const LOGOUT: ProviderToken<'_> = ProviderToken::Logout { client: "tacenda" };

struct Hospital {
    key: EncodingKey,
    jwk: Value,
}

impl Hospital {
    fn new(kid: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let (x, y) = (BASE64URL_NOPAD.encode(x), BASE64URL_NOPAD.encode(y));
        let jwk = json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": kid, "use": "sig" });
        Self { key: EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref()), jwk }
    }

    fn keys(&self) -> ProviderKeys {
        ProviderKeys::read(&json!({ "keys": [self.jwk] }).to_string()).unwrap()
    }

    fn sign(&self, typ: Option<&str>, kid: Option<&str>, claims: &Value) -> String {
        let mut header = Header::new(Algorithm::ES256);
        (header.typ, header.kid) = (typ.map(str::to_owned), kid.map(str::to_owned));
        encode(&header, claims, &self.key).unwrap()
    }

    fn try_as(&self, expected: ProviderToken<'_>, claims: &Value) -> Option<Error> {
        let token = self.sign(Some("JWT"), Some("k"), claims);
        self.keys().verify(&token, ISSUER, expected, now()).err()
    }
}

fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

fn access(clients: &[String]) -> ProviderToken<'_> {
    ProviderToken::Access { audience: "https://tacenda.example/fhir", clients }
}

fn id_claims() -> Value {
    json!({ "iss": ISSUER, "sub": "anna", "aud": "tacenda", "nonce": "n-1", "iat": NOW, "exp": NOW + 300 })
}

fn access_claims() -> Value {
    json!({ "iss": ISSUER, "sub": "anna", "aud": ["account", "https://tacenda.example/fhir"], "azp": "ward-app",
        "typ": "Bearer", "iat": NOW, "nbf": NOW, "exp": NOW + 300 })
}

fn logout_claims() -> Value {
    let events = json!({ "http://schemas.openid.net/event/backchannel-logout": {} });
    json!({ "iss": ISSUER, "sub": "anna", "sid": "s", "aud": "tacenda", "iat": NOW, "jti": "j", "events": events })
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

fn without(mut claims: Value, name: &str) -> Value {
    claims.as_object_mut().unwrap().remove(name);
    claims
}

#[test]
fn each_kind_is_taken_for_itself_only() {
    let hospital = Hospital::new("k");
    let kinds = [(ID, id_claims()), (access(&[]), access_claims()), (LOGOUT, logout_claims())];
    for (expected, (mine, _)) in kinds.iter().enumerate() {
        for (sent, (_, claims)) in kinds.iter().enumerate() {
            let refused = hospital.try_as(*mine, claims);
            assert_eq!(refused.is_none(), expected == sent, "{sent} as {expected}: {refused:?}");
        }
    }
    let hashed = with(access_claims(), "at_hash", json!("x"));
    assert_eq!(hospital.try_as(access(&[]), &hashed), Some(Error::OtherKind), "an ID token");
    let refresh = with(access_claims(), "typ", json!("Refresh"));
    assert_eq!(hospital.try_as(access(&[]), &refresh), Some(Error::OtherKind), "Keycloak's refresh token");
    let id_for_both = with(id_claims(), "aud", json!(["tacenda", "https://tacenda.example/fhir"]));
    let id_for_both = with(id_for_both, "typ", json!("ID"));
    assert_eq!(hospital.try_as(access(&[]), &id_for_both), Some(Error::OtherKind), "Keycloak's ID token");
}

#[test]
fn what_a_kind_must_say_is_missed() {
    let hospital = Hospital::new("k");
    let cases = [
        (
            ID,
            with(id_claims(), "iss", json!("https://login.hospital.example/realms/care/")),
            Error::OtherIssuer,
        ),
        (ID, without(id_claims(), "iss"), Error::OtherIssuer),
        (ID, with(id_claims(), "aud", json!("Tacenda")), Error::OtherAudience),
        (ID, without(id_claims(), "aud"), Error::OtherAudience),
        (ID, with(id_claims(), "aud", json!(["tacenda", "other"])), Error::OtherClient),
        (ID, with(id_claims(), "azp", json!("other")), Error::OtherClient),
        (ID, with(id_claims(), "nonce", json!("n-2")), Error::OtherNonce),
        (ID, without(id_claims(), "nonce"), Error::OtherNonce),
        (ID, without(id_claims(), "sub"), Error::OtherKind),
        (ID, with(id_claims(), "sub", json!("")), Error::OtherKind),
        (ID, with(id_claims(), "sub", json!("s".repeat(256))), Error::OtherKind),
        (ID, without(id_claims(), "iat"), Error::OtherKind),
        (ID, without(id_claims(), "exp"), Error::OtherKind),
        (ID, with(id_claims(), "exp", json!(NOW - 30)), Error::Expired),
        (ID, with(id_claims(), "exp", json!("later")), Error::OtherKind),
        (ID, with(id_claims(), "iat", json!(NOW + 31)), Error::NotYetValid),
        (ID, with(id_claims(), "nbf", json!(NOW + 31)), Error::NotYetValid),
        (LOGOUT, with(logout_claims(), "nonce", json!("n-1")), Error::OtherKind),
        (LOGOUT, with(logout_claims(), "events", json!({ "other": {} })), Error::OtherKind),
        (LOGOUT, without(logout_claims(), "jti"), Error::OtherKind),
        (LOGOUT, without(without(logout_claims(), "sub"), "sid"), Error::OtherKind),
        (LOGOUT, without(logout_claims(), "iat"), Error::OtherKind),
        (LOGOUT, with(logout_claims(), "iat", json!(NOW - 330)), Error::Expired),
    ];
    for (expected, claims, error) in cases {
        assert_eq!(hospital.try_as(expected, &claims), Some(error), "{claims}");
    }
    assert_eq!(hospital.try_as(ID, &with(id_claims(), "exp", json!(NOW - 29))), None, "30 s of leeway");
    assert_eq!(hospital.try_as(ID, &with(id_claims(), "exp", json!(NOW as f64 + 0.5))), None, "RFC 7519 §2");
    let both = with(with(id_claims(), "aud", json!(["tacenda", "other"])), "azp", json!("tacenda"));
    assert_eq!(hospital.try_as(ID, &both), None);
}

#[test]
fn an_access_token_was_given_to_a_client_that_is_named() {
    let hospital = Hospital::new("k");
    let (ward, other) = (["ward-app".to_owned()], ["other".to_owned()]);
    assert_eq!(hospital.try_as(access(&ward), &access_claims()), None);
    assert_eq!(hospital.try_as(access(&other), &access_claims()), Some(Error::OtherClient));
    let by_client_id = with(without(access_claims(), "azp"), "client_id", json!("ward-app"));
    assert_eq!(hospital.try_as(access(&ward), &by_client_id), None);
    assert_eq!(hospital.try_as(access(&ward), &without(access_claims(), "azp")), Some(Error::OtherClient));
}

#[test]
fn nothing_is_believed_unsigned_or_signed_in_another_way() {
    let hospital = Hospital::new("k");
    let keys = hospital.keys();
    let refused = |token: &str| keys.verify(token, ISSUER, ID, now()).err();
    let part = |value: Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let unsigned = format!("{}.{}.", part(json!({ "alg": "none", "kid": "k" })), part(id_claims()));
    assert_eq!(refused(&unsigned), Some(Error::Malformed));
    let public = serde_json::to_vec(&hospital.jwk).unwrap();
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some("k".to_owned());
    let symmetric = encode(&header, &id_claims(), &EncodingKey::from_secret(&public)).unwrap();
    assert_eq!(refused(&symmetric), Some(Error::Malformed));
    let stranger = Hospital::new("k").sign(None, Some("k"), &id_claims());
    assert_eq!(refused(&stranger), Some(Error::Refused));
    assert_eq!(refused(&hospital.sign(None, Some("newer"), &id_claims())), Some(Error::UnknownKey));
    assert_eq!(refused(&Hospital::new("k").sign(None, None, &id_claims())), Some(Error::UnknownKey));
    assert_eq!(refused(&hospital.sign(None, None, &id_claims())), None, "a set of keys without names");
    assert_eq!(refused(&hospital.sign(Some("at+jwt"), Some("k"), &id_claims())), Some(Error::Malformed));
    for no_token in ["", "a.b.c", "..", &"a".repeat(20_000)] {
        assert_eq!(refused(no_token), Some(Error::Malformed));
        assert_eq!(claimed_issuer(no_token), None);
    }
    assert_eq!(claimed_issuer(&hospital.sign(None, None, &id_claims())).as_deref(), Some(ISSUER));
}

#[test]
fn keys_that_are_not_to_sign_with_are_left_out() {
    let hospital = Hospital::new("k");
    let read = |keys: Value| ProviderKeys::read(&json!({ "keys": keys }).to_string()).is_ok();
    assert!(read(json!([hospital.jwk, { "kty": "new-kind", "x": 1 }])), "one of a kind to come");
    assert!(!read(json!([with(hospital.jwk.clone(), "use", json!("enc"))])));
    assert!(!read(json!([with(hospital.jwk.clone(), "alg", json!("HS256"))])));
    assert!(!read(json!([{ "kty": "oct", "k": "c2VjcmV0", "kid": "k" }])));
    assert!(!read(json!([])));
}

#[test]
fn claims_are_read_by_path() {
    let hospital = Hospital::new("k");
    let claims = with(id_claims(), "realm_access", json!({ "roles": ["dottore", 7, "imt"] }));
    let claims = with(claims, "https://example.org/role", json!("one"));
    let token = hospital.sign(None, Some("k"), &claims);
    let claims = hospital.keys().verify(&token, ISSUER, ID, now()).unwrap();
    assert_eq!(claims.texts(&["realm_access", "roles"]), ["dottore", "imt"]);
    assert_eq!(claims.texts(&["https://example.org/role"]), ["one"]);
    assert!(claims.texts(&["realm_access"]).is_empty() && claims.texts(&["sub", "x"]).is_empty());
    assert_eq!(claims.moment("iat"), Timestamp::from_second(NOW).ok());
    assert_eq!(format!("{claims:?}"), "ProviderClaims");
}
