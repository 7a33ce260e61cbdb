//! The keys that sign access tokens: made on the first start, kept sealed.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;
use tacenda_crypto::{SignError, TokenSigner, TokenVerifier};
use tacenda_kernel::{Actor, Secret};
use tacenda_postgres::Database;

use crate::{
    error::OpenError,
    sealing::{Sealed, Sealer},
    store::signing_keys::{self, SigningKeyRow},
};

/// Signs as one issuer for one audience, and verifies what it signed.
pub(crate) struct Signing {
    signer: TokenSigner,
    pub(crate) jwks: String,
    pub(crate) verifier: Arc<TokenVerifier>,
}

/// For whom tokens are signed, and as whom.
#[derive(Clone, Copy)]
pub(crate) struct Names<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) audience: &'a str,
}

impl Signing {
    /// Opens the keys in force; the newest signs, all are believed. Where there is none, it makes the first.
    pub(crate) async fn open(
        database: &Database,
        sealer: &Sealer,
        names: Names<'_>,
        now: Timestamp,
    ) -> Result<Self, OpenError> {
        let rows = signing_keys::current_or_first(database, now, || first(sealer, names)).await?;
        let opened: Result<Vec<_>, _> = rows.iter().map(|row| open(row, sealer, names)).collect();
        let signers = opened?;
        let jwks = json!({ "keys": signers.iter().map(TokenSigner::jwk).collect::<Vec<_>>() }).to_string();
        let verifier = TokenVerifier::new(names.issuer, names.audience);
        verifier.trust(&jwks).map_err(|_| OpenError::SigningKey)?;
        let signer = signers.into_iter().next().ok_or(OpenError::SigningKey)?;
        Ok(Self { signer, jwks, verifier: Arc::new(verifier) })
    }

    /// A token that says who the actor is (RFC 9068).
    pub(crate) fn sign(&self, actor: &Actor, now: Timestamp) -> Result<Secret<String>, SignError> {
        self.signer.sign(actor, now).map(Secret::new)
    }
}

fn first(sealer: &Sealer, names: Names<'_>) -> SigningKeyRow {
    let signer = TokenSigner::make(names.issuer, names.audience);
    let kid = signer.kid().to_owned();
    // EXPOSE: the private key is sealed.
    SigningKeyRow { wrapped: sealer.seal(&Sealed::SigningKey(&kid), signer.pkcs8().expose()), kid }
}

fn open(row: &SigningKeyRow, sealer: &Sealer, names: Names<'_>) -> Result<TokenSigner, OpenError> {
    let pkcs8 = sealer.open(&Sealed::SigningKey(&row.kid), &row.wrapped);
    let pkcs8 = pkcs8.map_err(|_| OpenError::SigningKey)?;
    TokenSigner::from_pkcs8(pkcs8, names.issuer, names.audience).map_err(|_| OpenError::SigningKey)
}
