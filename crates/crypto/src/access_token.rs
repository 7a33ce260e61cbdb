//! Access tokens: JWTs (RFC 9068) signed with ES256.

use std::sync::{PoisonError, RwLock};

use data_encoding::BASE64URL_NOPAD as BASE64URL;
use jiff::Timestamp;
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation,
    jwk::{Jwk, JwkSet, ThumbprintHash},
};
use serde::{Deserialize, Serialize};
use tacenda_kernel::{Actor, ActorId, AuthStrength, Pseudonym, Role, Secret};
use uuid::Uuid;

/// How far clocks may differ, in seconds.
const LEEWAY: i64 = 5;
const TYPE: &str = "at+jwt";

/// What an access token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it.
    pub iss: String,
    /// The account.
    pub sub: Uuid,
    /// For whom.
    pub aud: String,
    /// The client that asked for it.
    pub client_id: String,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
    /// When it was issued.
    pub iat: i64,
    /// When it begins.
    pub nbf: i64,
    /// Its own number.
    pub jti: Uuid,
    /// The one role it is for.
    pub role: Role,
    /// How the caller proved who they are.
    pub strength: AuthStrength,
    /// For a patient: their account number, base64url.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patient: Option<String>,
    /// The scopes, space separated.
    pub scope: String,
}

/// The token is not valid. It does not say more, to nobody.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum TokenError {
    /// It is malformed, of another kind, or not signed by a trusted key.
    #[error("the token is not one of this server's")]
    Untrusted,
    /// It is over, or has not begun.
    #[error("the token is not valid at this time")]
    Time,
    /// The signing key is unusable.
    #[error("the signing key is unusable")]
    Key,
}

/// Signs access tokens.
pub struct TokenSigner {
    document: Secret<Vec<u8>>,
    key: EncodingKey,
    jwk: Jwk,
    kid: String,
}

impl TokenSigner {
    /// A new random key.
    ///
    /// # Errors
    /// [`TokenError::Key`] where the machine makes none.
    pub fn make() -> Result<Self, TokenError> {
        use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| TokenError::Key)?;
        let document = pair.to_pkcs8v1().map_err(|_| TokenError::Key)?;
        Self::from_pkcs8(Secret::new(document.as_ref().to_vec()))
    }

    /// The key in a PKCS#8 document.
    ///
    /// # Errors
    /// [`TokenError::Key`] where it holds no P-256 key.
    pub fn from_pkcs8(document: Secret<Vec<u8>>) -> Result<Self, TokenError> {
        // EXPOSE: the key is made from it.
        let key = EncodingKey::from_ec_der(document.expose());
        let jwk = Jwk::from_encoding_key(&key, Algorithm::ES256).map_err(|_| TokenError::Key)?;
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).map_err(|_| TokenError::Key)?;
        Ok(Self { document, key, jwk, kid })
    }

    /// The PKCS#8 document, to be wrapped and kept.
    #[must_use]
    pub const fn pkcs8(&self) -> &Secret<Vec<u8>> {
        &self.document
    }

    /// The key's name: its RFC 7638 thumbprint.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key (RFC 7517).
    #[must_use]
    pub fn jwk(&self) -> Jwk {
        let mut jwk = self.jwk.clone();
        jwk.common.key_id = Some(self.kid.clone());
        jwk
    }

    /// Signs a token.
    ///
    /// # Errors
    /// [`TokenError::Key`] where the key does not sign.
    pub fn sign(&self, claims: &Claims) -> Result<Secret<String>, TokenError> {
        let header = Header {
            typ: Some(TYPE.to_owned()),
            kid: Some(self.kid.clone()),
            ..Header::new(Algorithm::ES256)
        };
        jsonwebtoken::encode(&header, claims, &self.key).map(Secret::new).map_err(|_| TokenError::Key)
    }
}

impl std::fmt::Debug for TokenSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenSigner")
    }
}

/// Verifies access tokens of one issuer for one audience.
pub struct TokenVerifier {
    issuer: String,
    audience: String,
    trusted: RwLock<Vec<(String, DecodingKey)>>,
}

impl TokenVerifier {
    /// A verifier that trusts no key yet.
    #[must_use]
    pub fn new(issuer: &str, audience: &str) -> Self {
        let (issuer, audience) = (issuer.to_owned(), audience.to_owned());
        Self { issuer, audience, trusted: RwLock::new(Vec::new()) }
    }

    /// Trusts exactly the ES256 keys of a key set (RFC 7517 JSON text).
    ///
    /// # Errors
    /// [`TokenError::Key`] where the text is no key set; the trusted keys stay as they were.
    pub fn trust(&self, jwks: &str) -> Result<(), TokenError> {
        let set: JwkSet = serde_json::from_str(jwks).map_err(|_| TokenError::Key)?;
        let mut trusted = Vec::new();
        for jwk in &set.keys {
            let key = DecodingKey::from_jwk(jwk).map_err(|_| TokenError::Key)?;
            trusted.push((jwk.common.key_id.clone().ok_or(TokenError::Key)?, key));
        }
        *self.trusted.write().unwrap_or_else(PoisonError::into_inner) = trusted;
        Ok(())
    }

    /// Whose token it is.
    ///
    /// # Errors
    /// [`TokenError`]
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Actor, TokenError> {
        let claims = self.claims(token)?;
        let now = now.as_second();
        if claims.exp <= now - LEEWAY || claims.nbf > now + LEEWAY {
            return Err(TokenError::Time);
        }
        let patient = claims.patient.as_deref().map(patient).transpose()?;
        Ok(Actor {
            id: ActorId(claims.sub),
            role: claims.role,
            strength: claims.strength,
            patient,
            token_id: claims.jti,
            expires_at: Timestamp::from_second(claims.exp).map_err(|_| TokenError::Untrusted)?,
        })
    }

    fn claims(&self, token: &str) -> Result<Claims, TokenError> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| TokenError::Untrusted)?;
        if header.alg != Algorithm::ES256 || header.typ.as_deref() != Some(TYPE) {
            return Err(TokenError::Untrusted);
        }
        let mut rules = Validation::new(Algorithm::ES256);
        rules.set_issuer(&[&self.issuer]);
        rules.set_audience(&[&self.audience]);
        // SECURITY: times are checked by the caller's clock above, not by the library's.
        rules.validate_exp = false;
        rules.validate_nbf = false;
        let trusted = self.trusted.read().unwrap_or_else(PoisonError::into_inner);
        let known = trusted.iter().find(|(kid, _)| Some(kid) == header.kid.as_ref());
        let (_, key) = known.ok_or(TokenError::Untrusted)?;
        jsonwebtoken::decode::<Claims>(token, key, &rules).map(|token| token.claims).map_err(|_| TokenError::Untrusted)
    }
}

fn patient(text: &str) -> Result<Pseudonym<tacenda_kernel::realms::Account>, TokenError> {
    let bytes = BASE64URL.decode(text.as_bytes()).map_err(|_| TokenError::Untrusted)?;
    bytes.as_slice().try_into().map(Pseudonym::from_bytes).map_err(|_| TokenError::Untrusted)
}

impl std::fmt::Debug for TokenVerifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenVerifier")
    }
}
