//! Table `accounts`: who there is, unreadable without the profile key.

use jiff::Timestamp;
use tacenda_kernel::{ActorId, Pseudonym, Role, realms};
use tacenda_postgres::{Database, DatabaseError, Transaction};
use tokio_postgres::Row;

use super::{SealedDatabase, account_roles};
use crate::{
    account::{AccountKind, RoleGrant},
    row_seal::{Meaning, RowKey},
};

/// The columns of an account `a` that [`read`] reads, in their order.
macro_rules! account_columns {
    () => {
        "a.account, a.kind, a.state, a.patient, a.email_token, a.seal, a.sealed_profile, a.created_at"
    };
}
pub(crate) use account_columns;

/// How many those are.
pub(crate) const COLUMNS: usize = 8;

/// An account as stored.
pub(crate) struct AccountRow {
    pub(crate) id: ActorId,
    pub(crate) kind: AccountKind,
    pub(crate) suspended: bool,
    pub(crate) sealed_profile: Vec<u8>,
    pub(crate) patient: Option<Pseudonym<realms::Account>>,
    pub(crate) email_token: Option<i64>,
    pub(crate) created_at: Timestamp,
}

impl AccountRow {
    /// The profile is bound to the account where it is sealed.
    fn meaning(&self) -> Meaning {
        meaning(self.id, self.kind, self.suspended, self.email_token, self.patient)
    }
}

/// An account to be stored.
pub(crate) struct NewAccountRow {
    pub(crate) id: ActorId,
    pub(crate) kind: AccountKind,
    pub(crate) sealed_profile: Vec<u8>,
    pub(crate) email_token: Option<i64>,
    pub(crate) patient: Option<Pseudonym<realms::Account>>,
    pub(crate) created_at: Timestamp,
}

const FIND: &str = concat!("select ", account_columns!(), " from accounts a where account = $1");

/// The account with this number.
pub(crate) async fn find(
    database: &SealedDatabase,
    id: ActorId,
) -> Result<Option<AccountRow>, DatabaseError> {
    let rows = database.lanes().query(FIND, &[&id.0]).await?;
    first(&database.key, &rows)
}

const FIND_BY_EMAIL: &str = concat!(
    "select ",
    account_columns!(),
    " from accounts a where email_token = $1 \
     and not exists (select 1 from provider_subjects s where s.account = a.account)"
);

/// The account whose person signs in by this e-mail address.
pub(crate) async fn find_by_email(
    database: &SealedDatabase,
    token: i64,
) -> Result<Option<AccountRow>, DatabaseError> {
    let rows = database.lanes().query(FIND_BY_EMAIL, &[&token]).await?;
    first(&database.key, &rows)
}

const AND_WHETHER_VOUCHED_FOR: &str = concat!(
    "select ",
    account_columns!(),
    ", exists (select 1 from provider_subjects s where s.account = a.account) from accounts a where account = $1"
);

/// Whether the account's person signs in by an address of theirs, and not at an identity provider.
///
/// SECURITY: whoever a provider vouches for is let in for as long as it does. No link, password or passkey alone is a
/// way around it.
pub(crate) async fn signs_in_here(database: &SealedDatabase, id: ActorId) -> Result<bool, DatabaseError> {
    let rows = database.lanes().query(AND_WHETHER_VOUCHED_FOR, &[&id.0]).await?;
    let Some(row) = rows.first() else { return Ok(false) };
    let vouched_for: bool = row.try_get(COLUMNS)?;
    let account = read(&database.key, row, 0)?;
    Ok(!vouched_for && account.is_some_and(|account| account.email_token.is_some()))
}

const MAY_ACT: &str = concat!(
    "select ",
    account_columns!(),
    ", r.until_at, r.seal from accounts a join account_roles r on r.account = a.account \
     where a.account = $1 and r.role = $2"
);

/// Whether the account is active and has the role at this time.
pub(crate) async fn may_act(
    database: &SealedDatabase,
    id: ActorId,
    role: Role,
    now: Timestamp,
) -> Result<bool, DatabaseError> {
    let (rows, key) = (database.lanes().query(MAY_ACT, &[&id.0, &role.as_str()]).await?, &database.key);
    let Some(row) = rows.first() else { return Ok(false) };
    let grant = RoleGrant { role, until: row.try_get(COLUMNS)? };
    let active = read(key, row, 0)?.is_some_and(|account| !account.suspended);
    let in_force = grant.until.is_none_or(|until| until > now);
    Ok(active && in_force && account_roles::believed(key, id, grant, row.try_get(COLUMNS + 1)?))
}

const INSERT: &str = "insert into accounts \
     (account, kind, state, sealed_profile, email_token, patient, created_at, seal) \
     values ($1, $2, 'active', $3, $4, $5, $6, $7)";

/// Stores a new account.
pub(crate) async fn insert(
    transaction: &Transaction<'_>,
    key: &RowKey,
    new: &NewAccountRow,
) -> Result<(), DatabaseError> {
    let seal = key.seal(&meaning(new.id, new.kind, false, new.email_token, new.patient));
    let patient = new.patient.map(Pseudonym::to_bytes);
    let patient = patient.as_ref().map(<[u8; 16]>::as_slice);
    transaction
        .execute(
            INSERT,
            &[
                &new.id.0,
                &new.kind.as_str(),
                &new.sealed_profile,
                &new.email_token,
                &patient,
                &new.created_at,
                &seal,
            ],
        )
        .await?;
    Ok(())
}

const LOCKED: &str = concat!("select ", account_columns!(), " from accounts a where account = $1 for update");

/// The account, which nobody else changes until the transaction ends.
async fn locked(
    transaction: &Transaction<'_>,
    key: &RowKey,
    id: ActorId,
) -> Result<Option<AccountRow>, DatabaseError> {
    first(key, &transaction.query(LOCKED, &[&id.0]).await?)
}

const SUSPEND: &str =
    "update accounts set state = 'suspended', suspended_at = $2, seal = $3 where account = $1";
const REINSTATE: &str = "update accounts set state = 'active', suspended_at = null, reinstated_at = $2, seal = $3 \
     where account = $1 and state = 'suspended'";

/// Suspends the account, or ends its suspension.
pub(crate) async fn set_suspended(
    transaction: &Transaction<'_>,
    key: &RowKey,
    id: ActorId,
    suspended: bool,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let Some(row) = locked(transaction, key, id).await? else { return Ok(()) };
    let seal = key.seal(&AccountRow { suspended, ..row }.meaning());
    let sql = if suspended { SUSPEND } else { REINSTATE };
    transaction.execute(sql, &[&id.0, &now, &seal]).await?;
    Ok(())
}

const USED: &str = "update accounts set last_used_at = $2 where account = $1 \
     and (last_used_at is null or last_used_at <= $2::timestamptz - interval '1 hour')";

/// The account is used by this: noted once an hour.
pub(crate) async fn used_with(
    transaction: &Transaction<'_>,
    id: ActorId,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    transaction.execute(USED, &[&id.0, &now]).await?;
    Ok(())
}

/// The account was used: noted once an hour.
pub(crate) async fn used(database: &Database, id: ActorId, now: Timestamp) -> Result<(), DatabaseError> {
    database.lanes().execute(USED, &[&id.0, &now]).await?;
    Ok(())
}

const UNUSED_SINCE: &str = concat!(
    "select ",
    account_columns!(),
    " from accounts a where kind = 'person' and state = 'active' and created_at < $1 \
     and (last_used_at is null or last_used_at < $1) and (reinstated_at is null or reinstated_at < $1) \
     order by created_at, account limit $2"
);

/// The active people who were neither made, nor used, nor reinstated since then: the first of them.
pub(crate) async fn unused_since(
    database: &SealedDatabase,
    since: Timestamp,
    limit: i64,
) -> Result<Vec<AccountRow>, DatabaseError> {
    let rows = database.lanes().query(UNUSED_SINCE, &[&since, &limit]).await?;
    rows.iter().filter_map(|row| read(&database.key, row, 0).transpose()).collect()
}

const LOCK: &str = "select sealed_profile from accounts where account = $1 for update";

/// Makes changes of the account go one after another; its sealed profile.
pub(crate) async fn lock(
    transaction: &Transaction<'_>,
    id: ActorId,
) -> Result<Option<Vec<u8>>, DatabaseError> {
    let row = transaction.query_opt(LOCK, &[&id.0]).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

const SET_PROFILE: &str =
    "update accounts set sealed_profile = $2, email_token = $3, seal = $4 where account = $1";

/// Replaces the sealed profile and, where there is another address in it that its owner signs in with, its token.
pub(crate) async fn set_profile(
    transaction: &Transaction<'_>,
    key: &RowKey,
    id: ActorId,
    sealed_profile: &[u8],
    email_token: Option<i64>,
) -> Result<(), DatabaseError> {
    let Some(row) = locked(transaction, key, id).await? else { return Ok(()) };
    let row = AccountRow { email_token: email_token.or(row.email_token), ..row };
    let (email_token, seal) = (row.email_token, key.seal(&row.meaning()));
    transaction.execute(SET_PROFILE, &[&id.0, &sealed_profile, &email_token, &seal]).await?;
    Ok(())
}

fn meaning(
    id: ActorId,
    kind: AccountKind,
    suspended: bool,
    email_token: Option<i64>,
    patient: Option<Pseudonym<realms::Account>>,
) -> Meaning {
    Meaning::of("accounts")
        .id(id.0)
        .text(kind.as_str())
        .flag(suspended)
        .optional(email_token, Meaning::number)
        .optional(patient, |meaning, patient| meaning.bytes(&patient.to_bytes()))
}

fn first(key: &RowKey, rows: &[Row]) -> Result<Option<AccountRow>, DatabaseError> {
    Ok(rows.first().map(|row| read(key, row, 0)).transpose()?.flatten())
}

/// The account whose columns begin there; none for one that is not believed.
pub(crate) fn read(key: &RowKey, row: &Row, at: usize) -> Result<Option<AccountRow>, DatabaseError> {
    let (kind, state): (&str, &str) = (row.try_get(at + 1)?, row.try_get(at + 2)?);
    let patient: Option<&[u8]> = row.try_get(at + 3)?;
    let account = AccountRow {
        id: ActorId(row.try_get(at)?),
        // The CHECK admits no other name; a program with no rights is the safe reading of one.
        kind: AccountKind::from_name(kind).unwrap_or(AccountKind::Device),
        suspended: state != "active",
        patient: patient.and_then(|bytes| bytes.try_into().ok()).map(Pseudonym::from_bytes),
        email_token: row.try_get(at + 4)?,
        sealed_profile: row.try_get(at + 6)?,
        created_at: row.try_get(at + 7)?,
    };
    Ok(key.believes(&account.meaning(), row.try_get(at + 5)?).then_some(account))
}
