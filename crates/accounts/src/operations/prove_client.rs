//! Which account a client acts for, once it has proved itself.

use jiff::SignedDuration;
use subtle::ConstantTimeEq;
use tacenda_contracts::accounts::{ClientProof, TokenError};
use tacenda_crypto::{ClientAssertion, claimed_client, sha256, verify_client_assertion};
use tacenda_kernel::{ActorId, Secret};

use crate::{
    error::{Unanswered, unanswered},
    recorder::Unrecorded,
    sealing::{Sealed, SealingFailed},
    service::Accounts,
    store::{
        accounts::AccountRow,
        clients::{self, ClientRow},
        used_assertions,
    },
};

pub(crate) const LONGEST_CLIENT_ID: usize = 128;
const LONGEST_PROOF: usize = 8 * 1024;

/// How much longer than an assertion its use is remembered: more than any leeway given to the client's clock.
const REMEMBERED: SignedDuration = SignedDuration::from_mins(5);

/// No token: what the client is told, and what the ledger keeps.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) error: TokenError,
    pub(crate) reason: &'static str,
    /// Whose client it claimed to be.
    pub(crate) about: Option<ActorId>,
}

impl Refusal {
    pub(crate) const fn new(error: TokenError, reason: &'static str, about: Option<ActorId>) -> Self {
        Self { error, reason, about }
    }

    const fn malformed(reason: &'static str) -> Self {
        Self::new(TokenError::InvalidRequest, reason, None)
    }

    const fn unproven(reason: &'static str, about: Option<ActorId>) -> Self {
        Self::new(TokenError::InvalidClient, reason, about)
    }
}

/// No answer was found: this refuses nothing, but gives no token either.
macro_rules! unavailable {
    ($($cause:ty),+) => {$(
        impl From<$cause> for Refusal {
            fn from(cause: $cause) -> Self {
                Self::new(TokenError::from(cause), "unavailable", None)
            }
        }
    )+};
}

unavailable!(Unanswered, Unrecorded);

impl From<SealingFailed> for Refusal {
    fn from(failed: SealingFailed) -> Self {
        Unanswered::from(failed).into()
    }
}

/// A client that proved itself.
pub(crate) struct Proven {
    pub(crate) client_id: String,
    pub(crate) account: AccountRow,
    pub(crate) client: ClientRow,
}

/// The client that proved itself, or a public one that has nothing to prove, and for which account it acts.
pub(crate) async fn prove_client(
    accounts: &Accounts,
    client_id: Option<&str>,
    proof: &ClientProof,
) -> Result<Proven, Refusal> {
    match proof {
        ClientProof::Secret(secret) => by_secret(accounts, client_id, secret).await,
        ClientProof::Assertion(text) => by_assertion(accounts, client_id, text).await,
        ClientProof::None => by_name(accounts, client_id).await,
    }
}

/// SECURITY: a name proves nothing, so it is enough only for those who were registered to prove nothing.
async fn by_name(accounts: &Accounts, client_id: Option<&str>) -> Result<Proven, Refusal> {
    let client_id = client_id.ok_or(Refusal::malformed("no-client-id"))?;
    check_lengths(client_id, "-")?;
    let found = find(accounts, client_id).await?;
    let (account, client) = found.ok_or(Refusal::unproven("unknown-client", None))?;
    if !client.is_public() {
        return Err(Refusal::unproven("no-proof", Some(client.account)));
    }
    Ok(Proven { client_id: client_id.to_owned(), account, client })
}

/// SECURITY: whoever asks costs no more than a hash: strangers' guesses at clients do not stand in the way of people's
/// passwords.
async fn by_secret(
    accounts: &Accounts,
    client_id: Option<&str>,
    secret: &Secret<String>,
) -> Result<Proven, Refusal> {
    let client_id = client_id.ok_or(Refusal::malformed("no-client-id"))?;
    // EXPOSE: only its length is looked at.
    check_lengths(client_id, secret.expose())?;
    let found = find(accounts, client_id).await?;
    let sealed = found.as_ref().and_then(|(_, client)| client.sealed_secret_hash.as_deref());
    let open = |sealed| accounts.sealer.open(&Sealed::ClientSecret(client_id), sealed);
    let kept = sealed.map(open).transpose()?;
    let kept = kept.unwrap_or_else(|| Secret::new(Vec::new()));
    // EXPOSE: the two hashes are compared, in constant time; nothing hashes to nothing.
    let fits = bool::from(sha256(secret.expose().as_bytes()).ct_eq(kept.expose()));
    match found {
        Some((account, client)) if fits => Ok(Proven { client_id: client_id.to_owned(), account, client }),
        Some((_, client)) => Err(Refusal::unproven("wrong-secret", Some(client.account))),
        None => Err(Refusal::unproven("unknown-client", None)),
    }
}

async fn by_assertion(
    accounts: &Accounts,
    client_id: Option<&str>,
    text: &Secret<String>,
) -> Result<Proven, Refusal> {
    // EXPOSE: an assertion is read to be verified.
    let text = text.expose();
    check_lengths(client_id.unwrap_or("-"), text)?;
    let claimed = claimed_client(text).map_err(|_| Refusal::unproven("unreadable-assertion", None))?;
    if client_id.is_some_and(|client_id| client_id != claimed) {
        return Err(Refusal::unproven("another-client-id", None));
    }
    let found = find(accounts, &claimed).await?;
    let (account, client) = found.ok_or(Refusal::unproven("unknown-client", None))?;
    let about = Some(client.account);
    let jwks = client.jwks.as_deref().ok_or(Refusal::unproven("no-keys", about))?;
    let now = accounts.clock.now();
    let assertion = verify_client_assertion(text, &claimed, jwks, &accounts.assertion_audiences, now)
        .map_err(|_| Refusal::unproven("invalid-assertion", about))?;
    if use_once(accounts, &claimed, &assertion).await? {
        Ok(Proven { client_id: claimed, account, client })
    } else {
        Err(Refusal::unproven("replayed-assertion", about))
    }
}

/// SECURITY: marked only after the signature holds, so that nobody else can use up a client's names.
async fn use_once(
    accounts: &Accounts,
    client_id: &str,
    assertion: &ClientAssertion,
) -> Result<bool, Refusal> {
    // No client id has a zero byte in it, so no other pair makes the same text.
    let name = sha256(format!("{client_id}\0{}", assertion.jti).as_bytes());
    let forgotten_at = assertion.expires_at.saturating_add(REMEMBERED).unwrap_or(assertion.expires_at);
    let marked = used_assertions::mark(&accounts.database, &name, forgotten_at, accounts.clock.now()).await;
    Ok(marked.map_err(unanswered)?)
}

async fn find(accounts: &Accounts, client_id: &str) -> Result<Option<(AccountRow, ClientRow)>, Refusal> {
    // PostgreSQL takes no zero byte in text; no client has one in its id.
    if client_id.contains('\0') {
        return Ok(None);
    }
    Ok(clients::find_with_account(&accounts.database, client_id).await.map_err(unanswered)?)
}

fn check_lengths(client_id: &str, proof: &str) -> Result<(), Refusal> {
    if client_id.is_empty() || client_id.len() > LONGEST_CLIENT_ID {
        return Err(Refusal::malformed("client-id-length"));
    }
    if proof.is_empty() || proof.len() > LONGEST_PROOF {
        return Err(Refusal::malformed("proof-length"));
    }
    Ok(())
}
