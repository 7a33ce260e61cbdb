//! Keeps what the database must not tell: names, addresses, hashes, signing keys.

use std::{fmt, sync::Arc};

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tacenda_crypto::{IndexKey, TokenScope, UnwrapError, WrappingKey};
use tacenda_kernel::{ActorId, Language, Random, Secret};
use uuid::Uuid;

/// A sealed value does not open: another root key, or an altered or moved one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SealingFailed;

impl From<UnwrapError> for SealingFailed {
    fn from(error: UnwrapError) -> Self {
        tracing::error!(error = %error, "a sealed value of the account database is not usable");
        Self
    }
}

/// What a sealed value is, and whose.
///
/// SECURITY: both are authenticated with it, so that no value opens in another's place: a password's hash moved to
/// another account fits nothing.
pub(crate) enum Sealed<'a> {
    /// Its name, and since when it signs.
    SigningKey(&'a str, Timestamp),
    Profile(ActorId),
    Password(ActorId),
    /// One of before, and when it was set.
    OldPassword(ActorId, Timestamp),
    ClientSecret(&'a str),
    Notice(Uuid),
    Visit(Uuid),
    TotpSecret(ActorId),
    Passkey(Uuid, ActorId),
    PasskeyChallenge,
    LinkAddress(Uuid),
    AuthorisationContext(Uuid),
    ConsentPatient(ActorId),
    ProviderSubject(ActorId),
    /// The state, the browser, the provider, and until when.
    ProviderRequest(&'a [u8; 32], &'a [u8; 32], &'a str, Timestamp),
}

impl fmt::Display for Sealed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SigningKey(kid, signs_from) => {
                write!(f, "signing-key/{kid}/{}", signs_from.as_microsecond())
            }
            Self::Profile(account) => write!(f, "profile/{account}"),
            Self::Password(account) => write!(f, "password/{account}"),
            Self::OldPassword(account, set_at) => {
                write!(f, "old-password/{account}/{}", set_at.as_microsecond())
            }
            Self::ClientSecret(client_id) => write!(f, "client-secret/{client_id}"),
            Self::Notice(notice) => write!(f, "notice/{notice}"),
            Self::Visit(id) => write!(f, "visit/{id}"),
            Self::TotpSecret(account) => write!(f, "totp-secret/{account}"),
            Self::Passkey(id, account) => write!(f, "passkey/{id}/{account}"),
            Self::LinkAddress(change) => write!(f, "link-address/{change}"),
            Self::ProviderSubject(account) => write!(f, "provider-subject/{account}"),
            Self::ProviderRequest(state, browser, provider, until) => {
                let (state, browser) = (HEXLOWER.encode(*state), HEXLOWER.encode(*browser));
                write!(f, "provider-request/{state}/{browser}/{provider}/{}", until.as_microsecond())
            }
            Self::PasskeyChallenge => f.write_str("passkey-challenge"),
            Self::AuthorisationContext(authorisation) => write!(f, "authorisation/{authorisation}"),
            Self::ConsentPatient(person) => write!(f, "consent-patient/{person}"),
        }
    }
}

/// Seals and opens what the database holds.
pub(crate) struct Sealer {
    wrapping: WrappingKey,
    index: IndexKey,
    random: Arc<dyn Random>,
}

impl Sealer {
    pub(crate) const fn new(wrapping: WrappingKey, index: IndexKey, random: Arc<dyn Random>) -> Self {
        Self { wrapping, index, random }
    }

    pub(crate) fn seal(&self, what: &Sealed<'_>, plain: &[u8]) -> Vec<u8> {
        self.wrapping.seal_secret(what.to_string().as_bytes(), plain, self.random.as_ref())
    }

    pub(crate) fn open(&self, what: &Sealed<'_>, sealed: &[u8]) -> Result<Secret<Vec<u8>>, SealingFailed> {
        let plain = self.wrapping.open_secret(what.to_string().as_bytes(), sealed)?;
        Ok(Secret::new(plain.to_vec()))
    }

    pub(crate) fn open_text(
        &self,
        what: &Sealed<'_>,
        sealed: &[u8],
    ) -> Result<Secret<String>, SealingFailed> {
        let plain = self.open(what, sealed)?;
        // EXPOSE: it is wrapped again at once.
        String::from_utf8(plain.expose().clone()).map(Secret::new).map_err(|_| SealingFailed)
    }

    /// Finds an account by e-mail address: equal addresses have equal tokens, whatever their case.
    pub(crate) fn email_token(&self, email: &Secret<String>) -> i64 {
        // EXPOSE: it leaves as a keyed hash only.
        let normal = Secret::new(email.expose().trim().to_lowercase());
        self.index.token(TokenScope::Population, "account-email", normal.expose())
    }

    /// A recovery code as it is kept: by it the code is recognised, for its own account only.
    pub(crate) fn recovery_token(&self, account: ActorId, code: &Secret<String>) -> i64 {
        // EXPOSE: it leaves as a keyed hash only.
        self.index.token(TokenScope::Patient(*account.0.as_bytes()), "recovery-code", code.expose())
    }

    /// What failures are counted under: a name of what it is, and the values that make it this one.
    pub(crate) fn counted_token(&self, what: &str, of: &str) -> i64 {
        self.index.token(TokenScope::Population, what, of)
    }
}

/// What is told of an account to those who manage accounts.
#[derive(Clone)]
pub(crate) struct Profile {
    pub(crate) display_name: Secret<String>,
    pub(crate) email: Option<Secret<String>>,
    pub(crate) language: Language,
}

/// [`Profile`] as it was first sealed; each later field follows by itself, and may be missing.
#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    display_name: &'a str,
    email: Option<&'a str>,
}

impl Profile {
    pub(crate) fn seal(&self, id: ActorId, sealer: &Sealer) -> Result<Vec<u8>, SealingFailed> {
        // EXPOSE: both are sealed.
        let email = self.email.as_ref().map(|email| email.expose().as_str());
        let stored = Stored { display_name: self.display_name.expose(), email };
        let plain = postcard::to_stdvec(&(stored, self.language)).map_err(|_| SealingFailed)?;
        let plain = Secret::new(plain);
        Ok(sealer.seal(&Sealed::Profile(id), plain.expose()))
    }

    pub(crate) fn open(id: ActorId, sealed: &[u8], sealer: &Sealer) -> Result<Self, SealingFailed> {
        let plain = sealer.open(&Sealed::Profile(id), sealed)?;
        // EXPOSE: each part is wrapped again at once.
        let (stored, rest) =
            postcard::take_from_bytes::<Stored<'_>>(plain.expose()).map_err(|_| SealingFailed)?;
        let language = match rest {
            [] => Language::default(),
            rest => postcard::from_bytes(rest).map_err(|_| SealingFailed)?,
        };
        let secret = |text: &str| Secret::new(text.to_owned());
        let (display_name, email) = (secret(stored.display_name), stored.email.map(secret));
        Ok(Self { display_name, email, language })
    }
}

/// Somebody, or a session, as an identity provider numbers them.
pub(crate) struct ProviderSubject<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) subject: &'a Secret<String>,
}

impl ProviderSubject<'_> {
    /// Finds the account of a subject.
    pub(crate) fn token(&self, sealer: &Sealer) -> i64 {
        self.named(sealer, "provider-subject")
    }

    /// Finds the sessions that began in a session of the provider.
    pub(crate) fn session_token(&self, sealer: &Sealer) -> i64 {
        self.named(sealer, "provider-session")
    }

    pub(crate) fn seal(&self, account: ActorId, sealer: &Sealer) -> Result<Vec<u8>, SealingFailed> {
        // EXPOSE: it is sealed.
        Ok(sealer.seal(&Sealed::ProviderSubject(account), self.plain()?.expose()))
    }

    pub(crate) fn is_sealed_in(
        &self,
        sealed: &[u8],
        account: ActorId,
        sealer: &Sealer,
    ) -> Result<bool, SealingFailed> {
        let plain = sealer.open(&Sealed::ProviderSubject(account), sealed)?;
        // EXPOSE: the two are compared.
        Ok(plain.expose() == self.plain()?.expose())
    }

    fn named(&self, sealer: &Sealer, parameter: &str) -> i64 {
        // EXPOSE: it leaves as a keyed hash only. No issuer has a zero byte in it, so no other pair makes the same text.
        let value = Secret::new(format!("{}\0{}", self.issuer, self.subject.expose()));
        sealer.index.token(TokenScope::Population, parameter, value.expose())
    }

    fn plain(&self) -> Result<Secret<Vec<u8>>, SealingFailed> {
        // EXPOSE: it is sealed, or compared with what was.
        let pair = (self.issuer, self.subject.expose());
        postcard::to_stdvec(&pair).map(Secret::new).map_err(|_| SealingFailed)
    }
}
