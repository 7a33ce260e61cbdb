//! The providers, and what each published: fetched when it is first needed, kept for an hour.
//!
//! A token under a key that is not known makes the keys be fetched anew, at most once a minute: so a provider may change
//! its keys at any time, and a stranger with invented tokens cannot make this server ask without end.

use std::sync::{Arc, PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};
use tacenda_crypto::{ProviderClaims, ProviderKeys, ProviderToken, ProviderTokenError, TokenSigner};
use tokio::sync::Mutex;

use super::{
    fetch::{Fetch, NoAnswer},
    metadata::{Metadata, discover},
    provider::{Provider, ProviderCredential, ProviderFault},
    refusal::Refusal,
};

/// How old what was published may be before it is fetched again.
const FRESH: SignedDuration = SignedDuration::from_hours(1);
/// How long it is used where it cannot be fetched again: a key that was withdrawn is believed no longer than that.
const USABLE: SignedDuration = SignedDuration::from_hours(24);
/// How often it is fetched at most.
const PAUSE: SignedDuration = SignedDuration::from_mins(1);
/// How often at most, while there is nothing yet.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_secs(5);

/// Every configured provider.
#[derive(Default)]
pub(crate) struct Directory {
    known: Vec<Known>,
    pub(super) fetch: Option<Fetch>,
}

/// A provider and what it published.
pub(crate) struct Known {
    pub(super) provider: Provider,
    /// Signs for this server where it proves itself by a key.
    pub(super) signer: Option<TokenSigner>,
    published: RwLock<Option<Arc<Published>>>,
    /// When it was last asked; held while it is asked, so that all wait for one answer.
    asked_at: Mutex<Option<Timestamp>>,
}

/// What a provider published, at one time.
pub(super) struct Published {
    pub(super) metadata: Metadata,
    keys: ProviderKeys,
    at: Timestamp,
}

/// Whether each can be believed as configured, and none is another's double.
///
/// # Errors
/// [`ProviderFault`] names the first thing that is wrong.
pub fn check_providers(providers: Vec<Provider>) -> Result<(), ProviderFault> {
    Directory::new(providers).map(drop)
}

impl Directory {
    /// Takes the providers, if each can be believed as configured and none is another's double. Nothing is asked yet.
    pub(crate) fn new(providers: Vec<Provider>) -> Result<Self, ProviderFault> {
        let mut known: Vec<Known> = Vec::with_capacity(providers.len());
        for provider in providers {
            provider.check()?;
            if known.iter().any(|other| other.provider.id == provider.id) {
                return Err(ProviderFault::Id);
            }
            if known.iter().any(|other| other.provider.issuer == provider.issuer) {
                return Err(ProviderFault::Issuer);
            }
            let signer = match &provider.credential {
                ProviderCredential::Secret(_) => None,
                ProviderCredential::Key(pkcs8) => {
                    let signer =
                        TokenSigner::from_pkcs8(pkcs8.clone(), &provider.client_id, &provider.issuer);
                    Some(signer.map_err(|_| ProviderFault::Key)?)
                }
            };
            known.push(Known { provider, signer, published: RwLock::default(), asked_at: Mutex::default() });
        }
        // Whoever has no provider needs no client.
        let fetch = if known.is_empty() { None } else { Fetch::new().ok() };
        Ok(Self { known, fetch })
    }

    pub(crate) fn providers(&self) -> impl Iterator<Item = &Provider> {
        self.known.iter().map(|known| &known.provider)
    }

    pub(super) fn named(&self, id: &str) -> Option<&Known> {
        self.known.iter().find(|known| known.provider.id == id)
    }

    /// Whether the API takes access tokens of any provider.
    pub(super) fn has_apis(&self) -> bool {
        self.known.iter().any(|known| known.provider.api.is_some())
    }

    /// The provider with this issuer whose access tokens the API takes.
    pub(super) fn of_api(&self, issuer: &str) -> Option<&Known> {
        self.known.iter().find(|known| known.provider.issuer == issuer && known.provider.api.is_some())
    }

    /// What the provider published, not older than it may be.
    pub(super) async fn published(&self, known: &Known, now: Timestamp) -> Result<Arc<Published>, NoAnswer> {
        let kept = known.kept();
        if let Some(kept) = &kept
            && kept.age(now) < FRESH
        {
            return Ok(Arc::clone(kept));
        }
        match self.fetch_once(known, kept.as_deref(), now).await {
            Some(published) => Ok(published),
            None => kept.filter(|kept| kept.age(now) < USABLE).ok_or(NoAnswer),
        }
    }

    /// The claims of a token that the provider signed and that is what is expected.
    pub(super) async fn verify(
        &self,
        known: &Known,
        token: &str,
        expected: ProviderToken<'_>,
        now: Timestamp,
    ) -> Result<ProviderClaims, Refusal> {
        let published = self.published(known, now).await?;
        let issuer = &known.provider.issuer;
        let verified = match published.keys.verify(token, issuer, expected, now) {
            Err(ProviderTokenError::UnknownKey) => {
                match self.fetch_once(known, Some(&published), now).await {
                    Some(newer) => newer.keys.verify(token, issuer, expected, now),
                    None => Err(ProviderTokenError::UnknownKey),
                }
            }
            verified => verified,
        };
        Ok(verified?)
    }

    /// Fetches what is newer than `old`, unless it was asked for a moment ago.
    async fn fetch_once(
        &self,
        known: &Known,
        old: Option<&Published>,
        now: Timestamp,
    ) -> Option<Arc<Published>> {
        let mut asked_at = known.asked_at.lock().await;
        let kept = known.kept();
        let newer = kept.as_ref().filter(|kept| old.is_none_or(|old| old.at < kept.at));
        if let Some(newer) = newer {
            return Some(Arc::clone(newer));
        }
        let pause = if kept.is_some() { PAUSE } else { FIRST_PAUSE };
        if asked_at.is_some_and(|at| now.duration_since(at).abs() < pause) {
            return None;
        }
        *asked_at = Some(now);
        let fetched = Arc::new(publish(self.fetch.as_ref()?, &known.provider, now).await.ok()?);
        *known.published.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&fetched));
        Some(fetched)
    }
}

impl Known {
    fn kept(&self) -> Option<Arc<Published>> {
        self.published.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Published {
    /// A clock that was set back makes nothing younger.
    fn age(&self, now: Timestamp) -> SignedDuration {
        now.duration_since(self.at).abs()
    }
}

async fn publish(fetch: &Fetch, provider: &Provider, at: Timestamp) -> Result<Published, NoAnswer> {
    let metadata = discover(fetch, provider).await?;
    let text = fetch.get(&metadata.jwks_uri).await?;
    let keys = ProviderKeys::read(&text).map_err(|_| {
        tracing::error!(provider = provider.id, "an identity provider publishes no key that is accepted");
        NoAnswer
    })?;
    Ok(Published { metadata, keys, at })
}
