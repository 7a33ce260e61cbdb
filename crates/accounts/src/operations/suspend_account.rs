//! Suspends an account, and ends a suspension.

use tacenda_kernel::{ActorId, TraceId};

use super::change_account::{Change, Step};
use crate::{account::Author, error::ChangeError, service::Accounts};

/// From now no token is issued to the account; those it has are not believed any more, here at once and in other
/// instances within 5 s.
pub(crate) async fn suspend(
    accounts: &Accounts,
    author: &Author,
    account: ActorId,
    trace: TraceId,
) -> Result<(), ChangeError> {
    let change = Change::authorise(accounts, author, account, trace).await?;
    change.existing().await?;
    change.commit(&[Step::Suspend]).await
}

/// Ends the suspension.
pub(crate) async fn reinstate(
    accounts: &Accounts,
    author: &Author,
    account: ActorId,
    trace: TraceId,
) -> Result<(), ChangeError> {
    let change = Change::authorise(accounts, author, account, trace).await?;
    change.existing().await?;
    change.commit(&[Step::Reinstate]).await
}
