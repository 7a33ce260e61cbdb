//! Somebody forgot their password, or says so.

use tacenda_contracts::{
    accounts::{links::LinkError, sign_in::Visit},
    entry::{Entry, Event, Outcome},
};
use tacenda_kernel::Secret;

use crate::{
    address,
    error::unanswered,
    operations::{issue_token::random_uuid, sign_in::tries::Tries},
    service::Accounts,
    store::password_requests,
};

/// Notes that somebody asked.
///
/// SECURITY: nobody is looked for here, so an address that nobody has takes the same work; `answer_requests.rs` looks, a
/// little later.
pub(crate) async fn ask_new_password(
    accounts: &Accounts,
    email: &Secret<String>,
    visit: &Visit,
) -> Result<(), LinkError> {
    let email = address::normal(email).map_err(|_| LinkError::Malformed("e-mail address"))?;
    let token = accounts.sealer.email_token(&email);
    let turn = Tries::at_mail(accounts, token, visit).take(accounts).await;
    let entry = match &turn {
        Ok(()) => accounts.recorder.entry(Event::AccountChanged, Outcome::Allowed, visit.trace),
        Err(_) => {
            let denied = accounts.recorder.entry(Event::AccountChanged, Outcome::Denied, visit.trace);
            denied.because("too-many-attempts")
        }
    };
    let elements = vec!["ask-new-password".to_owned()];
    accounts.recorder.record_stranger(Entry { elements, ..entry }, visit.request()).await?;
    turn?;
    let (id, now) = (random_uuid(accounts), accounts.clock.now());
    Ok(password_requests::insert(&accounts.database, id, token, now).await.map_err(unanswered)?)
}
