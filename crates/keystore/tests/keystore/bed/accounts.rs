//! Accounts of every role, and who signs their tokens.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use tacenda_contracts::accounts::{
    Accounts, BearerToken, IdentifyError, IssuedToken, TokenError, TokenRequest,
};
use tacenda_crypto::TokenSigner;
use tacenda_kernel::{Actor, ActorId, AuthStrength, Purpose, RequestContext, Role, Secret};
use uuid::Uuid;

pub(crate) struct Issuer {
    signer: TokenSigner,
    accounts: Arc<KeysOnly>,
}

/// Accounts of which the keystore needs no more than the keys.
pub(crate) struct KeysOnly {
    keys: String,
    stopped: AtomicBool,
    /// How often they were asked for.
    pub(crate) asked: AtomicUsize,
}

impl KeysOnly {
    pub(crate) fn stop(&self, stopped: bool) {
        self.stopped.store(stopped, Ordering::SeqCst);
    }
}

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
        self.asked.fetch_add(1, Ordering::SeqCst);
        // Others who come meanwhile find it under way.
        tokio::task::yield_now().await;
        if self.stopped.load(Ordering::SeqCst) {
            return Err(IdentifyError::Unavailable);
        }
        Ok(self.keys.clone())
    }
}

impl Issuer {
    pub(crate) fn new() -> Self {
        let signer = TokenSigner::make("tests", "tacenda");
        let keys = serde_json::json!({ "keys": [signer.jwk()] }).to_string();
        let accounts = KeysOnly { keys, stopped: AtomicBool::default(), asked: AtomicUsize::default() };
        Self { signer, accounts: Arc::new(accounts) }
    }

    /// The service that has its keys.
    pub(crate) fn accounts(&self) -> Arc<KeysOnly> {
        Arc::clone(&self.accounts)
    }

    pub(crate) fn sign(&self, actor: &Actor, now: Timestamp) -> BearerToken {
        Secret::new(self.signer.sign(actor, now).unwrap())
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
