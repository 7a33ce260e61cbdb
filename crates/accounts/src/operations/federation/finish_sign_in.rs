//! Takes a browser back from its provider.

use jiff::{SignedDuration, Timestamp};
use subtle::ConstantTimeEq;
use tacenda_contracts::accounts::{
    federation::{Answer, Arrival, FederationError},
    sign_in::{NewSession, SignInError, Standing, Visit},
};
use tacenda_crypto::ProviderToken;
use tacenda_kernel::Secret;

use super::{
    admit_person::{Admitted, admit},
    begin_sign_in::Pending,
    directory::Known,
    identity::Identity,
    redeem_code::redeem,
    refusal::Refusal,
};
use crate::{
    error::unanswered,
    operations::sign_in::{
        keep_session::{Means, Start, start_session},
        tries::Tries,
    },
    sealing::ProviderSubject,
    service::Accounts,
    store::{self, provider_requests, sessions::AtProvider},
    visit::token_hash,
};

const LONGEST_CODE: usize = 4096;
/// What a provider's clock may be off.
const LEEWAY: SignedDuration = SignedDuration::from_secs(30);

/// Ends a sign-in: a session, or a refusal that is recorded.
pub(crate) async fn finish(
    accounts: &Accounts,
    provider: &str,
    answer: Answer,
    browser: &Secret<String>,
    visit: &Visit,
) -> Result<Arrival, FederationError> {
    let known = accounts.directory.named(provider).ok_or(FederationError::NotFound)?;
    match arrived(accounts, known, &answer, browser, visit).await {
        Ok(arrival) => Ok(arrival),
        Err(refusal) => Err(refusal.recorded(accounts, provider, visit.request()).await.into()),
    }
}

async fn arrived(
    accounts: &Accounts,
    known: &Known,
    answer: &Answer,
    browser: &Secret<String>,
    visit: &Visit,
) -> Result<Arrival, Refusal> {
    let tries = Tries::at_provider(accounts, visit);
    tries.take(accounts).await?;
    let pending = take_pending(accounts, known, answer, browser).await?;
    let published = accounts.directory.published(known, accounts.clock.now()).await?;
    let named = answer.issuer.as_deref();
    // RFC 9207 §2.4: another provider's answer is not taken for this one's.
    let must_be_named = published.metadata.authorization_response_iss_parameter_supported;
    if named.map_or(must_be_named, |named| named != known.provider.issuer) {
        return Err(Refusal::Unproven("other-issuer"));
    }
    if answer.error.is_some() {
        return Err(Refusal::Declined);
    }
    // EXPOSE: only its length is looked at.
    let fits = |code: &&Secret<String>| (1..=LONGEST_CODE).contains(&code.expose().len());
    let code = answer.code.as_ref().filter(fits).ok_or(Refusal::Unproven("no-code"))?;
    let verifier = Secret::new(pending.verifier.clone());
    let token = redeem(accounts, known, &published, code, &verifier).await?;
    let expected = ProviderToken::Id { client: &known.provider.client_id, nonce: &pending.nonce };
    // EXPOSE: it is verified.
    let claims = accounts.directory.verify(known, token.expose(), expected, accounts.clock.now()).await?;
    let identity = Identity::read(&known.provider, &claims).ok_or(Refusal::Unproven("no-subject"))?;
    check_proof(&identity, &pending)?;
    let admitted = admit(accounts, &known.provider, &identity, visit.trace).await?;
    let sid = claims.text("sid").map(|sid| Secret::new(sid.to_owned()));
    let session = begin(accounts, known, &identity, &admitted, sid, visit).await?;
    // It was begun once and ended once.
    for _ in 0..2 {
        tries.forgive(accounts).await?;
    }
    Ok(Arrival { session, next: pending.next })
}

/// The sign-in that this state names, which is over with this.
///
/// SECURITY: whoever was sent a link with somebody else's state and code holds another cookie, and gets nothing
/// (RFC 9700 §4.7). The row is gone before anything else is looked at, so that nothing is tried twice.
async fn take_pending(
    accounts: &Accounts,
    known: &Known,
    answer: &Answer,
    browser: &Secret<String>,
) -> Result<Pending, Refusal> {
    let state = answer.state.as_ref().and_then(token_hash).ok_or(Refusal::NotBegun("no-state"))?;
    let taken = provider_requests::take(&accounts.database, &state).await.map_err(unanswered)?;
    let row = taken.ok_or(Refusal::NotBegun("unknown-state"))?;
    let hash = token_hash(browser).ok_or(Refusal::NotBegun("another-browser"))?;
    if !bool::from(hash.ct_eq(&row.browser)) {
        return Err(Refusal::NotBegun("another-browser"));
    }
    if row.provider != known.provider.id {
        return Err(Refusal::NotBegun("another-provider"));
    }
    if row.expires_at <= accounts.clock.now() {
        return Err(Refusal::NotBegun("too-late"));
    }
    Ok(Pending::open(accounts, &state, &row)?)
}

/// Who was to prove themselves anew, or not long ago, did so, where the provider says when that was.
fn check_proof(identity: &Identity, pending: &Pending) -> Result<(), Refusal> {
    let since = pending.proven_since.saturating_sub(LEEWAY).unwrap_or(Timestamp::MIN);
    match identity.proven_at {
        Some(proven_at) if proven_at < since => Err(Refusal::Unproven("proven-too-long-ago")),
        _ => Ok(()),
    }
}

async fn begin(
    accounts: &Accounts,
    known: &Known,
    identity: &Identity,
    admitted: &Admitted,
    sid: Option<Secret<String>>,
    visit: &Visit,
) -> Result<NewSession, Refusal> {
    let now = accounts.clock.now();
    let row = store::accounts::find(&accounts.database, admitted.account).await.map_err(unanswered)?;
    let own_second = row.is_some_and(|row| row.has_second_factor());
    let standing = match (identity.two_factors, own_second) {
        (true, _) => Standing::Multi,
        (false, true) => Standing::Partial,
        (false, false) => Standing::Single,
    };
    let issuer = &known.provider.issuer;
    let sid = sid.map(|sid| ProviderSubject { issuer, subject: &sid }.session_token(&accounts.sealer));
    let start = Start {
        account: admitted.account,
        roles: &admitted.roles,
        standing,
        means: Means::Provider {
            id: &known.provider.id,
            // Where the provider does not say when, it was long ago: what needs a recent proof asks for one.
            proven_at: identity.proven_at.unwrap_or(Timestamp::UNIX_EPOCH).min(now),
            session: AtProvider { subject: admitted.token, sid },
        },
    };
    start_session(accounts, start, visit).await.map_err(|error| match error {
        SignInError::Unavailable | SignInError::Full => Refusal::Unavailable,
        _ => Refusal::NotAdmitted("not-begun", Some(admitted.account)),
    })
}
