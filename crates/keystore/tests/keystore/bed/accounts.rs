//! Accounts of every role, and who signs their tokens.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tacenda_contracts::accounts::BearerToken;
use tacenda_crypto::{Claims, TokenSigner, TokenVerifier};
use tacenda_kernel::{Actor, ActorId, AuthStrength, Purpose, Role};
use uuid::Uuid;

pub(crate) struct Issuer(TokenSigner);

impl Issuer {
    pub(crate) fn new() -> Self {
        Self(TokenSigner::make().unwrap())
    }

    pub(crate) fn verifier(&self) -> Arc<TokenVerifier> {
        let verifier = TokenVerifier::new("tests", "tacenda");
        let jwks = serde_json::json!({ "keys": [self.0.jwk()] });
        verifier.trust(&jwks.to_string()).unwrap();
        Arc::new(verifier)
    }

    pub(crate) fn sign(&self, actor: &Actor, now: Timestamp) -> BearerToken {
        let number = |number: &[u8; 16]| data_encoding::BASE64URL_NOPAD.encode(number);
        let claims = Claims {
            iss: "tests".to_owned(),
            sub: actor.id.0,
            aud: "tacenda".to_owned(),
            client_id: "tests".to_owned(),
            exp: actor.expires_at.as_second(),
            iat: now.as_second(),
            nbf: now.as_second(),
            jti: actor.token_id,
            role: actor.role,
            strength: actor.strength,
            patient: actor.patient.map(|patient| number(&patient.to_bytes())),
            scope: String::new(),
        };
        self.0.sign(&claims).unwrap()
    }
}

/// An account that proved itself as its role must, with a token of five minutes.
pub(crate) fn account(role: Role, number: u128, now: Timestamp) -> Actor {
    let strength = match role {
        Role::Application | Role::Device => AuthStrength::Client,
        _ => AuthStrength::Multi,
    };
    Actor {
        id: ActorId(Uuid::from_u128(number * 100 + role as u128)),
        role,
        strength,
        patient: None,
        token_id: Uuid::from_u128(9),
        expires_at: now + SignedDuration::from_mins(5),
    }
}

/// The purpose for which a role comes.
pub(crate) fn purpose(role: Role) -> Purpose {
    match role {
        Role::Clinician | Role::Application | Role::Device => Purpose::Treatment,
        Role::Technician | Role::Monitor => Purpose::Operations,
        Role::Researcher => Purpose::Research,
        Role::Patient => Purpose::PatientRequest,
        Role::SecurityOfficer => Purpose::Compliance,
        Role::Administrator => Purpose::SystemAdministration,
    }
}
