//! The person's answer to an authorization request.

use jiff::SignedDuration;
use tacenda_contracts::accounts::{
    oauth::{AuthorizeError, AuthorizeFault, Decision, Location},
    sign_in::{SessionToken, Visit},
};
use tacenda_kernel::{AuthStrength, PublicId, Role};

use super::{
    authorisation::{Allowed, give_code, record_refusal},
    begin::{fitting, is_stale},
    request::{Asked, read},
    whom::{AtBrowser, at_browser},
};
use crate::service::Accounts;

/// How long somebody takes to answer who was asked right after they proved who they are.
const TO_ANSWER: SignedDuration = SignedDuration::from_mins(5);

pub(crate) async fn decide(
    accounts: &Accounts,
    query: &str,
    session: &SessionToken,
    decision: Decision,
    visit: &Visit,
) -> Result<Location, AuthorizeError> {
    let asked = read(accounts, query, visit.request()).await?;
    let who = at_browser(accounts, session).await?.ok_or(AuthorizeError::Ended)?;
    match decision {
        Decision::Deny => {
            record_refusal(accounts, &asked, &who, "person", visit.trace).await?;
            Err(asked.asker.refuse("access_denied", "the person let the application do nothing"))
        }
        Decision::Allow { role, patient } => {
            let patient = match offered(accounts, &asked, &who, role, patient) {
                Err(AuthorizeError::Page(fault)) => {
                    record_refusal(accounts, &asked, &who, fault.code(), visit.trace).await?;
                    return Err(fault.into());
                }
                offered => offered?,
            };
            let allowed = Allowed { asked: &asked, who: &who, role, patient, afresh: true };
            give_code(accounts, allowed, visit.trace).await
        }
    }
}

/// SECURITY: the answer comes from a form. What holds for the question holds for it, too.
fn offered(
    accounts: &Accounts,
    asked: &Asked,
    who: &AtBrowser,
    role: Role,
    patient: Option<String>,
) -> Result<Option<String>, AuthorizeError> {
    if !fitting(&who.roles, &asked.scopes).contains(&role) {
        return Err(AuthorizeFault::NotOffered.into());
    }
    let one_factor = who.strength != AuthStrength::Multi && (asked.two_factors || role != Role::Patient);
    if who.duties || one_factor || is_stale(accounts, asked, who, TO_ANSWER) {
        return Err(AuthorizeError::Ended);
    }
    let is_patient = |id: &String| matches!(id.parse(), Ok(PublicId::One(_)));
    match (asked.scopes.need_patient(), patient) {
        (false, _) => Ok(None),
        (true, Some(id)) if is_patient(&id) => Ok(Some(id)),
        (true, _) => Err(AuthorizeFault::NotOffered.into()),
    }
}
