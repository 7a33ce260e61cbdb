//! A session by e-mail address and password.

use tacenda_contracts::{
    accounts::{
        own_account::AttemptOutcome,
        sign_in::{NewSession, SignInError, Standing, Visit},
    },
    entry::{Entry, Event, Outcome},
};
use tacenda_kernel::{ActorId, Secret};

use super::{
    keep_session::{Means, Start, keep_attempt, start_session},
    tries::{NoTurn, Tries, is_known},
};
use crate::{
    account::OPERATOR,
    address,
    error::{Unanswered, unanswered},
    password_rules::LONGEST_PASSWORD,
    recorder::about,
    sealing::Sealed,
    service::Accounts,
    store::{
        self,
        accounts::AccountRow,
        passwords::{self, PasswordRow},
    },
};

/// Begins a session, or refuses. A refusal is recorded before it is answered.
///
/// SECURITY: an address that nobody has, a wrong password and a suspended account take the same steps: the same
/// statements with the same effects, one Argon2id, one entry. What a session needs is done after it is known that
/// there will be one.
pub(crate) async fn begin_session(
    accounts: &Accounts,
    email: &Secret<String>,
    password: &Secret<String>,
    visit: &Visit,
) -> Result<NewSession, SignInError> {
    let email = address::normal(email).map_err(|_| SignInError::Malformed("e-mail address".into()))?;
    check_length(password)?;
    let token = accounts.sealer.email_token(&email);
    let row = store::accounts::find_by_email(&accounts.database, token).await.map_err(unanswered)?;
    // Nobody has the operator's number, so a stranger's password is looked for all the same.
    let account = row.as_ref().map_or(OPERATOR, |row| row.id);
    let known = is_known(accounts, account, visit).await?;
    let tries = Tries::at_password(accounts, token, visit, known);
    if let Err(no_turn) = tries.take(accounts).await {
        return Err(no_turn_recorded(accounts, row.map(|row| row.id), no_turn, visit).await);
    }
    let verified = verify(accounts, account, password).await?;
    let reason = match (&row, &verified) {
        (Some(row), Some(verified)) if !row.suspended => {
            tries.forgive(accounts).await?;
            return signed_in(accounts, row, &verified.sealed_hash, visit).await;
        }
        (Some(_), Some(_)) => "suspended",
        (Some(_), None) => "wrong-password",
        (None, _) => "unknown-email",
    };
    tries.fail(accounts).await?;
    keep_attempt(accounts, account, AttemptOutcome::WrongPassword, None, !known, visit).await?;
    record_refusal(accounts, row.map(|row| row.id), reason, visit).await?;
    Err(SignInError::Wrong)
}

/// The password as stored that this one fits, if it is the account's.
pub(crate) async fn verify(
    accounts: &Accounts,
    account: ActorId,
    password: &Secret<String>,
) -> Result<Option<PasswordRow>, Unanswered> {
    let stored = passwords::find(&accounts.database, account).await.map_err(unanswered)?;
    let open = |row: &PasswordRow| accounts.sealer.open_text(&Sealed::Password(account), &row.sealed_hash);
    let fits = accounts.hasher.fits(password, stored.as_ref().map(open).transpose()?).await?;
    Ok(stored.filter(|_| fits))
}

pub(crate) fn check_length(password: &Secret<String>) -> Result<(), SignInError> {
    // EXPOSE: only its length is looked at.
    if password.expose().len() > LONGEST_PASSWORD {
        Err(SignInError::Malformed("password".into()))
    } else {
        Ok(())
    }
}

/// Begins the session of somebody whose password fits this sealed hash.
pub(crate) async fn signed_in(
    accounts: &Accounts,
    row: &AccountRow,
    verified: &[u8],
    visit: &Visit,
) -> Result<NewSession, SignInError> {
    let roles = row.roles_in_force(accounts.clock.now());
    if roles.is_empty() {
        record_refusal(accounts, Some(row.id), "no-role", visit).await?;
        return Err(SignInError::Wrong);
    }
    let standing = if row.has_second_factor() { Standing::Partial } else { Standing::Single };
    start_session(
        accounts,
        Start { account: row.id, roles: &roles, standing, means: Means::Password(verified) },
        visit,
    )
    .await
}

pub(crate) async fn no_turn_recorded(
    accounts: &Accounts,
    account: Option<ActorId>,
    no_turn: NoTurn,
    visit: &Visit,
) -> SignInError {
    match record_refusal(accounts, account, TOO_MANY, visit).await {
        Ok(()) => no_turn.into(),
        Err(unavailable) => unavailable,
    }
}

/// Why somebody was refused without a look at what they sent.
const TOO_MANY: &str = "too-many-attempts";

/// Whoever was refused is a stranger: the entry is about the account, not by it.
pub(crate) async fn record_refusal(
    accounts: &Accounts,
    account: Option<ActorId>,
    reason: &str,
    visit: &Visit,
) -> Result<(), SignInError> {
    let recorder = &accounts.recorder;
    let entry = recorder.entry(Event::Unauthenticated, Outcome::Denied, visit.request()).because(reason);
    let entry = Entry { facts: account.map(about).into_iter().collect(), ..entry };
    // What is tried on an account is in its own entry, as long as tries are few.
    if account.is_some() && reason != TOO_MANY {
        return Ok(recorder.record(entry).await?);
    }
    Ok(recorder.record_stranger(entry, visit.request()).await?)
}
