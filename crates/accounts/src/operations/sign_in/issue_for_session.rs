//! An access token for a signed-in person, for pages that ask what only a token opens.

use tacenda_contracts::{
    accounts::{
        IssuedToken, TokenError,
        sign_in::{Session, SessionToken, SessionTokenError, Standing},
    },
    entry::{Entry, Event, Fact, Outcome, Source},
};
use tacenda_kernel::{Actor, AuthStrength, Role, TraceId};

use super::read_session::read_session;
use crate::{
    operations::issue_token::{active, actor_for, issue, refuse},
    service::Accounts,
};

/// Issues a token for one role of the session's person, unless something must be done first.
pub(crate) async fn issue_for_session(
    accounts: &Accounts,
    token: &SessionToken,
    role: Role,
    trace: TraceId,
) -> Result<IssuedToken, SessionTokenError> {
    let session = read_session(accounts, token).await?;
    if !session.duties.is_empty() {
        return Err(refused(accounts, &session, "duty-first", SessionTokenError::DutyFirst, trace).await);
    }
    if !session.roles.contains(&role) {
        return Err(refused(accounts, &session, "no-such-role", SessionTokenError::RoleNotHeld, trace).await);
    }
    granted(accounts, &session, role, trace).await.map_err(|error| match error {
        TokenError::InvalidClient => SessionTokenError::Ended,
        TokenError::InvalidScope => SessionTokenError::RoleNotHeld,
        TokenError::Full => SessionTokenError::Full,
        _ => SessionTokenError::Unavailable,
    })
}

/// Records the refusal; what is then answered.
async fn refused(
    accounts: &Accounts,
    session: &Session,
    reason: &str,
    error: SessionTokenError,
    trace: TraceId,
) -> SessionTokenError {
    let entry = accounts.recorder.entry(Event::TokenIssued, Outcome::Denied, trace).because(reason);
    let facts = vec![Fact::Session(session.id)];
    let source = Source { session: Some(session.id), ..entry.source };
    match accounts.recorder.record(Entry { actor: Some(session.person), facts, source, ..entry }).await {
        Ok(()) => error,
        Err(unrecorded) => unrecorded.into(),
    }
}

async fn granted(
    accounts: &Accounts,
    session: &Session,
    role: Role,
    trace: TraceId,
) -> Result<IssuedToken, TokenError> {
    let strength =
        if session.standing == Standing::Multi { AuthStrength::Multi } else { AuthStrength::Single };
    let actor = match active(accounts, session.person).await {
        Ok(row) => actor_for(accounts, &row, Some(role), strength),
        Err(refusal) => Err(refusal),
    };
    match actor {
        Ok(actor) => {
            let actor = Actor { proven_at: session.proven_at, ..actor };
            issue(accounts, &actor, trace, Fact::Session(session.id)).await
        }
        Err(refusal) => Err(refuse(accounts, refusal, trace.into()).await),
    }
}
