//! Accounts of every role, and who signs their tokens.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use tacenda_contracts::accounts::{
    Accounts, BearerToken, IdentifyError, IssuedToken, TokenError, TokenRequest,
};
use tacenda_crypto::TokenSigner;
use tacenda_kernel::{Actor, ActorId, AuthStrength, Purpose, RequestContext, Role, Secret};
use uuid::Uuid;

pub(crate) struct Issuer(TokenSigner);

/// Accounts of which the keystore needs no more.
pub(crate) struct KeysOnly(String);

#[async_trait]
impl Accounts for KeysOnly {
    async fn identify(&self, _: Option<&BearerToken>, _: RequestContext) -> Result<Actor, IdentifyError> {
        Err(IdentifyError::Unavailable)
    }

    async fn issue_token(&self, _: TokenRequest) -> Result<IssuedToken, TokenError> {
        Err(TokenError::Unavailable)
    }

    async fn is_application(&self, _: &str) -> Result<bool, IdentifyError> {
        Err(IdentifyError::Unavailable)
    }

    async fn jwks(&self) -> Result<String, IdentifyError> {
        Ok(self.0.clone())
    }
}

impl Issuer {
    pub(crate) fn new() -> Self {
        Self(TokenSigner::make("tests", "tacenda"))
    }

    /// The service that has its keys.
    pub(crate) fn accounts(&self) -> Arc<KeysOnly> {
        Arc::new(KeysOnly(serde_json::json!({ "keys": [self.0.jwk()] }).to_string()))
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
