//! UserInfo (OpenID Connect Core §5.3).

use tacenda_contracts::accounts::{
    BearerToken, IdentifyError,
    oauth::{UserInfo, UserInfoError},
};
use tacenda_kernel::TraceId;

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
    trace: TraceId,
) -> Result<UserInfo, UserInfoError> {
    let actor = identify_caller(accounts, token, trace).await.map_err(|error| match error {
        IdentifyError::Unauthenticated => UserInfoError::Unauthenticated,
        IdentifyError::Unavailable => UserInfoError::Unavailable,
    })?;
    let delegation = actor.delegation.ok_or(UserInfoError::InsufficientScope)?;
    let row = authorisations::find(&accounts.database, delegation.authorisation).await.map_err(unanswered)?;
    let row = row.ok_or(UserInfoError::Unauthenticated)?;
    let scopes = Scopes::of(row.scopes.iter().map(String::as_str)).unwrap_or_default();
    if !scopes.has(&Scope::OpenId) {
        return Err(UserInfoError::InsufficientScope);
    }
    let name = if scopes.has(&Scope::Profile) {
        let account = store::accounts::find(&accounts.database, row.person).await.map_err(unanswered)?;
        let account = account.ok_or(UserInfoError::Unauthenticated)?;
        Some(Profile::open(row.person, &account.sealed_profile, &accounts.sealer)?.display_name)
    } else {
        None
    };
    let context = Context::open(&row, &accounts.sealer)?;
    Ok(UserInfo { subject: row.person, name, fhir_user: fhir_user(accounts, &row, &scopes, &context) })
}
