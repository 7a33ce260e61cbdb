//! Mail to people about the applications that act in their names.

use tacenda_kernel::ActorId;
use tacenda_postgres::Transaction;

use super::begin::application_name;
use crate::{
    error::{Unanswered, unanswered},
    notices::{Notice, NoticeKind},
    sealing::Profile,
    service::Accounts,
    store::{self, notices},
};

/// Queues it with the change that it tells of; nothing for somebody without an address.
pub(crate) async fn tell(
    accounts: &Accounts,
    transaction: &Transaction<'_>,
    person: ActorId,
    client: ActorId,
    kind: NoticeKind,
) -> Result<(), Unanswered> {
    let row = store::accounts::find(&accounts.database, person).await.map_err(unanswered)?;
    let row = row.ok_or_else(Unanswered::default)?;
    let profile = Profile::open(person, &row.sealed_profile, &accounts.sealer)?;
    let Some(notice) = Notice::to_owner(&profile, kind) else { return Ok(()) };
    let notice = notice.about(&application_name(accounts, client).await?);
    let sealed = notice.seal(&accounts.sealer, accounts.clock.as_ref(), accounts.random.as_ref())?;
    notices::insert(transaction, &sealed).await.map_err(unanswered)
}
