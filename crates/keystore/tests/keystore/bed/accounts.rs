//! Accounts of every role, and who signs their tokens.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tacenda_contracts::accounts::BearerToken;
use tacenda_crypto::{TokenSigner, TokenVerifier};
use tacenda_kernel::{Actor, ActorId, AuthStrength, Purpose, Role, Secret};
use uuid::Uuid;

pub(crate) struct Issuer(TokenSigner);

impl Issuer {
    pub(crate) fn new() -> Self {
        Self(TokenSigner::make("tests", "tacenda"))
    }

    pub(crate) fn verifier(&self) -> Arc<TokenVerifier> {
        let verifier = TokenVerifier::new("tests", "tacenda");
        let jwks = serde_json::json!({ "keys": [self.0.jwk()] });
        verifier.trust(&jwks.to_string()).unwrap();
        Arc::new(verifier)
    }

    pub(crate) fn sign(&self, actor: &Actor, now: Timestamp) -> BearerToken {
        Secret::new(self.0.sign(actor, now).unwrap())
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
        proven_at: (strength == AuthStrength::Multi).then_some(now),
        token_id: Uuid::from_u128(9),
        expires_at: now + SignedDuration::from_mins(5),
        narrowing: None,
        delegation: None,
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
