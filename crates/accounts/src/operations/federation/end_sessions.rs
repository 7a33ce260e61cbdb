//! Ends sessions where their provider says that they are over (OpenID Connect Back-Channel Logout 1.0).

use jiff::SignedDuration;
use tacenda_contracts::{
    accounts::federation::LogoutError,
    entry::{Entry, Event, Outcome},
};
use tacenda_crypto::{ProviderClaims, ProviderToken, sha256};
use tacenda_kernel::{ActorId, RequestContext, Secret, TraceId};
use tacenda_postgres::Transaction;
use uuid::Uuid;

use super::{directory::Known, refusal::Refusal};
use crate::{
    error::unanswered,
    recorder::about,
    sealing::ProviderSubject,
    service::Accounts,
    store::{authorisations, provider_sessions, sessions, used_assertions},
};

/// Longer than any logout token is taken.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);
const LONGEST_SID: usize = 255;

/// Ends the sessions that the token names: one at the provider, or all of a person that began there.
pub(crate) async fn end(
    accounts: &Accounts,
    provider: &str,
    token: &Secret<String>,
    request: RequestContext,
) -> Result<(), LogoutError> {
    let known = accounts.directory.named(provider).ok_or(LogoutError::NotFound)?;
    match ended(accounts, known, token, request.trace).await {
        Ok(()) => Ok(()),
        Err(refusal) => Err(refusal.recorded(accounts, provider, request).await.into()),
    }
}

async fn ended(
    accounts: &Accounts,
    known: &Known,
    token: &Secret<String>,
    trace: TraceId,
) -> Result<(), Refusal> {
    let expected = ProviderToken::Logout { client: &known.provider.client_id };
    // EXPOSE: it is verified.
    let claims = accounts.directory.verify(known, token.expose(), expected, accounts.clock.now()).await?;
    let sessions = named(accounts, known, &claims).await?;
    let mut client = accounts.database.client().await.map_err(unanswered)?;
    let transaction = client.transaction().await.map_err(unanswered)?;
    use_once(accounts, &transaction, known, &claims).await?;
    for (session, account) in &sessions {
        sessions::end(&transaction, *account, *session).await.map_err(unanswered)?;
    }
    let ids: Vec<_> = sessions.iter().map(|(session, _)| *session).collect();
    let (key, now) = (&accounts.database.key, accounts.clock.now());
    authorisations::end_of_sessions(&transaction, key, &ids, now).await.map_err(unanswered)?;
    record(accounts, known, &sessions, trace).await?;
    transaction.commit().await.map_err(unanswered)?;
    accounts.sessions.clear();
    accounts.known.clear();
    Ok(())
}

/// SECURITY: a token that somebody kept must not end sessions that began since; one that ended nothing, since something did
/// not answer, can come again.
async fn use_once(
    accounts: &Accounts,
    transaction: &Transaction<'_>,
    known: &Known,
    claims: &ProviderClaims,
) -> Result<(), Refusal> {
    let jti = claims.text("jti").unwrap_or_default();
    let name = sha256(format!("logout\0{}\0{jti}", known.provider.issuer).as_bytes());
    let now = accounts.clock.now();
    let forgotten_at = now.saturating_add(REMEMBERED).unwrap_or(now);
    match used_assertions::mark_with(transaction, &name, forgotten_at, now).await.map_err(unanswered)? {
        true => Ok(()),
        false => Err(Refusal::Unproven("replayed-logout")),
    }
}

async fn named(
    accounts: &Accounts,
    known: &Known,
    claims: &ProviderClaims,
) -> Result<Vec<(Uuid, ActorId)>, Refusal> {
    let issuer = &known.provider.issuer;
    let hashed = |text: &str| Secret::new(text.to_owned());
    let subject = claims.subject().map(hashed);
    let subject =
        subject.map(|subject| ProviderSubject { issuer, subject: &subject }.token(&accounts.sealer));
    let sid = claims.text("sid").filter(|sid| sid.len() <= LONGEST_SID).map(hashed);
    let sid = sid.map(|sid| ProviderSubject { issuer, subject: &sid }.session_token(&accounts.sealer));
    Ok(provider_sessions::named(&accounts.database, subject, sid).await.map_err(unanswered)?)
}

async fn record(
    accounts: &Accounts,
    known: &Known,
    sessions: &[(Uuid, ActorId)],
    trace: TraceId,
) -> Result<(), Refusal> {
    let mut elements = vec![format!("provider/{}", known.provider.id)];
    elements.extend(sessions.first().map(|(_, account)| about(*account)));
    elements.extend(sessions.iter().map(|(session, _)| format!("session/{session}")));
    let entry = accounts.recorder.entry(Event::SignedOut, Outcome::Allowed, trace);
    accounts.recorder.record(Entry { elements, ..entry }).await.map_err(|_| Refusal::Unavailable)
}
