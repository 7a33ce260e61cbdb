//! `private_key_jwt`: what a client signs about itself.

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
        EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RsaKeyPair,
    },
};
use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use tacenda_crypto::{AssertionError, check_client_keys, claimed_client, verify_client_assertion};

const NOW: i64 = 1_772_366_400;

struct Client {
    key: EncodingKey,
    algorithm: Algorithm,
    jwk: Value,
}

fn b64(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

impl Client {
    fn ec(signing: &'static EcdsaSigningAlgorithm, algorithm: Algorithm, curve: &str) -> Self {
        let pair = EcdsaKeyPair::generate(signing).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(pair.public_key().as_ref().len() / 2);
        let jwk = json!({ "kty": "EC", "crv": curve, "kid": "k", "x": b64(x), "y": b64(y) });
        Self { key: EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref()), algorithm, jwk }
    }

    fn p256() -> Self {
        Self::ec(&ECDSA_P256_SHA256_FIXED_SIGNING, Algorithm::ES256, "P-256")
    }

    fn ed25519() -> Self {
        let pair = Ed25519KeyPair::generate().unwrap();
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "kid": "k", "x": b64(pair.public_key().as_ref()) });
        let key = EncodingKey::from_ed_der(pair.to_pkcs8().unwrap().as_ref());
        Self { key, algorithm: Algorithm::EdDSA, jwk }
    }

    fn rsa() -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let (n, e) = (pair.public_key().modulus(), pair.public_key().exponent());
        let n = b64(n.big_endian_without_leading_zero());
        let e = b64(e.big_endian_without_leading_zero());
        let jwk = json!({ "kty": "RSA", "kid": "k", "alg": "RS384", "use": "sig", "n": n, "e": e });
        let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        // The library wants the PKCS#1 key, which PKCS#8 holds behind 26 bytes for this size.
        Self { key: EncodingKey::from_rsa_der(&der.as_ref()[26..]), algorithm: Algorithm::RS384, jwk }
    }

    fn jwks(&self) -> String {
        json!({ "keys": [self.jwk] }).to_string()
    }

    fn sign(&self, edit: impl FnOnce(&mut Header, &mut Value)) -> String {
        let mut header = Header::new(self.algorithm);
        header.kid = Some("k".to_owned());
        let mut claims = json!({
            "iss": "app", "sub": "app", "aud": "https://here/token", "exp": NOW + 300, "jti": "one",
        });
        edit(&mut header, &mut claims);
        encode(&header, &claims, &self.key).unwrap()
    }

    fn verify(&self, assertion: &str) -> Result<String, AssertionError> {
        let audiences = ["https://here".to_owned(), "https://here/token".to_owned()];
        let now = Timestamp::from_second(NOW).unwrap();
        verify_client_assertion(assertion, "app", &self.jwks(), &audiences, now).map(|proven| proven.jti)
    }
}

#[test]
fn each_accepted_algorithm_proves_the_client() {
    let p384 = Client::ec(&ECDSA_P384_SHA384_FIXED_SIGNING, Algorithm::ES384, "P-384");
    for client in [Client::p256(), p384, Client::ed25519(), Client::rsa()] {
        assert_eq!(check_client_keys(&client.jwks()), Ok(()), "{:?}", client.algorithm);
        let assertion = client.sign(|_, _| ());
        assert_eq!(claimed_client(&assertion).as_deref(), Ok("app"));
        assert_eq!(client.verify(&assertion).as_deref(), Ok("one"), "{:?}", client.algorithm);
        assert_eq!(client.verify(&client.sign(|header, _| header.kid = None)).as_deref(), Ok("one"));
        let other_kid = client.sign(|header, _| header.kid = Some("other".to_owned()));
        assert_eq!(client.verify(&other_kid), Err(AssertionError::Refused));
        let (signed, _) = assertion.rsplit_once('.').unwrap();
        assert!(client.verify(&format!("{signed}.AAAA")).is_err());
    }
}

#[test]
fn weaker_or_shared_algorithms_prove_nothing() {
    let rsa = Client::rsa();
    let by_rs256 = Client { algorithm: Algorithm::RS256, ..rsa }.sign(|_, _| ());
    let rsa = Client::rsa();
    assert_eq!(rsa.verify(&by_rs256), Err(AssertionError::Refused));
    let client = Client::p256();
    for secret in [client.jwks().into_bytes(), vec![]] {
        let shared = Client {
            key: EncodingKey::from_secret(&secret),
            algorithm: Algorithm::HS256,
            jwk: client.jwk.clone(),
        };
        assert_eq!(client.verify(&shared.sign(|_, _| ())), Err(AssertionError::Refused));
    }
    let other = Client::p256().sign(|_, _| ());
    assert_eq!(client.verify(&other), Err(AssertionError::Refused));
}

#[test]
fn each_claim_is_checked() {
    let client = Client::p256();
    let check =
        |name: &str, value: Value| client.verify(&client.sign(|_, claims| claims[name] = value)).map(drop);
    assert_eq!(check("iss", json!("other")), Err(AssertionError::OtherClient));
    assert_eq!(check("sub", json!("other")), Err(AssertionError::OtherClient));
    assert_eq!(check("aud", json!("https://there")), Err(AssertionError::OtherAudience));
    assert_eq!(check("aud", json!(["https://there", "https://here"])), Ok(()));
    assert_eq!(check("jti", json!("")), Err(AssertionError::Malformed));
    assert_eq!(check("exp", json!(NOW + 306)), Err(AssertionError::WrongTime));
    assert_eq!(check("exp", json!(NOW - 5)), Err(AssertionError::WrongTime));
    assert_eq!(check("exp", json!(NOW as f64 + 60.5)), Ok(()));
    assert_eq!(check("exp", json!(1e300)), Err(AssertionError::WrongTime));
    assert_eq!(check("nbf", json!(NOW + 6)), Err(AssertionError::WrongTime));
    assert_eq!(check("iat", json!(NOW + 6)), Err(AssertionError::WrongTime));
    assert_eq!(check("iat", json!(NOW)), Ok(()));
    for claim in ["iss", "sub", "aud", "exp", "jti"] {
        let without = client.sign(|_, claims| drop(claims.as_object_mut().unwrap().remove(claim)));
        assert_eq!(client.verify(&without), Err(AssertionError::Refused), "{claim}");
    }
}

#[test]
fn only_public_keys_of_accepted_kinds_may_be_registered() {
    let with = |name: &str, value: Value| {
        let mut jwk = Client::p256().jwk;
        jwk[name] = value;
        check_client_keys(&json!({ "keys": [jwk] }).to_string()).is_ok()
    };
    assert!(with("use", json!("sig")) && with("alg", json!("ES256")));
    assert!(!with("d", json!("AAAA")) && !with("k", json!("AAAA")));
    assert!(!with("use", json!("enc")) && !with("alg", json!("ES384")) && !with("crv", json!("P-521")));
    let many: Vec<Value> = (0..11).map(|_| Client::p256().jwk).collect();
    let shared = json!({ "keys": [{ "kty": "oct", "k": "AAAA" }] }).to_string();
    for wrong in
        ["", "{}", r#"{"keys":[]}"#, r#"{"keys":[{}]}"#, &shared, &json!({ "keys": many }).to_string()]
    {
        assert!(check_client_keys(wrong).is_err(), "{wrong}");
    }
}
