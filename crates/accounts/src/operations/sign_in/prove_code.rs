//! A second factor proven by a code: of an authenticator app, or a recovery code. Each is good once.

use tacenda_contracts::accounts::{
    own_account::AttemptOutcome,
    sign_in::{FactorKind, NewSession, SessionToken, SignInError, Standing, Visit},
};
use tacenda_kernel::{ActorId, Secret};

use super::{
    begin_session::{no_turn_recorded, record_refusal},
    keep_session::{keep_attempt, raise_session},
    read_session::{Current, current},
    tries::{Tries, is_known},
};
use crate::{
    error::{Unanswered, unanswered},
    one_time_codes::{LONGEST_CODE, Typed, step_of, typed},
    sealing::Sealed,
    service::Accounts,
    store::{held::Held, recovery_codes, totp_secrets},
};

/// Takes the code and gives the session both factors, or refuses.
pub(crate) async fn prove_code(
    accounts: &Accounts,
    token: &SessionToken,
    code: &Secret<String>,
    visit: &Visit,
) -> Result<NewSession, SignInError> {
    // EXPOSE: only its length is looked at.
    if code.expose().len() > LONGEST_CODE {
        return Err(SignInError::Malformed("code".into()));
    }
    let Current { session, row, token } = current(accounts, token).await?;
    let person = session.person;
    let known = is_known(accounts, person, visit).await?;
    let tries = Tries::in_session(accounts, person, visit, known);
    if let Err(no_turn) = tries.take(accounts).await {
        return Err(no_turn_recorded(accounts, Some(person), no_turn, visit).await);
    }
    let code = typed(code);
    let factor = match &code {
        Typed::Totp(_) => FactorKind::Totp,
        Typed::Recovery(_) => FactorKind::RecoveryCode,
    };
    // Codes stand for a second factor that is there, not for one that was never enrolled.
    if !session.factors.contains(&factor) || !take_code(accounts, person, &code).await? {
        keep_attempt(accounts, person, AttemptOutcome::WrongFactor, Some(factor), !known, visit).await?;
        record_refusal(accounts, Some(person), "wrong-code", visit).await?;
        return Err(SignInError::Wrong);
    }
    tries.forgive(accounts).await?;
    raise_session(accounts, &token, row, &session.roles, Standing::Multi, Some(factor), visit).await
}

async fn take_code(accounts: &Accounts, person: ActorId, code: &Typed) -> Result<bool, Unanswered> {
    let now = accounts.clock.now();
    match code {
        Typed::Totp(code) => {
            let row = totp_secrets::find(&accounts.database, person).await.map_err(unanswered)?;
            let Some(row) = row else { return Ok(false) };
            let secret = accounts.sealer.open(&Sealed::TotpSecret(person), &row.sealed_secret)?;
            // EXPOSE: it is compared with the codes of now.
            let Some(step) = step_of(&secret, code.expose(), now)? else { return Ok(false) };
            taken(accounts, person, Taken::Step(step)).await
        }
        Typed::Recovery(code) => {
            taken(accounts, person, Taken::Code(accounts.sealer.recovery_token(person, code))).await
        }
    }
}

/// What is used up by being taken.
enum Taken {
    /// Of an authenticator app: this time step.
    Step(i64),
    /// A recovery code.
    Code(i64),
}

/// Uses it up, whatever becomes of the session. False where that was done before.
async fn taken(accounts: &Accounts, person: ActorId, what: Taken) -> Result<bool, Unanswered> {
    let (key, now) = (&accounts.database.key, accounts.clock.now());
    let mut client = accounts.database.client().await.map_err(unanswered)?;
    let transaction = client.transaction().await.map_err(unanswered)?;
    let held = Held::lock(&transaction, key, person).await.map_err(unanswered)?;
    let Some(mut held) = held else { return Ok(false) };
    let taken = match what {
        Taken::Step(step) => totp_secrets::take(&transaction, key, &mut held, step, now).await,
        Taken::Code(code) => recovery_codes::take(&transaction, key, &mut held, code, now).await,
    };
    if !taken.map_err(unanswered)? {
        return Ok(false);
    }
    let kept = held.keep(&transaction, key, now).await.map_err(unanswered)?;
    transaction.commit().await.map_err(unanswered)?;
    accounts.database.committed(kept);
    Ok(true)
}
