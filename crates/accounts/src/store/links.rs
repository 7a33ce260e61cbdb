//! Table `links`: what was sent by mail, each good once.

use jiff::Timestamp;
use tacenda_contracts::accounts::links::LinkPurpose;
use tacenda_kernel::{ActorId, Secret};
use tacenda_postgres::{Database, DatabaseError, Transaction};
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

use super::SealedDatabase;
use crate::{
    row_seal::{Meaning, RowKey},
    sealing::{Sealed, Sealer, SealingFailed},
};

const TOKEN: &str = "links.link";

/// A link as stored.
pub(crate) struct LinkRow {
    pub(crate) account: ActorId,
    pub(crate) purpose: LinkPurpose,
    /// For a change of address: its name and the new address, sealed.
    pub(crate) change: Option<AddressChange>,
    pub(crate) made_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

impl LinkRow {
    /// The address of a change is bound to the change where it is sealed.
    fn meaning(&self, link: &[u8], used: bool) -> Meaning {
        Meaning::of("links")
            .bytes(link)
            .id(self.account.0)
            .text(name(self.purpose))
            .optional(self.change.as_ref(), |meaning, change| meaning.id(change.id))
            .time(self.made_at)
            .time(self.expires_at)
            .flag(used)
    }
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

const FIND: &str = "select account, purpose, change, sealed_address, made_at, expires_at, link, used_at, seal \
     from links where link = $1 and used_at is null and expires_at > $2";

/// The link with this hash, if it is good now.
pub(crate) async fn find(
    database: &SealedDatabase,
    link: &[u8; 32],
    now: Timestamp,
) -> Result<Option<LinkRow>, DatabaseError> {
    let rows = database.lanes().query(FIND, &[&database.key.token(TOKEN, link), &now]).await?;
    Ok(rows.first().map(|row| read(&database.key, row)).transpose()?.flatten())
}

const INSERT: &str = "insert into links (link, account, purpose, change, sealed_address, made_at, expires_at, seal) \
     values ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Stores a new link.
pub(crate) async fn insert(
    transaction: &Transaction<'_>,
    key: &RowKey,
    link: &[u8; 32],
    row: &LinkRow,
) -> Result<(), DatabaseError> {
    let LinkRow { account, purpose, change, made_at, expires_at } = row;
    let link = key.token(TOKEN, link);
    let seal = key.seal(&row.meaning(&link, false));
    let id = change.as_ref().map(|change| change.id);
    let address = change.as_ref().map(|change| change.sealed_address.as_slice());
    let parameters: &[&(dyn ToSql + Sync)] =
        &[&link, &account.0, &name(*purpose), &id, &address, made_at, expires_at, &seal];
    transaction.execute(INSERT, parameters).await?;
    Ok(())
}

const LOCK: &str = "select account, purpose, change, sealed_address, made_at, expires_at, link, used_at, seal \
     from links where link = $1 and used_at is null and expires_at > $2 for update";
const USE: &str = "update links set used_at = $2, seal = $3 where link = $1";

/// Uses the link up. False where that was done, or it is over.
pub(crate) async fn use_up(
    transaction: &Transaction<'_>,
    key: &RowKey,
    link: &[u8; 32],
    now: Timestamp,
) -> Result<bool, DatabaseError> {
    let link = key.token(TOKEN, link);
    let row = transaction.query_opt(LOCK, &[&link, &now]).await?;
    let row = row.map(|row| read(key, &row)).transpose()?.flatten();
    let Some(row) = row else { return Ok(false) };
    let seal = key.seal(&row.meaning(&link, true));
    Ok(transaction.execute(USE, &[&link, &now, &seal]).await? == 1)
}

const OF_CHANGE: &str = "select account, purpose, change, sealed_address, made_at, expires_at, link, used_at, seal \
     from links where change = $1 and used_at is not null";

/// Whether both links of a change of address were used.
///
/// SECURITY: both must be there and say so, so that the old address cannot be left out by removing its link.
pub(crate) async fn both_used(
    transaction: &Transaction<'_>,
    key: &RowKey,
    change: Uuid,
) -> Result<bool, DatabaseError> {
    let rows = transaction.query(OF_CHANGE, &[&change]).await?;
    let used: Vec<LinkRow> =
        rows.iter().filter_map(|row| read(key, row).transpose()).collect::<Result<_, _>>()?;
    let has = |purpose| used.iter().any(|row| row.purpose == purpose);
    Ok(has(LinkPurpose::LeaveAddress) && has(LinkPurpose::JoinAddress))
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

const ANY_SINCE: &str = "select exists (select 1 from links \
     where account = $1 and purpose = $2 and used_at is null and made_at > $3)";

/// Whether the account has an unused link of the purpose that was made since then.
pub(crate) async fn any_since(
    transaction: &Transaction<'_>,
    account: ActorId,
    purpose: LinkPurpose,
    since: Timestamp,
) -> Result<bool, DatabaseError> {
    let row = transaction.query_opt(ANY_SINCE, &[&account.0, &name(purpose), &since]).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?.unwrap_or(false))
}

const PENDING: &str = "select account, purpose, change, sealed_address, made_at, expires_at, link, used_at, seal \
     from links where account = $1 and change is not null and expires_at > $2 order by made_at desc limit 1";

/// The change of address that waits for confirmation.
pub(crate) async fn pending_change(
    database: &SealedDatabase,
    account: ActorId,
    now: Timestamp,
) -> Result<Option<AddressChange>, DatabaseError> {
    let rows = database.lanes().query(PENDING, &[&account.0, &now]).await?;
    let row = rows.first().map(|row| read(&database.key, row)).transpose()?.flatten();
    Ok(row.and_then(|row| row.change))
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

/// None for a row that is not believed.
fn read(key: &RowKey, row: &Row) -> Result<Option<LinkRow>, DatabaseError> {
    let purpose: &str = row.try_get(1)?;
    let (change, address): (Option<Uuid>, Option<Vec<u8>>) = (row.try_get(2)?, row.try_get(3)?);
    let link = LinkRow {
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
    };
    let (hash, used_at): (&[u8], Option<Timestamp>) = (row.try_get(6)?, row.try_get(7)?);
    let believed = key.believes(&link.meaning(hash, used_at.is_some()), row.try_get(8)?);
    Ok(believed.then_some(link))
}
