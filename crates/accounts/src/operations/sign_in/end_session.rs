//! Signing out.

use tacenda_contracts::{
    accounts::sign_in::{SessionError, SessionToken},
    entry::{Entry, Event, Fact, Outcome, Source},
};
use tacenda_kernel::TraceId;

use super::read_session::current;
use crate::{
    error::unanswered,
    recorder::announced,
    service::Accounts,
    store::{held::Held, sessions},
    visit::token_hash,
};

/// Ends the session of the token; one that is over stays over.
pub(crate) async fn end_session(
    accounts: &Accounts,
    token: &SessionToken,
    trace: TraceId,
) -> Result<(), SessionError> {
    if let Some(hash) = token_hash(token) {
        accounts.sessions.remove(&hash);
    }
    let session = match current(accounts, token).await {
        Ok(found) => found.session,
        Err(SessionError::Ended) => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut client = accounts.database.client().await.map_err(unanswered)?;
    let transaction = client.transaction().await.map_err(unanswered)?;
    let key = &accounts.database.key;
    let held = Held::lock(&transaction, key, session.person).await.map_err(unanswered)?;
    let Some(mut held) = held else { return Err(SessionError::Unavailable) };
    sessions::end(&transaction, &mut held, session.id).await.map_err(unanswered)?;
    let kept = held.keep(&transaction, key, accounts.clock.now()).await.map_err(unanswered)?;
    let entry = accounts.recorder.entry(Event::SignedOut, Outcome::Allowed, trace);
    let facts = std::iter::once(Fact::Session(session.id)).chain(announced(kept)).collect();
    let source = Source { session: Some(session.id), ..entry.source };
    accounts.recorder.record(Entry { actor: Some(session.person), facts, source, ..entry }).await?;
    transaction.commit().await.map_err(unanswered)?;
    accounts.database.committed(kept);
    Ok(())
}
