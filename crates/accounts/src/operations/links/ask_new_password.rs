//! Somebody forgot their password, or says so.

use tacenda_contracts::{
    accounts::{links::LinkError, sign_in::Visit},
    entry::{Entry, Event, Fact, Outcome},
};
use tacenda_kernel::Secret;

use crate::{
    address,
    error::unanswered,
    operations::{issue_token::random_uuid, sign_in::tries::Tries},
    service::Accounts,
    store::password_requests,
    visit::context,
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
    let email = address::normal(email).map_err(|_| LinkError::Malformed("e-mail address".into()))?;
    let token = accounts.sealer.email_token(&email);
    let turn = Tries::at_mail(accounts, token, visit).take(accounts).await;
    let entry = match &turn {
        Ok(()) => accounts.recorder.entry(Event::AccountChanged, Outcome::Allowed, context(visit)),
        Err(_) => {
            let denied = accounts.recorder.entry(Event::AccountChanged, Outcome::Denied, context(visit));
            denied.because("too-many-attempts")
        }
    };
    let facts = vec![Fact::step("ask-new-password")];
    accounts.recorder.record_stranger(Entry { facts, ..entry }, visit.request()).await?;
    turn?;
    let (id, now) = (random_uuid(accounts), accounts.clock.now());
    Ok(password_requests::insert(&accounts.database, id, token, now).await.map_err(unanswered)?)
}
