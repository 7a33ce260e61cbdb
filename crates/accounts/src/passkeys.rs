//! Passkeys (WebAuthn level 3): what is asked of a browser, and how its answers are checked.
//!
//! What must be remembered between question and answer goes to the browser sealed and comes back with the answer, so that
//! strangers who only ask leave nothing behind. Each is good once: `used_assertions` remembers those that were used.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tacenda_crypto::sha256;
use tacenda_kernel::{ActorId, Secret};
use url::Url;
use uuid::Uuid;
use webauthn_rs::{
    Webauthn, WebauthnBuilder,
    prelude::{DiscoverableAuthentication, Passkey, PasskeyRegistration},
};

use crate::{
    error::{Unanswered, unanswered},
    sealing::{Sealed, Sealer, SealingFailed},
    service::Accounts,
    store::{passkeys::PasskeyRow, used_assertions},
};

const LASTS: SignedDuration = SignedDuration::from_mins(5);
/// The longest answer of a browser that is read.
pub(crate) const LONGEST_ANSWER: usize = 32 * 1024;
const LONGEST_HANDLE: usize = 64 * 1024;

/// The party that passkeys are made for: the host of the public URL. None where that is no domain, since passkeys need
/// one.
pub(crate) fn relying_party(origin: &str) -> Option<Webauthn> {
    let url = Url::parse(origin).ok()?;
    let builder = WebauthnBuilder::new(url.domain()?, &url).ok()?;
    builder.rp_name("Tacenda").build().ok()
}

/// What a browser was asked for.
#[derive(Serialize, Deserialize)]
pub(crate) enum Asked {
    /// To prove who somebody is; bound to a session where there is one.
    SignIn { state: DiscoverableAuthentication, session: Option<[u8; 32]> },
    /// To make a passkey for the account.
    Enrol { state: PasskeyRegistration, account: ActorId },
}

#[derive(Serialize, Deserialize)]
struct Challenge {
    asked: Asked,
    expires_at: Timestamp,
}

/// A passkey with the name its owner gave it, as it is sealed.
#[derive(Serialize, Deserialize)]
pub(crate) struct NamedPasskey {
    pub(crate) name: String,
    pub(crate) passkey: Passkey,
}

impl NamedPasskey {
    pub(crate) fn seal(&self, id: Uuid, account: ActorId, sealer: &Sealer) -> Result<Vec<u8>, SealingFailed> {
        let plain = Secret::new(serde_json::to_vec(self).map_err(|_| SealingFailed)?);
        // EXPOSE: it is sealed.
        Ok(sealer.seal(&Sealed::Passkey(id, account), plain.expose()))
    }

    pub(crate) fn open(row: &PasskeyRow, sealer: &Sealer) -> Result<Self, SealingFailed> {
        let plain = sealer.open(&Sealed::Passkey(row.id, row.account), &row.sealed_passkey)?;
        // EXPOSE: it is read; its name is wrapped before it leaves this service.
        serde_json::from_slice(plain.expose()).map_err(|_| SealingFailed)
    }
}

/// Under what a credential is found.
pub(crate) fn credential_hash(credential: &[u8]) -> [u8; 32] {
    sha256(credential)
}

/// Seals what was asked into a handle.
pub(crate) fn handle(accounts: &Accounts, asked: Asked) -> Result<Secret<String>, SealingFailed> {
    let now = accounts.clock.now();
    let challenge = Challenge { asked, expires_at: now.saturating_add(LASTS).unwrap_or(now) };
    let plain = Secret::new(serde_json::to_vec(&challenge).map_err(|_| SealingFailed)?);
    // EXPOSE: it is sealed.
    let sealed = accounts.sealer.seal(&Sealed::PasskeyChallenge, plain.expose());
    Ok(Secret::new(data_encoding::BASE64URL_NOPAD.encode(&sealed)))
}

/// What was asked, if this is a handle of ours and its time is not over.
pub(crate) fn asked(accounts: &Accounts, handle: &Secret<String>) -> Option<Asked> {
    // EXPOSE: it is opened here.
    let text = handle.expose();
    if text.len() > LONGEST_HANDLE {
        return None;
    }
    let sealed = data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
    let plain = accounts.sealer.open(&Sealed::PasskeyChallenge, &sealed).ok()?;
    let challenge: Challenge = serde_json::from_slice(plain.expose()).ok()?;
    (accounts.clock.now() < challenge.expires_at).then_some(challenge.asked)
}

/// Uses the handle up. False where it was used before.
pub(crate) async fn use_up(accounts: &Accounts, handle: &Secret<String>) -> Result<bool, Unanswered> {
    let now = accounts.clock.now();
    // EXPOSE: it is hashed. No client id has a zero byte in it, so no assertion has this name.
    let name = sha256(format!("\0passkey\0{}", handle.expose()).as_bytes());
    let forgotten_at = now.saturating_add(LASTS).unwrap_or(now);
    used_assertions::mark(&accounts.database, &name, forgotten_at, now).await.map_err(unanswered)
}
