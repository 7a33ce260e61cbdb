//! The keys that sign tokens: made on the first start, kept sealed, replaced every 90 days.
//!
//! ```text
//!  published ──── 1 day ────▶ signs ──── 90 days ────▶ the next signs ──── 1 day ────▶ forgotten
//! ```
//!
//! A key is published before it signs, so that whoever keeps the JWKS for a day knows it by then; and it is believed
//! after it signed, until its last token is long over.

use std::sync::{Arc, PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::json;
use tacenda_crypto::{SignError, TokenSigner, TokenVerifier};
use tacenda_kernel::{Actor, Secret};
use tacenda_postgres::Database;

use crate::{
    error::OpenError,
    sealing::{Sealed, Sealer},
    store::signing_keys::{self, SigningKeyRow},
};

const SIGNS_FOR: SignedDuration = SignedDuration::from_hours(90 * 24);
const PUBLISHED_BEFORE: SignedDuration = SignedDuration::from_hours(24);
const BELIEVED_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// Signs as one issuer for one audience, and verifies what it signed.
pub(crate) struct Signing {
    names: Names,
    keys: RwLock<Keys>,
    pub(crate) verifier: Arc<TokenVerifier>,
}

/// Newest first.
struct Keys {
    signers: Vec<(Timestamp, Arc<TokenSigner>)>,
    jwks: String,
}

/// For whom tokens are signed, and as whom.
#[derive(Clone)]
pub(crate) struct Names {
    pub(crate) issuer: String,
    pub(crate) audience: String,
}

impl Signing {
    /// Opens the keys in force. Where there is none, it makes the first.
    pub(crate) async fn open(
        database: &Database,
        sealer: &Sealer,
        names: Names,
        now: Timestamp,
    ) -> Result<Self, OpenError> {
        let rows = signing_keys::current_or_first(database, now, || make(sealer, &names, now)).await?;
        let keys = Keys::open(&rows, sealer, &names)?;
        let verifier = TokenVerifier::new(&names.issuer, &names.audience);
        verifier.trust(&keys.jwks).map_err(|_| OpenError::SigningKey)?;
        Ok(Self { names, keys: RwLock::new(keys), verifier: Arc::new(verifier) })
    }

    /// Makes the next key when its time has come, forgets those that are over, and takes what other instances did.
    pub(crate) async fn keep_up(
        &self,
        database: &Database,
        sealer: &Sealer,
        now: Timestamp,
    ) -> Result<(), OpenError> {
        let todo = |rows: &[SigningKeyRow]| turn(rows, now, || self.next(sealer, now));
        let rows = signing_keys::turn(database, todo, now).await?;
        let keys = Keys::open(&rows, sealer, &self.names)?;
        self.verifier.trust(&keys.jwks).map_err(|_| OpenError::SigningKey)?;
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    /// A token that says who the actor is (RFC 9068).
    pub(crate) fn sign(&self, actor: &Actor, now: Timestamp) -> Result<Secret<String>, SignError> {
        self.signer(now).ok_or(SignError)?.sign(actor, now).map(Secret::new)
    }

    /// An ID token (OpenID Connect Core §2).
    pub(crate) fn sign_id<T: Serialize>(
        &self,
        claims: &T,
        now: Timestamp,
    ) -> Result<Secret<String>, SignError> {
        self.signer(now).ok_or(SignError)?.sign_id_token(claims).map(Secret::new)
    }

    /// The public keys (RFC 7517).
    pub(crate) fn jwks(&self) -> String {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).jwks.clone()
    }

    /// The newest key whose time to sign has come; where a clock was set back, the oldest.
    fn signer(&self, now: Timestamp) -> Option<Arc<TokenSigner>> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let due = keys.signers.iter().find(|(from, _)| *from <= now);
        due.or(keys.signers.last()).map(|(_, signer)| Arc::clone(signer))
    }

    fn next(&self, sealer: &Sealer, now: Timestamp) -> SigningKeyRow {
        make(sealer, &self.names, now.saturating_add(PUBLISHED_BEFORE).unwrap_or(now))
    }
}

impl Keys {
    fn open(rows: &[SigningKeyRow], sealer: &Sealer, names: &Names) -> Result<Self, OpenError> {
        let opened = rows.iter().map(|row| Ok((row.signs_from, Arc::new(open(row, sealer, names)?))));
        let signers: Vec<(Timestamp, Arc<TokenSigner>)> = opened.collect::<Result<_, OpenError>>()?;
        let public: Vec<_> = signers.iter().map(|(_, signer)| signer.jwk()).collect();
        Ok(Self { jwks: json!({ "keys": public }).to_string(), signers })
    }
}

/// What is to be done with the keys, newest first: another one made, and these forgotten.
fn turn(rows: &[SigningKeyRow], now: Timestamp, next: impl FnOnce() -> SigningKeyRow) -> signing_keys::Turn {
    let age = |row: &SigningKeyRow| now.duration_since(row.signs_from);
    let due = rows.first().is_none_or(|newest| age(newest) >= SIGNS_FOR - PUBLISHED_BEFORE);
    // The newest that signs has taken over from all behind it.
    let signing = rows.iter().position(|row| row.signs_from <= now);
    let over = signing.filter(|at| rows.get(*at).is_some_and(|row| age(row) >= BELIEVED_AFTER));
    let over = over.map_or(&[][..], |at| rows.get(at + 1..).unwrap_or_default());
    signing_keys::Turn { next: due.then(next), over: over.iter().map(|row| row.kid.clone()).collect() }
}

fn make(sealer: &Sealer, names: &Names, signs_from: Timestamp) -> SigningKeyRow {
    let signer = TokenSigner::make(&names.issuer, &names.audience);
    let kid = signer.kid().to_owned();
    // EXPOSE: the private key is sealed.
    let wrapped = sealer.seal(&Sealed::SigningKey(&kid, signs_from), signer.pkcs8().expose());
    SigningKeyRow { kid, wrapped, signs_from }
}

fn open(row: &SigningKeyRow, sealer: &Sealer, names: &Names) -> Result<TokenSigner, OpenError> {
    let pkcs8 = sealer.open(&Sealed::SigningKey(&row.kid, row.signs_from), &row.wrapped);
    let pkcs8 = pkcs8.map_err(|_| OpenError::SigningKey)?;
    TokenSigner::from_pkcs8(pkcs8, &names.issuer, &names.audience).map_err(|_| OpenError::SigningKey)
}
