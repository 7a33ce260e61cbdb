//! Who presents a token: the keystore verifies that itself, once for each token.

use std::sync::Arc;

use jiff::Timestamp;
use quick_cache::sync::Cache;
use tacenda_contracts::{
    accounts::BearerToken,
    keystore::{PermitError, PermitRequest},
};
use tacenda_crypto::{TokenVerifier, sha256};
use tacenda_kernel::Actor;

use crate::service::Keystore;

/// Verified tokens kept at the same time.
const MOST: usize = 10_000;

/// Verifies tokens and remembers the good ones, under their digest, until they end.
pub(crate) struct Tokens {
    verifier: Arc<TokenVerifier>,
    verified: Cache<[u8; 32], Actor>,
}

impl Tokens {
    pub(crate) fn new(verifier: Arc<TokenVerifier>) -> Self {
        Self { verifier, verified: Cache::new(MOST) }
    }

    /// The actor, if the token is valid at `now`.
    pub(crate) fn actor(&self, token: &BearerToken, now: Timestamp) -> Option<Actor> {
        // EXPOSE: the token is digested and verified; neither is kept with it.
        let text = token.expose();
        let name = sha256(text.as_bytes());
        if let Some(actor) = self.verified.get(&name) {
            return (now < actor.expires_at).then_some(actor);
        }
        let actor = self.verifier.verify(text, now).ok()?;
        self.verified.insert(name, actor.clone());
        Some(actor)
    }
}

impl Keystore {
    /// The actor of a request, or a refusal that is in the ledger.
    pub(crate) async fn identify(&self, request: &PermitRequest) -> Result<Actor, PermitError> {
        match self.tokens.actor(&request.token, self.clock.now()) {
            Some(actor) => Ok(actor),
            None => Err(self.refuse_stranger(request).await),
        }
    }
}
