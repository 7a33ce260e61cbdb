//! UserInfo (OpenID Connect Core §5.3).

use tacenda_contracts::{
    accounts::{
        BearerToken, IdentifyError,
        oauth::{UserInfo, UserInfoError},
    },
    entry::{Entry, Event, Fact, Outcome},
};
use tacenda_kernel::{Actor, RequestContext, TraceId};

use super::{
    authorisation::Context,
    scopes::{Scope, Scopes},
    tokens::fhir_user,
};
use crate::{
    error::unanswered,
    operations::identify_caller::identify_caller,
    sealing::Profile,
    service::Accounts,
    store::{self, authorisations},
};

pub(crate) async fn user_info(
    accounts: &Accounts,
    token: Option<&BearerToken>,
    request: RequestContext,
) -> Result<UserInfo, UserInfoError> {
    let trace = request.trace;
    let actor = identify_caller(accounts, token, request).await.map_err(|error| match error {
        IdentifyError::Unauthenticated => UserInfoError::Unauthenticated,
        IdentifyError::Full => UserInfoError::Full,
        IdentifyError::Unavailable => UserInfoError::Unavailable,
    })?;
    // What the token itself is for: a refresh may have narrowed it.
    let words = actor.delegation.iter().flat_map(|delegation| &delegation.identity);
    let scopes = Scopes::of(words.map(String::as_str)).unwrap_or_default();
    let Some(delegation) = actor.delegation.as_ref().filter(|_| scopes.has(&Scope::OpenId)) else {
        record(accounts, &actor, Outcome::Denied, Some("insufficient-scope"), trace).await?;
        return Err(UserInfoError::InsufficientScope);
    };
    let row = authorisations::find(&accounts.database, delegation.authorisation).await.map_err(unanswered)?;
    let row = row.ok_or(UserInfoError::Unauthenticated)?;
    let name = if scopes.has(&Scope::Profile) {
        let account = store::accounts::find(&accounts.database, row.person).await.map_err(unanswered)?;
        let account = account.ok_or(UserInfoError::Unauthenticated)?;
        Some(Profile::open(row.person, &account.sealed_profile, &accounts.sealer)?.display_name)
    } else {
        None
    };
    let context = Context::open(&row, &accounts.sealer)?;
    record(accounts, &actor, Outcome::Allowed, None, trace).await?;
    Ok(UserInfo { subject: row.person, name, fhir_user: fhir_user(accounts, &row, &scopes, &context) })
}

async fn record(
    accounts: &Accounts,
    actor: &Actor,
    outcome: Outcome,
    reason: Option<&str>,
    trace: TraceId,
) -> Result<(), UserInfoError> {
    let entry = accounts.recorder.entry(Event::AccountsRead, outcome, trace).by(actor);
    let client = actor.delegation.iter().map(|delegation| Fact::Client(delegation.client.clone()));
    let facts = std::iter::once(Fact::step("user-info")).chain(client).collect();
    Ok(accounts.recorder.record(Entry { facts, reason: reason.map(str::to_owned), ..entry }).await?)
}
