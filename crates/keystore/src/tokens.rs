//! Who presents a token: the keystore verifies that itself, once for each token, under keys that it fetches.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use quick_cache::sync::Cache;
use tacenda_contracts::{
    accounts::{Accounts, BearerToken},
    keystore::{PermitError, PermitRequest},
};
use tacenda_crypto::{TokenError, TokenVerifier, sha256};
use tacenda_kernel::Actor;
use tokio::sync::Mutex;

use crate::service::Keystore;

/// Verified tokens kept at the same time.
const MOST: usize = 10_000;
/// How old the keys may be. Where they cannot be fetched, those that are here are good for longer.
const OLDEST_KEYS: SignedDuration = SignedDuration::from_secs(60);
/// How soon they are fetched again for a key that is not among them.
const YOUNGEST_KEYS: SignedDuration = SignedDuration::from_secs(1);

/// Verifies tokens and remembers the good ones, under their digest, until they end.
pub(crate) struct Tokens {
    accounts: Option<Arc<dyn Accounts>>,
    verifier: TokenVerifier,
    fetched: Mutex<Fetched>,
    verified: Cache<[u8; 32], Actor>,
}

impl Tokens {
    pub(crate) fn new(accounts: Option<Arc<dyn Accounts>>, issuer: &str, audience: &str) -> Self {
        let verifier = TokenVerifier::new(issuer, audience);
        Self { accounts, verifier, fetched: Mutex::new(Fetched::Never), verified: Cache::new(MOST) }
    }

    /// The actor, if the token is valid at `now`.
    pub(crate) async fn actor(&self, token: &BearerToken, now: Timestamp) -> Option<Actor> {
        // EXPOSE: the token is digested and verified; neither is kept with it.
        let text = token.expose();
        let name = sha256(text.as_bytes());
        if let Some(actor) = self.verified.get(&name) {
            return (now < actor.expires_at).then_some(actor);
        }
        self.fetch_keys(now, OLDEST_KEYS).await;
        let actor = match self.verifier.verify(text, now) {
            Err(TokenError::UnknownKey) => {
                self.fetch_keys(now, YOUNGEST_KEYS).await;
                self.verifier.verify(text, now).ok()?
            }
            verified => verified.ok()?,
        };
        self.verified.insert(name, actor.clone());
        Some(actor)
    }

    /// Fetches the keys that sign tokens, where those that are here are older than that. Who comes meanwhile waits for them.
    async fn fetch_keys(&self, now: Timestamp, oldest: SignedDuration) {
        let Some(accounts) = &self.accounts else { return };
        let mut fetched = self.fetched.lock().await;
        if !fetched.is_due(now, oldest) {
            return;
        }
        let keys = accounts.jwks().await.map_err(|error| error.to_string());
        let trusted = keys.and_then(|jwks| self.verifier.trust(&jwks).map_err(|error| error.to_string()));
        *fetched = match trusted {
            Ok(()) => Fetched::At(now),
            Err(error) => {
                tracing::error!(%error, "the keys that sign tokens could not be fetched");
                Fetched::FailedAt(now)
            }
        };
    }
}

/// When keys were fetched.
enum Fetched {
    Never,
    At(Timestamp),
    FailedAt(Timestamp),
}

impl Fetched {
    /// Whether they are to be fetched again. A clock that was set back is no reason to wait.
    fn is_due(&self, now: Timestamp, oldest: SignedDuration) -> bool {
        match self {
            Self::Never => true,
            Self::At(then) => now.duration_since(*then).abs() >= oldest,
            Self::FailedAt(then) => now.duration_since(*then).abs() >= YOUNGEST_KEYS,
        }
    }
}

impl Keystore {
    /// The actor of a request, or a refusal that is in the ledger.
    pub(crate) async fn identify(&self, request: &PermitRequest) -> Result<Actor, PermitError> {
        match self.tokens.actor(&request.token, self.clock.now()).await {
            Some(actor) => Ok(actor),
            None => Err(self.refuse_stranger(request).await),
        }
    }
}
