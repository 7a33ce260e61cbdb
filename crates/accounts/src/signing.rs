//! The keys that sign access tokens: made on the first start, kept sealed.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;
use tacenda_crypto::{Claims, TokenError, TokenSigner, TokenVerifier};
use tacenda_kernel::{Actor, Pseudonym, Secret};
use tacenda_postgres::Database;

use crate::{
    error::OpenError,
    sealing::{Sealed, Sealer},
    store::signing_keys::{self, SigningKeyRow},
};

/// Signs as one issuer for one audience.
pub(crate) struct Signing {
    signer: TokenSigner,
    issuer: String,
    audience: String,
    pub(crate) jwks: String,
    pub(crate) verifier: Arc<TokenVerifier>,
}

impl Signing {
    /// Opens the keys in force; the newest signs, all are believed. Where there is none, it makes the first.
    pub(crate) async fn open(
        database: &Database,
        sealer: &Sealer,
        issuer: &str,
        audience: &str,
        now: Timestamp,
    ) -> Result<Self, OpenError> {
        let rows = signing_keys::current_or_first(database, now, || first(sealer)).await?;
        let opened: Result<Vec<_>, _> = rows.iter().map(|row| open(row, sealer)).collect();
        let signers = opened?;
        let jwks = json!({ "keys": signers.iter().map(TokenSigner::jwk).collect::<Vec<_>>() }).to_string();
        let verifier = TokenVerifier::new(issuer, audience);
        verifier.trust(&jwks).map_err(|_| OpenError::SigningKey)?;
        let signer = signers.into_iter().next().ok_or(OpenError::SigningKey)?;
        let (issuer, audience) = (issuer.to_owned(), audience.to_owned());
        Ok(Self { signer, issuer, audience, jwks, verifier: Arc::new(verifier) })
    }

    /// A token that says who the actor is (RFC 9068).
    pub(crate) fn sign(
        &self,
        actor: &Actor,
        client_id: &str,
        scope: &str,
        now: Timestamp,
    ) -> Result<Secret<String>, TokenError> {
        let patient = actor.patient.map(Pseudonym::to_bytes);
        self.signer.sign(&Claims {
            iss: self.issuer.clone(),
            sub: actor.id.0,
            aud: self.audience.clone(),
            client_id: client_id.to_owned(),
            exp: actor.expires_at.as_second(),
            iat: now.as_second(),
            nbf: now.as_second(),
            jti: actor.token_id,
            role: actor.role,
            strength: actor.strength,
            patient: patient.map(|number| data_encoding::BASE64URL_NOPAD.encode(&number)),
            scope: scope.to_owned(),
        })
    }
}

fn first(sealer: &Sealer) -> Result<SigningKeyRow, OpenError> {
    let signer = TokenSigner::make().map_err(|_| OpenError::SigningKey)?;
    let kid = signer.kid().to_owned();
    // EXPOSE: the private key is sealed.
    let wrapped = sealer.seal(&Sealed::SigningKey(&kid), signer.pkcs8().expose());
    Ok(SigningKeyRow { wrapped: wrapped.map_err(|_| OpenError::SigningKey)?, kid })
}

fn open(row: &SigningKeyRow, sealer: &Sealer) -> Result<TokenSigner, OpenError> {
    let document = sealer.open(&Sealed::SigningKey(&row.kid), &row.wrapped);
    let document = document.map_err(|_| OpenError::SigningKey)?;
    TokenSigner::from_pkcs8(document).map_err(|_| OpenError::SigningKey)
}
