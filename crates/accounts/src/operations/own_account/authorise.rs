//! Whose own account it is, and whether the session has proven enough for what is asked.

use tacenda_contracts::accounts::{
    own_account::OwnAccountError,
    sign_in::{Duty, SessionToken},
};

use crate::{
    limits::RECENT,
    operations::sign_in::read_session::{Current, current},
    service::Accounts,
};

/// What is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asks {
    /// To look: whatever the duties, but for a second factor that is owed.
    Look,
    /// To change something.
    Change,
    /// To do what this duty says, or the same of one's own accord.
    Fulfil(Duty),
}

/// The session, if it may do this now.
pub(crate) async fn authorise(
    accounts: &Accounts,
    token: &SessionToken,
    asks: Asks,
) -> Result<Current, OwnAccountError> {
    let current = current(accounts, token).await?;
    if current.session.duties.contains(&Duty::ProveSecondFactor) {
        return Err(OwnAccountError::DutyFirst);
    }
    match (asks, current.session.duties.first()) {
        (Asks::Look, _) | (_, None) => Ok(current),
        (Asks::Fulfil(duty), Some(first)) if duty == *first => Ok(current),
        _ => Err(OwnAccountError::DutyFirst),
    }
}

/// The session, if it may do this now and has proven a factor in the last minutes.
///
/// SECURITY: a browser that was left open for a moment is not enough to take an account over.
pub(crate) async fn authorise_proven(
    accounts: &Accounts,
    token: &SessionToken,
    asks: Asks,
) -> Result<Current, OwnAccountError> {
    let current = authorise(accounts, token, asks).await?;
    let now = accounts.clock.now();
    let recent = current.session.proven_at.is_some_and(|proven_at| now.duration_since(proven_at) < RECENT);
    if recent { Ok(current) } else { Err(OwnAccountError::ProofNeeded) }
}
