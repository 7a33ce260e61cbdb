//! Ends sessions where their provider says that they are over (OpenID Connect Back-Channel Logout 1.0).

use std::collections::BTreeSet;

use jiff::SignedDuration;
use tacenda_contracts::{
    accounts::federation::LogoutError,
    entry::{Entry, Event, Fact, Outcome},
};
use tacenda_crypto::{ProviderClaims, ProviderToken, sha256};
use tacenda_kernel::{ActorId, RequestContext, Secret, TraceId};
use tacenda_postgres::Transaction;
use uuid::Uuid;

use super::{directory::Known, refusal::Refusal};
use crate::{
    error::unanswered,
    recorder::{about, announced},
    sealing::ProviderSubject,
    service::Accounts,
    store::{
        authorisations,
        held::{Held, Kept},
        sessions, used_assertions,
    },
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
    let mut kept = Vec::new();
    let accounts_named: BTreeSet<_> = sessions.iter().map(|(_, account)| account.0).collect();
    for account in accounts_named {
        let of_account = sessions.iter().filter(|(_, whose)| whose.0 == account);
        let ids: Vec<_> = of_account.map(|(session, _)| *session).collect();
        kept.push(end_of_one(accounts, &transaction, ActorId(account), &ids).await?);
    }
    record(accounts, known, &sessions, &kept, trace).await?;
    transaction.commit().await.map_err(unanswered)?;
    kept.into_iter().for_each(|kept| accounts.database.committed(kept));
    accounts.sessions.clear();
    accounts.known.clear();
    Ok(())
}

/// Ends these sessions of one account, and what applications may do that ends with them.
async fn end_of_one(
    accounts: &Accounts,
    transaction: &Transaction<'_>,
    account: ActorId,
    sessions: &[Uuid],
) -> Result<Option<Kept>, Refusal> {
    let (key, now) = (&accounts.database.key, accounts.clock.now());
    let held = Held::lock(transaction, key, account).await.map_err(unanswered)?;
    let Some(mut held) = held else { return Err(Refusal::Unavailable) };
    for session in sessions {
        sessions::end(transaction, &mut held, *session).await.map_err(unanswered)?;
    }
    authorisations::end_of_sessions(transaction, key, &mut held, sessions, now).await.map_err(unanswered)?;
    Ok(held.keep(transaction, key, now).await.map_err(unanswered)?)
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
    Ok(sessions::named(&accounts.database, subject, sid).await.map_err(unanswered)?)
}

async fn record(
    accounts: &Accounts,
    known: &Known,
    sessions: &[(Uuid, ActorId)],
    kept: &[Option<Kept>],
    trace: TraceId,
) -> Result<(), Refusal> {
    let mut facts = vec![Fact::Provider(known.provider.id.clone())];
    facts.extend(sessions.first().map(|(_, account)| about(*account)));
    facts.extend(sessions.iter().map(|(session, _)| Fact::Session(*session)));
    facts.extend(kept.iter().filter_map(|kept| announced(*kept)));
    let entry = accounts.recorder.entry(Event::SignedOut, Outcome::Allowed, trace);
    accounts.recorder.record(Entry { facts, ..entry }).await.map_err(|_| Refusal::Unavailable)
}
