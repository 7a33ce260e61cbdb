//! Who sits at the browser, as far as applications need to know.

use jiff::Timestamp;
use tacenda_contracts::accounts::{
    oauth::AuthorizeError,
    sign_in::{SessionError, SessionToken, Standing},
};
use tacenda_kernel::{ActorId, AuthStrength, Role, TraceId};
use uuid::Uuid;

use crate::{
    error::{Unanswered, unanswered},
    limits::lifetime,
    operations::sign_in::{end_session as ending, read_session::read_session},
    service::Accounts,
    store::sessions,
};

/// A person with a session in force.
pub(crate) struct AtBrowser {
    pub(crate) person: ActorId,
    pub(crate) session: Uuid,
    pub(crate) session_ends_at: Timestamp,
    pub(crate) strength: AuthStrength,
    pub(crate) proven_at: Option<Timestamp>,
    pub(crate) roles: Vec<Role>,
    /// Whether something must be done before anything else.
    pub(crate) duties: bool,
}

/// Whose session this is; nobody's where it is over, or where a second factor is owed.
pub(crate) async fn at_browser(
    accounts: &Accounts,
    session: &SessionToken,
) -> Result<Option<AtBrowser>, AuthorizeError> {
    let session = match read_session(accounts, session).await {
        Ok(session) if session.standing == Standing::Partial => return Ok(None),
        Ok(session) => session,
        Err(SessionError::Ended) => return Ok(None),
        Err(SessionError::Full) => return Err(AuthorizeError::Full),
        Err(SessionError::Unavailable) => return Err(AuthorizeError::Unavailable),
    };
    Ok(Some(AtBrowser {
        person: session.person,
        session: session.id,
        session_ends_at: session.ends_at,
        strength: match session.standing {
            Standing::Multi => AuthStrength::Multi,
            Standing::Partial | Standing::Single => AuthStrength::Single,
        },
        proven_at: session.proven_at,
        roles: session.roles,
        duties: !session.duties.is_empty(),
    }))
}

/// Ends the session.
pub(crate) async fn end_session(
    accounts: &Accounts,
    session: &SessionToken,
    trace: TraceId,
) -> Result<(), AuthorizeError> {
    let ended = ending::end_session(accounts, session, trace).await;
    ended.map_err(|error| match error {
        SessionError::Full => AuthorizeError::Full,
        SessionError::Ended | SessionError::Unavailable => AuthorizeError::Unavailable,
    })
}

/// Whether the session that an authorisation ends with is still there. One that ends with none holds.
pub(crate) async fn session_holds(
    accounts: &Accounts,
    session: Option<Uuid>,
    now: Timestamp,
) -> Result<bool, Unanswered> {
    let Some(session) = session else { return Ok(true) };
    let row = sessions::in_time(&accounts.database, session, now).await.map_err(unanswered)?;
    let Some((row, account)) = row else { return Ok(false) };
    let roles = account.roles_in_force(now);
    Ok(!roles.is_empty() && now.duration_since(row.seen_at) < lifetime(&roles).idle)
}
