//! Table `links`: what was sent by mail, each good once.

use jiff::Timestamp;
use tacenda_contracts::accounts::links::LinkPurpose;
use tacenda_kernel::{ActorId, Secret};
use tacenda_postgres::{Database, DatabaseError, Transaction};
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

use super::{
    SealedDatabase,
    accounts::{self, COLUMNS, account_columns, account_from},
    held::Held,
    one,
};
use crate::{
    bindings::{Binding, Bindings, Kind},
    row_seal::{Meaning, RowKey, not_of_the_account},
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

/// The columns of a link `l` that [`read`] reads.
macro_rules! columns {
    () => {
        "l.account, l.purpose, l.change, l.sealed_address, l.made_at, l.expires_at, l.link, l.used_at, l.seal"
    };
}

const FIND: &str = concat!(
    "select ",
    account_columns!(),
    ", ",
    columns!(),
    " from ",
    account_from!(),
    " join links l on l.account = a.account where l.link = $1 and l.used_at is null and l.expires_at > $2"
);

/// The link with this hash, if it is good now.
pub(crate) async fn find(
    database: &SealedDatabase,
    link: &[u8; 32],
    now: Timestamp,
) -> Result<Option<LinkRow>, DatabaseError> {
    let rows = database.lanes().query(FIND, &[&database.key.token(TOKEN, link), &now]).await?;
    Ok(rows.first().map(|row| read_with_account(&database.key, row)).transpose()?.flatten())
}

const INSERT: &str = "insert into links (link, account, purpose, change, sealed_address, made_at, expires_at, seal) \
     values ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Stores a new link.
pub(crate) async fn insert(
    transaction: &Transaction<'_>,
    key: &RowKey,
    held: &mut Held,
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
    one(transaction.execute(INSERT, parameters).await)?;
    held.bind(Binding::until(kind(*purpose), &seal, *expires_at));
    Ok(())
}

const LOCK: &str = concat!(
    "select ",
    columns!(),
    " from links l where l.link = $1 and l.account = $2 and l.used_at is null and l.expires_at > $3 for update"
);
const USE: &str = "update links set used_at = $2, seal = $3 where link = $1";

/// Uses the link up. False where that was done, or it is over.
pub(crate) async fn use_up(
    transaction: &Transaction<'_>,
    key: &RowKey,
    held: &mut Held,
    link: &[u8; 32],
    now: Timestamp,
) -> Result<bool, DatabaseError> {
    let link = key.token(TOKEN, link);
    let row = transaction.query_opt(LOCK, &[&link, &held.id().0, &now]).await?;
    let row = row.map(|row| read(key, &row, 0, held.bindings())).transpose()?.flatten();
    let Some(row) = row else { return Ok(false) };
    held.release(kind(row.purpose), &key.seal(&row.meaning(&link, false)));
    let seal = key.seal(&row.meaning(&link, true));
    one(transaction.execute(USE, &[&link, &now, &seal]).await)?;
    held.bind(Binding::until(kind(row.purpose), &seal, row.expires_at));
    Ok(true)
}

const OF_CHANGE: &str = concat!(
    "select ",
    columns!(),
    " from links l where l.change = $1 and l.account = $2 and l.used_at is not null"
);

/// Whether both links of a change of address were used.
///
/// SECURITY: both must be there and say so, so that the old address cannot be left out by removing its link.
pub(crate) async fn both_used(
    transaction: &Transaction<'_>,
    key: &RowKey,
    held: &Held,
    change: Uuid,
) -> Result<bool, DatabaseError> {
    let rows = transaction.query(OF_CHANGE, &[&change, &held.id().0]).await?;
    let read = |row| read(key, row, 0, held.bindings());
    let used: Vec<LinkRow> = rows.iter().filter_map(|row| read(row).transpose()).collect::<Result<_, _>>()?;
    let has = |purpose| used.iter().any(|row| row.purpose == purpose);
    Ok(has(LinkPurpose::LeaveAddress) && has(LinkPurpose::JoinAddress))
}

const WITHDRAW: &str = "delete from links where account = $1 and purpose = any($2)";

/// Makes links of these purposes worthless: a new one replaces them, or what they were for was done.
pub(crate) async fn withdraw(
    transaction: &Transaction<'_>,
    held: &mut Held,
    purposes: &[LinkPurpose],
) -> Result<(), DatabaseError> {
    let names: Vec<&str> = purposes.iter().map(|purpose| name(*purpose)).collect();
    transaction.execute(WITHDRAW, &[&held.id().0, &names]).await?;
    held.release_all(|one| purposes.iter().any(|purpose| kind(*purpose) == one.kind));
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

const PENDING: &str = concat!(
    "select ",
    account_columns!(),
    ", ",
    columns!(),
    " from ",
    account_from!(),
    " join links l on l.account = a.account where l.account = $1 and l.change is not null and l.expires_at > $2 \
     order by l.made_at desc limit 1"
);

/// The change of address that waits for confirmation.
pub(crate) async fn pending_change(
    database: &SealedDatabase,
    account: ActorId,
    now: Timestamp,
) -> Result<Option<AddressChange>, DatabaseError> {
    let rows = database.lanes().query(PENDING, &[&account.0, &now]).await?;
    let row = rows.first().map(|row| read_with_account(&database.key, row)).transpose()?.flatten();
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

const fn kind(purpose: LinkPurpose) -> Kind {
    match purpose {
        LinkPurpose::Invitation => Kind::Invitation,
        LinkPurpose::NewPassword => Kind::NewPassword,
        LinkPurpose::LeaveAddress => Kind::LeaveAddress,
        LinkPurpose::JoinAddress => Kind::JoinAddress,
    }
}

fn read_with_account(key: &RowKey, row: &Row) -> Result<Option<LinkRow>, DatabaseError> {
    let Some(account) = accounts::read(key, row, 0)? else { return Ok(None) };
    read(key, row, COLUMNS, &account.bindings)
}

/// None for a row that does not count for its account.
pub(crate) fn read(
    key: &RowKey,
    row: &Row,
    at: usize,
    bindings: &Bindings,
) -> Result<Option<LinkRow>, DatabaseError> {
    let purpose: &str = row.try_get(at + 1)?;
    let (change, address): (Option<Uuid>, Option<Vec<u8>>) = (row.try_get(at + 2)?, row.try_get(at + 3)?);
    let link = LinkRow {
        account: ActorId(row.try_get(at)?),
        purpose: match purpose {
            "invitation" => LinkPurpose::Invitation,
            "leave-address" => LinkPurpose::LeaveAddress,
            "join-address" => LinkPurpose::JoinAddress,
            _ => LinkPurpose::NewPassword,
        },
        change: change.zip(address).map(|(id, sealed_address)| AddressChange { id, sealed_address }),
        made_at: row.try_get(at + 4)?,
        expires_at: row.try_get(at + 5)?,
    };
    let (hash, used_at): (&[u8], Option<Timestamp>) = (row.try_get(at + 6)?, row.try_get(at + 7)?);
    let seal: &[u8] = row.try_get(at + 8)?;
    if !key.believes(&link.meaning(hash, used_at.is_some()), seal) {
        return Ok(None);
    }
    let counts = bindings.has(kind(link.purpose), seal);
    if !counts {
        not_of_the_account("links");
    }
    Ok(counts.then_some(link))
}
