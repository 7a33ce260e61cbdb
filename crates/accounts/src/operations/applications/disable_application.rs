//! Ends what an application may do, and lets it do that again. It is its account that is suspended.

use tacenda_kernel::{ActorId, TraceId};

use crate::{
    account::{AccountKind, Author},
    error::ChangeError,
    operations::{people::read_people::authorise, suspend_account},
    service::Accounts,
    store::{self, clients},
};

/// From now the application gets no token, in nobody's name either; those it has are not believed within 5 s.
pub(crate) async fn disable(
    accounts: &Accounts,
    author: &Author,
    client_id: &str,
    trace: TraceId,
) -> Result<(), ChangeError> {
    let account = application(accounts, author, client_id, trace).await?;
    suspend_account::suspend(accounts, author, account, trace).await
}

/// Lets it do again what it might.
pub(crate) async fn enable(
    accounts: &Accounts,
    author: &Author,
    client_id: &str,
    trace: TraceId,
) -> Result<(), ChangeError> {
    let account = application(accounts, author, client_id, trace).await?;
    suspend_account::reinstate(accounts, author, account, trace).await
}

async fn application(
    accounts: &Accounts,
    author: &Author,
    client_id: &str,
    trace: TraceId,
) -> Result<ActorId, ChangeError> {
    // Who is no administrator learns nothing, not even whether there is such an application.
    authorise(accounts, author, trace).await?;
    // PostgreSQL takes no zero byte in text; no client has one in its id.
    if client_id.contains('\0') {
        return Err(ChangeError::NotFound);
    }
    let client = clients::find(&accounts.database, client_id).await?.ok_or(ChangeError::NotFound)?;
    let account = store::accounts::find(&accounts.database, client.account).await?;
    let application = account.filter(|account| account.kind == AccountKind::Application);
    Ok(application.ok_or(ChangeError::NotFound)?.id)
}
