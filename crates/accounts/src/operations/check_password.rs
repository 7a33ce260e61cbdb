//! Whether a person knows their password: the first factor of signing in on a page.

use tacenda_contracts::entry::{Entry, Event, Outcome};
use tacenda_kernel::{ActorId, Secret, TraceId};

use crate::{
    account::OPERATOR,
    error::{SignInError, unanswered},
    recorder::about,
    sealing::Sealed,
    service::Accounts,
    store::{self, passwords},
};

/// The account of the person with this e-mail address and password. A refusal is recorded before it is answered.
///
/// Success gives no right by itself and makes no entry: the token or session that follows does.
pub(crate) async fn check_password(
    accounts: &Accounts,
    email: &Secret<String>,
    password: &Secret<String>,
    trace: TraceId,
) -> Result<ActorId, SignInError> {
    let token = accounts.sealer.email_token(email);
    let row = store::accounts::find_by_email(&accounts.database, token).await.map_err(unanswered)?;
    // Nobody has the operator's number, so a stranger's password is looked for all the same.
    let id = row.as_ref().map_or(OPERATOR, |row| row.id);
    let sealed = passwords::find(&accounts.database, id).await.map_err(unanswered)?;
    let phc = sealed.map(|sealed| accounts.sealer.open_text(&Sealed::Password(id), &sealed)).transpose()?;
    let fits = accounts.hasher.fits(password, phc).await?;
    let reason = match &row {
        Some(row) if fits && !row.suspended => return Ok(row.id),
        Some(_) if fits => "suspended",
        Some(_) => "wrong-password",
        None => "unknown-email",
    };
    let entry = accounts.recorder.entry(Event::Unauthenticated, Outcome::Denied, trace).because(reason);
    let entry = Entry { elements: row.iter().map(|row| about(row.id)).collect(), ..entry };
    accounts.recorder.record(entry).await?;
    Err(SignInError::Wrong)
}
