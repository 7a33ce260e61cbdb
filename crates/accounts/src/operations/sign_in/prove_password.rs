//! The password proven anew, by somebody who has nothing stronger.

use tacenda_contracts::accounts::{
    own_account::AttemptOutcome,
    sign_in::{NewSession, SessionToken, SignInError, Standing, Visit},
};
use tacenda_kernel::Secret;

use super::{
    begin_session::{check_length, no_turn_recorded, record_refusal, verify},
    keep_session::{keep_attempt, raise_session},
    read_session::{Current, current},
    tries::{Tries, is_known},
};
use crate::service::Accounts;

/// A session proves the one factor that there is again.
pub(crate) async fn prove_password(
    accounts: &Accounts,
    token: &SessionToken,
    password: &Secret<String>,
    visit: &Visit,
) -> Result<NewSession, SignInError> {
    check_length(password)?;
    let Current { session, row, token } = current(accounts, token).await?;
    // Where the last factor was removed, even a session that had proven it has nothing stronger.
    if session.standing == Standing::Partial || !session.factors.is_empty() {
        return Err(SignInError::SecondFactorNeeded);
    }
    let person = session.person;
    let known = is_known(accounts, person, visit).await?;
    let tries = Tries::in_session(accounts, person, visit, known);
    if let Err(no_turn) = tries.take(accounts).await {
        return Err(no_turn_recorded(accounts, Some(person), no_turn, visit).await);
    }
    if verify(accounts, person, password).await?.is_none() {
        keep_attempt(accounts, person, AttemptOutcome::WrongPassword, None, !known, visit).await?;
        record_refusal(accounts, Some(person), "wrong-password", visit).await?;
        return Err(SignInError::Wrong);
    }
    tries.forgive(accounts).await?;
    raise_session(accounts, &token, row, &session.roles, Standing::Single, None, visit).await
}
