//! Tokens of an identity provider that is not ours (OpenID Connect Core 1.0, RFC 9068, Back-Channel Logout 1.0).
//!
//! What each kind of token must say is one table here, so that none is taken for another kind.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use jiff::Timestamp;
use jsonwebtoken::{
    Algorithm, DecodingKey,
    dangerous::insecure_decode_claims,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse},
};
use serde_json::{Map, Value};

use super::{client_keys::InvalidJwks, jws, provider_claims::ProviderClaims};
use crate::key_bytes::opaque;

/// Leeway for a provider's clock, in seconds.
const LEEWAY: i64 = 30;
/// A logout token that is older says nothing of now, in seconds.
const LONGEST_LOGOUT: i64 = 300;
/// More keys than a provider has while it changes them.
const MOST_KEYS: usize = 32;
const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// What a token must be.
#[derive(Clone, Copy)]
pub enum ProviderToken<'a> {
    /// An ID token for this client, of the sign-in with this nonce.
    Id {
        /// The client.
        client: &'a str,
        /// What the sign-in asked for.
        nonce: &'a str,
    },
    /// An access token for this audience, given to one of these clients; to any where there is none.
    Access {
        /// The audience.
        audience: &'a str,
        /// The clients (`azp` or `client_id`).
        clients: &'a [String],
    },
    /// A logout token for this client.
    Logout {
        /// The client.
        client: &'a str,
    },
}

/// The token proves nothing. No variant says anything of its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderTokenError {
    /// It is no signed token, or is signed in a way that is not accepted.
    #[error("not a token signed with RS, PS, ES or EdDSA")]
    Malformed,
    /// It names a key that the provider did not publish.
    #[error("the token is signed by an unknown key")]
    UnknownKey,
    /// Its signature is wrong.
    #[error("the token's signature is wrong")]
    Refused,
    /// It is a token of another kind, or lacks what its kind has.
    #[error("the token is of another kind")]
    OtherKind,
    /// It is of another issuer.
    #[error("the token is of another issuer")]
    OtherIssuer,
    /// It is for another audience.
    #[error("the token is for another audience")]
    OtherAudience,
    /// It was given to another client.
    #[error("the token was given to another client")]
    OtherClient,
    /// It answers another sign-in.
    #[error("the token answers another sign-in")]
    OtherNonce,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// Its time has not come.
    #[error("the token is not valid yet")]
    NotYetValid,
}

/// The public keys that a provider signs with.
pub struct ProviderKeys(Vec<(Jwk, DecodingKey)>);

opaque!(ProviderKeys);

impl ProviderKeys {
    /// Reads a JSON web key set (RFC 7517). Keys that no accepted signature is made with are left out.
    ///
    /// # Errors
    /// [`InvalidJwks`] where none is left.
    pub fn read(jwks: &str) -> Result<Self, InvalidJwks> {
        let value: Value = serde_json::from_str(jwks).map_err(|_| InvalidJwks)?;
        let raw = value.get("keys").and_then(Value::as_array).ok_or(InvalidJwks)?;
        // A key of a kind that the library does not know is no reason to refuse the others.
        let known = raw.iter().take(MOST_KEYS).filter_map(|key| serde_json::from_value(key.clone()).ok());
        let set = JwkSet { keys: known.collect() };
        let usable = set.keys.into_iter().filter(|key| !algorithms(key).is_empty());
        let keys: Vec<_> =
            usable.filter_map(|jwk| DecodingKey::from_jwk(&jwk).ok().map(|key| (jwk, key))).collect();
        if keys.is_empty() { Err(InvalidJwks) } else { Ok(Self(keys)) }
    }

    /// The claims, if this issuer signed them and they are what is expected at `now`.
    ///
    /// # Errors
    /// [`ProviderTokenError`]
    pub fn verify(
        &self,
        token: &str,
        issuer: &str,
        expected: ProviderToken<'_>,
        now: Timestamp,
    ) -> Result<ProviderClaims, ProviderTokenError> {
        let claims = ProviderClaims(self.signed_claims(token, expected)?);
        if claims.text("iss") != Some(issuer) {
            return Err(ProviderTokenError::OtherIssuer);
        }
        expected.check_kind(&claims)?;
        expected.check_party(&claims)?;
        expected.check_time(&claims, now.as_second())?;
        Ok(claims)
    }

    /// SECURITY: a key is tried with algorithms of its own kind only, whatever the header says: a public key is never an
    /// HMAC secret, and no token is believed unsigned.
    fn signed_claims(
        &self,
        token: &str,
        expected: ProviderToken<'_>,
    ) -> Result<Map<String, Value>, ProviderTokenError> {
        let header = jws::header(token).ok_or(ProviderTokenError::Malformed)?;
        if !(RSA.contains(&header.alg) || ELLIPTIC.contains(&header.alg))
            || !expected.is_named_by(header.typ.as_deref())
        {
            return Err(ProviderTokenError::Malformed);
        }
        let named = |key: &Jwk| header.kid.is_none() || key.common.key_id == header.kid;
        let mut fitting = self.0.iter().filter(|(jwk, _)| named(jwk)).peekable();
        if fitting.peek().is_none() {
            return Err(ProviderTokenError::UnknownKey);
        }
        fitting
            .filter(|(jwk, _)| algorithms(jwk).contains(&header.alg))
            .find_map(|(_, key)| jws::verified(token, key, header.alg))
            // Without a name, the key may be one that was published since.
            .ok_or(if header.kid.is_none() {
                ProviderTokenError::UnknownKey
            } else {
                ProviderTokenError::Refused
            })
    }
}

/// Which issuer a token claims to be of, unverified: to find the keys that must have signed it.
#[must_use]
pub fn claimed_issuer(token: &str) -> Option<String> {
    jws::header(token)?;
    let claims: Map<String, Value> = insecure_decode_claims(token).ok()?;
    claims.get("iss")?.as_str().map(str::to_owned)
}

impl ProviderToken<'_> {
    /// Whether the header's `typ` may stand on such a token.
    fn is_named_by(self, typ: Option<&str>) -> bool {
        let Some(typ) = typ else { return true };
        let typ = typ.to_ascii_lowercase();
        let own = match self {
            Self::Id { .. } => "jwt",
            Self::Access { .. } => "at+jwt",
            Self::Logout { .. } => "logout+jwt",
        };
        matches!(typ.strip_prefix("application/").unwrap_or(&typ), name if name == own || name == "jwt")
    }

    fn check_kind(self, claims: &ProviderClaims) -> Result<(), ProviderTokenError> {
        let event = claims.has(&["events", LOGOUT_EVENT]);
        let subject = claims.subject().is_some();
        let fits = match self {
            Self::Id { .. } => subject && !claims.has(&["events"]) && claims.second("iat").is_some(),
            // Keycloak says in `typ` what kind it is; only ID tokens have hashes of what was given beside them.
            Self::Access { .. } => {
                let bearer = claims.text("typ").is_none_or(|typ| typ.eq_ignore_ascii_case("bearer"));
                subject && bearer && !["events", "at_hash", "c_hash"].iter().any(|name| claims.has(&[name]))
            }
            Self::Logout { .. } => {
                let whose = subject || claims.text("sid").is_some();
                event && whose && !claims.has(&["nonce"]) && claims.text("jti").is_some()
            }
        };
        if fits { Ok(()) } else { Err(ProviderTokenError::OtherKind) }
    }

    fn check_party(self, claims: &ProviderClaims) -> Result<(), ProviderTokenError> {
        let audiences = claims.texts(&["aud"]);
        let azp = claims.text("azp");
        let (Self::Id { client: audience, .. }
        | Self::Access { audience, .. }
        | Self::Logout { client: audience }) = self;
        if !audiences.contains(&audience) {
            return Err(ProviderTokenError::OtherAudience);
        }
        let right_client = match self {
            // OpenID Connect Core 1.0 §3.1.3.7: with several audiences, `azp` says for whom.
            Self::Id { client, .. } => azp.map_or(audiences.len() == 1, |azp| azp == client),
            Self::Access { clients, .. } => {
                let given_to = azp.or_else(|| claims.text("client_id"));
                clients.is_empty() || given_to.is_some_and(|name| clients.iter().any(|one| one == name))
            }
            Self::Logout { .. } => true,
        };
        if !right_client {
            return Err(ProviderTokenError::OtherClient);
        }
        match self {
            Self::Id { nonce, .. } => {
                let sent = claims.text("nonce").unwrap_or_default();
                verify_slices_are_equal(sent.as_bytes(), nonce.as_bytes())
                    .map_err(|_| ProviderTokenError::OtherNonce)
            }
            Self::Access { .. } | Self::Logout { .. } => Ok(()),
        }
    }

    fn check_time(self, claims: &ProviderClaims, now: i64) -> Result<(), ProviderTokenError> {
        let issued = claims.second("iat");
        let end = match (claims.second("exp"), self) {
            (Some(end), _) => end,
            // Back-Channel Logout 1.0 §2.4 once left `exp` out.
            (None, Self::Logout { .. }) => {
                issued.ok_or(ProviderTokenError::OtherKind)?.saturating_add(LONGEST_LOGOUT)
            }
            (None, _) => return Err(ProviderTokenError::OtherKind),
        };
        if end.saturating_add(LEEWAY) <= now {
            return Err(ProviderTokenError::Expired);
        }
        let starts = [issued, claims.second("nbf")].into_iter().flatten();
        if starts.max().is_some_and(|start| start > now.saturating_add(LEEWAY)) {
            return Err(ProviderTokenError::NotYetValid);
        }
        Ok(())
    }
}

impl ProviderTokenError {
    /// A short code for the ledger.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::UnknownKey => "unknown-key",
            Self::Refused => "wrong-signature",
            Self::OtherKind => "other-kind",
            Self::OtherIssuer => "other-issuer",
            Self::OtherAudience => "other-audience",
            Self::OtherClient => "other-client",
            Self::OtherNonce => "other-nonce",
            Self::Expired => "expired",
            Self::NotYetValid => "not-yet-valid",
        }
    }
}

const RSA: [Algorithm; 6] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
];

const ELLIPTIC: [Algorithm; 3] = [Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA];

/// What a key is used with here; nothing where it is not to sign.
fn algorithms(key: &Jwk) -> Vec<Algorithm> {
    let of_kind: &[Algorithm] = match &key.algorithm {
        AlgorithmParameters::RSA(_) => &RSA,
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => &[Algorithm::ES256],
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P384 => &[Algorithm::ES384],
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => &[Algorithm::EdDSA],
        _ => &[],
    };
    let to_sign = key.common.public_key_use.as_ref().is_none_or(|to| *to == PublicKeyUse::Signature);
    let named = |algorithm: &Algorithm| {
        key.common.key_algorithm.is_none_or(|named| named.to_string() == format!("{algorithm:?}"))
    };
    of_kind.iter().copied().filter(|algorithm| to_sign && named(algorithm)).collect()
}
