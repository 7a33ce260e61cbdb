//! What administrators do to people's accounts, and what is done to them as time passes.

pub(crate) mod demand_password;
pub(crate) mod invite;
pub(crate) mod read_people;
pub(crate) mod reset_factors;
pub(crate) mod suspend_dormant;

use tacenda_contracts::accounts::{BearerToken, IdentifyError};
use tacenda_kernel::TraceId;

use super::identify_caller::identify_caller;
use crate::{account::Author, error::ChangeError, service::Accounts};

/// Who presents this token, as an author of changes. Whether they may make one is asked with each change.
///
/// SECURITY: the token is verified here, so that whoever calls, a page too, can ask in nobody else's name.
pub(crate) async fn author(
    accounts: &Accounts,
    by: &BearerToken,
    trace: TraceId,
) -> Result<Author, ChangeError> {
    match identify_caller(accounts, Some(by), trace.into()).await {
        Ok(actor) => Ok(Author::Administrator(actor)),
        Err(IdentifyError::Unauthenticated) => Err(ChangeError::Refused),
        Err(IdentifyError::Full) => Err(ChangeError::Full),
        Err(IdentifyError::Unavailable) => Err(ChangeError::Unavailable),
    }
}
