//! Who presents a token: the keystore verifies that itself, once for each token, under keys that it fetches.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use quick_cache::sync::Cache;
use tacenda_contracts::{
    accounts::{Accounts, BearerToken},
    keystore::{PermitError, PermitRequest},
};
use tacenda_crypto::{TokenError, TokenVerifier, sha256};
use tacenda_kernel::{Actor, Clock};
use tokio::{sync::Mutex, time::timeout};

use crate::service::Keystore;

/// Verified tokens kept at the same time.
const MOST: usize = 10_000;
/// How old the keys may be. Where they cannot be fetched, those that are here are good for longer: for [`BELIEVED`].
const OLDEST_KEYS: SignedDuration = SignedDuration::from_secs(60);
/// How soon they are fetched again for a key that is not among them.
const YOUNGEST_KEYS: SignedDuration = SignedDuration::from_secs(1);

/// For how long keys are believed that cannot be fetched anew.
const BELIEVED: SignedDuration = SignedDuration::from_hours(24);
/// How long accounts have to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Verifies tokens and remembers the good ones, under their digest, until they end.
pub(crate) struct Tokens {
    accounts: Option<Arc<dyn Accounts>>,
    verifier: TokenVerifier,
    fetched: Mutex<Fetched>,
    /// Whether there are keys: then nobody waits for newer ones that somebody else fetches.
    has_keys: AtomicBool,
    verified: Cache<[u8; 32], Actor>,
}

/// Why nobody is known by a token.
pub(crate) enum NoActor {
    /// It is not valid.
    Stranger,
    /// It cannot be said: the keys could not be fetched.
    Unavailable,
}

/// When keys were fetched, and when that was last tried.
#[derive(Clone, Copy, Default)]
struct Fetched {
    at: Option<Timestamp>,
    tried_at: Option<Timestamp>,
}

impl Fetched {
    /// Whether they are to be fetched again. A clock that was set back is no reason to wait.
    fn is_due(&self, now: Timestamp, oldest: SignedDuration) -> bool {
        let oldest = if self.at == self.tried_at { oldest } else { YOUNGEST_KEYS };
        self.tried_at.is_none_or(|then| now.duration_since(then).abs() >= oldest)
    }

    fn is_believed(&self, now: Timestamp) -> bool {
        self.at.is_some_and(|then| now.duration_since(then) < BELIEVED)
    }
}

impl Tokens {
    pub(crate) fn new(accounts: Option<Arc<dyn Accounts>>, issuer: &str, audience: &str) -> Self {
        Self {
            accounts,
            verifier: TokenVerifier::new(issuer, audience),
            fetched: Mutex::default(),
            has_keys: AtomicBool::new(false),
            verified: Cache::new(MOST),
        }
    }

    /// The actor, if the token is valid now.
    pub(crate) async fn actor(&self, token: &BearerToken, clock: &dyn Clock) -> Result<Actor, NoActor> {
        // EXPOSE: the token is digested and verified; neither is kept with it.
        let text = token.expose();
        let name = sha256(text.as_bytes());
        if let Some(actor) = self.verified.get(&name) {
            return if clock.now() < actor.expires_at { Ok(actor) } else { Err(NoActor::Stranger) };
        }
        let Some(accounts) = &self.accounts else { return Err(NoActor::Stranger) };
        if !self.fetch_keys(accounts.as_ref(), clock, OLDEST_KEYS).await {
            return Err(NoActor::Unavailable);
        }
        let verified = match self.verifier.verify(text, clock.now()) {
            Err(TokenError::UnknownKey) => {
                self.fetch_keys(accounts.as_ref(), clock, YOUNGEST_KEYS).await;
                self.verifier.verify(text, clock.now())
            }
            verified => verified,
        };
        let actor = verified.map_err(|_| NoActor::Stranger)?;
        self.verified.insert(name, actor.clone());
        Ok(actor)
    }

    /// Fetches the keys that sign tokens, where those that are here are older than that; whether there are any to believe.
    async fn fetch_keys(&self, accounts: &dyn Accounts, clock: &dyn Clock, oldest: SignedDuration) -> bool {
        let mut fetched = match self.fetched.try_lock() {
            Ok(fetched) => fetched,
            Err(_) if self.has_keys.load(Ordering::Acquire) && oldest == OLDEST_KEYS => return true,
            Err(_) => self.fetched.lock().await,
        };
        if fetched.is_due(clock.now(), oldest) {
            let trusted = self.trusted(accounts).await;
            let now = clock.now();
            fetched.tried_at = Some(now);
            match trusted {
                Ok(()) => fetched.at = Some(now),
                Err(error) => tracing::error!(error, "the keys that sign tokens could not be fetched"),
            }
        }
        let is_believed = fetched.is_believed(clock.now());
        self.has_keys.store(is_believed, Ordering::Release);
        is_believed
    }

    async fn trusted(&self, accounts: &dyn Accounts) -> Result<(), String> {
        let jwks =
            timeout(PATIENCE, accounts.jwks()).await.map_err(|_| "accounts do not answer".to_owned())?;
        let jwks = jwks.map_err(|error| error.to_string())?;
        self.verifier.trust(&jwks).map_err(|error| error.to_string())
    }
}

impl Keystore {
    /// The actor of a request, or a refusal that is in the ledger.
    pub(crate) async fn identify(&self, request: &PermitRequest) -> Result<Actor, PermitError> {
        match self.tokens.actor(&request.token, self.clock.as_ref()).await {
            Ok(actor) => Ok(actor),
            Err(NoActor::Stranger) => Err(self.refuse_stranger(request).await),
            Err(NoActor::Unavailable) => Err(PermitError::Unavailable),
        }
    }
}
