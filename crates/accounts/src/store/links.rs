//! Table `links`: what was sent by mail, each good once.

use jiff::Timestamp;
use tacenda_contracts::accounts::links::LinkPurpose;
use tacenda_kernel::{ActorId, Secret};
use tacenda_postgres::{Database, DatabaseError, Transaction};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::sealing::{Sealed, Sealer, SealingFailed};

/// A link as stored.
pub(crate) struct LinkRow {
    pub(crate) account: ActorId,
    pub(crate) purpose: LinkPurpose,
    /// For a change of address: its name and the new address, sealed.
    pub(crate) change: Option<AddressChange>,
    pub(crate) made_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

/// A change of address as its two links have it.
#[derive(Clone)]
pub(crate) struct AddressChange {
    pub(crate) id: Uuid,
    pub(crate) sealed_address: Vec<u8>,
}

impl AddressChange {
    /// The new address.
    pub(crate) fn address(&self, sealer: &Sealer) -> Result<Secret<String>, SealingFailed> {
        sealer.open_text(&Sealed::LinkAddress(self.id), &self.sealed_address)
    }
}

const FIND: &str = "select account, purpose, change, sealed_address, made_at, expires_at from links \
     where link = $1 and used_at is null and expires_at > $2";

/// The link with this hash, if it is good now.
pub(crate) async fn find(
    database: &Database,
    link: &[u8; 32],
    now: Timestamp,
) -> Result<Option<LinkRow>, DatabaseError> {
    let rows = database.lanes().query(FIND, &[&link.as_slice(), &now]).await?;
    rows.first().map(read).transpose()
}

const INSERT: &str = "insert into links (link, account, purpose, change, sealed_address, made_at, expires_at) \
     values ($1, $2, $3, $4, $5, $6, $7)";

/// Stores a new link.
pub(crate) async fn insert(
    transaction: &Transaction<'_>,
    link: &[u8; 32],
    row: &LinkRow,
) -> Result<(), DatabaseError> {
    let LinkRow { account, purpose, change, made_at, expires_at } = row;
    let id = change.as_ref().map(|change| change.id);
    let address = change.as_ref().map(|change| change.sealed_address.as_slice());
    transaction
        .execute(INSERT, &[&link.as_slice(), &account.0, &name(*purpose), &id, &address, made_at, expires_at])
        .await?;
    Ok(())
}

const USE: &str = "update links set used_at = $2 where link = $1 and used_at is null and expires_at > $2";

/// Uses the link up. False where that was done, or it is over.
pub(crate) async fn use_up(
    transaction: &Transaction<'_>,
    link: &[u8; 32],
    now: Timestamp,
) -> Result<bool, DatabaseError> {
    Ok(transaction.execute(USE, &[&link.as_slice(), &now]).await? == 1)
}

const OTHER_USED: &str = "select not exists (select 1 from links where change = $1 and used_at is null)";

/// Whether both links of a change of address were used.
pub(crate) async fn both_used(transaction: &Transaction<'_>, change: Uuid) -> Result<bool, DatabaseError> {
    let row = transaction.query_opt(OTHER_USED, &[&change]).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?.unwrap_or(false))
}

const WITHDRAW: &str = "delete from links where account = $1 and purpose = any($2)";

/// Makes links of these purposes worthless: a new one replaces them, or what they were for was done.
pub(crate) async fn withdraw(
    transaction: &Transaction<'_>,
    account: ActorId,
    purposes: &[LinkPurpose],
) -> Result<(), DatabaseError> {
    let names: Vec<&str> = purposes.iter().map(|purpose| name(*purpose)).collect();
    transaction.execute(WITHDRAW, &[&account.0, &names]).await?;
    Ok(())
}

const PENDING: &str = "select account, purpose, change, sealed_address, made_at, expires_at from links \
     where account = $1 and change is not null and expires_at > $2 order by made_at desc limit 1";

/// The change of address that waits for confirmation.
pub(crate) async fn pending_change(
    database: &Database,
    account: ActorId,
    now: Timestamp,
) -> Result<Option<AddressChange>, DatabaseError> {
    let rows = database.lanes().query(PENDING, &[&account.0, &now]).await?;
    Ok(rows.first().map(read).transpose()?.and_then(|row| row.change))
}

const FORGET: &str = "delete from links where expires_at < $1";

/// Forgets those that are over.
pub(crate) async fn forget(database: &Database, now: Timestamp) -> Result<u64, DatabaseError> {
    database.lanes().execute(FORGET, &[&now]).await
}

const fn name(purpose: LinkPurpose) -> &'static str {
    match purpose {
        LinkPurpose::Invitation => "invitation",
        LinkPurpose::NewPassword => "new-password",
        LinkPurpose::LeaveAddress => "leave-address",
        LinkPurpose::JoinAddress => "join-address",
    }
}

fn read(row: &Row) -> Result<LinkRow, DatabaseError> {
    let purpose: &str = row.try_get(1)?;
    let (change, address): (Option<Uuid>, Option<Vec<u8>>) = (row.try_get(2)?, row.try_get(3)?);
    Ok(LinkRow {
        account: ActorId(row.try_get(0)?),
        purpose: match purpose {
            "invitation" => LinkPurpose::Invitation,
            "leave-address" => LinkPurpose::LeaveAddress,
            "join-address" => LinkPurpose::JoinAddress,
            _ => LinkPurpose::NewPassword,
        },
        change: change.zip(address).map(|(id, sealed_address)| AddressChange { id, sealed_address }),
        made_at: row.try_get(4)?,
        expires_at: row.try_get(5)?,
    })
}
