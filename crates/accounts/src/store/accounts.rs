//! Table `accounts`: who there is, unreadable without the profile key.

use jiff::Timestamp;
use tacenda_kernel::{ActorId, Pseudonym, Role, realms};
use tacenda_postgres::{Database, DatabaseError, Transaction};
use tokio_postgres::Row;

pub(crate) use super::account_row::{AccountRow, COLUMNS, account_columns, account_from, read};
use super::account_row::{Judged, judge};
use super::{SealedDatabase, held::Held, one};
use crate::{account::AccountKind, bindings::Bindings, row_seal::RowKey};

/// An account to be stored.
pub(crate) struct NewAccountRow {
    pub(crate) id: ActorId,
    pub(crate) kind: AccountKind,
    pub(crate) sealed_profile: Vec<u8>,
    pub(crate) email_token: Option<i64>,
    pub(crate) patient: Option<Pseudonym<realms::Account>>,
    pub(crate) created_at: Timestamp,
}

const FIND: &str = concat!("select ", account_columns!(), " from ", account_from!(), " where a.account = $1");

/// The account with this number.
pub(crate) async fn find(
    database: &SealedDatabase,
    id: ActorId,
) -> Result<Option<AccountRow>, DatabaseError> {
    let rows = database.lanes().query(FIND, &[&id.0]).await?;
    first(&database.key, &rows)
}

/// The same within a transaction.
pub(crate) async fn find_within(
    transaction: &Transaction<'_>,
    key: &RowKey,
    id: ActorId,
) -> Result<Option<AccountRow>, DatabaseError> {
    first(key, &transaction.query(FIND, &[&id.0]).await?)
}

const FIND_BY_EMAIL: &str =
    concat!("select ", account_columns!(), " from ", account_from!(), " where a.email_token = $1");

/// The account whose person signs in by this e-mail address.
pub(crate) async fn find_by_email(
    database: &SealedDatabase,
    token: i64,
) -> Result<Option<AccountRow>, DatabaseError> {
    let rows = database.lanes().query(FIND_BY_EMAIL, &[&token]).await?;
    Ok(first(&database.key, &rows)?.filter(|account| !account.is_vouched_for()))
}

/// Whether the account is active and has the role at this time.
pub(crate) async fn may_act(
    database: &SealedDatabase,
    id: ActorId,
    role: Role,
    now: Timestamp,
) -> Result<bool, DatabaseError> {
    let account = find(database, id).await?;
    Ok(account.is_some_and(|account| !account.suspended && account.roles_in_force(now).contains(&role)))
}

const INSERT: &str = "insert into accounts \
     (account, kind, state, sealed_profile, email_token, patient, created_at, seal) \
     values ($1, $2, 'active', $3, $4, $5, $6, $7)";

/// Stores a new account, for which no row counts yet.
pub(crate) async fn insert(
    transaction: &Transaction<'_>,
    key: &RowKey,
    new: &NewAccountRow,
) -> Result<Held, DatabaseError> {
    let NewAccountRow { id, kind, sealed_profile, email_token, patient, created_at } = new;
    let row = AccountRow {
        id: *id,
        kind: *kind,
        suspended: false,
        sealed_profile: sealed_profile.clone(),
        patient: *patient,
        email_token: *email_token,
        created_at: *created_at,
        reinstated_at: None,
        counter: 0,
        bindings: Bindings::default(),
        roles: Vec::new(),
    };
    let seal = key.seal(&row.meaning());
    let patient = patient.map(Pseudonym::to_bytes);
    let patient = patient.as_ref().map(<[u8; 16]>::as_slice);
    let inserted = transaction
        .execute(INSERT, &[&id.0, &kind.as_str(), sealed_profile, email_token, &patient, created_at, &seal])
        .await;
    one(inserted)?;
    let mut held = Held::new(row);
    held.touch();
    Ok(held)
}

const SUSPEND: &str = "update accounts set state = 'suspended', suspended_at = $2 where account = $1";
const REINSTATE: &str =
    "update accounts set state = 'active', suspended_at = null, reinstated_at = $2 where account = $1";

/// Suspends the account, or ends its suspension.
pub(crate) async fn set_suspended(
    transaction: &Transaction<'_>,
    held: &mut Held,
    suspended: bool,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    if !suspended && !held.row.suspended {
        return Ok(());
    }
    let sql = if suspended { SUSPEND } else { REINSTATE };
    one(transaction.execute(sql, &[&held.id().0, &now]).await)?;
    held.row.suspended = suspended;
    if !suspended {
        held.row.reinstated_at = Some(now);
    }
    held.touch();
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

/// The account with this number, as it was found.
pub(crate) async fn find_judged(
    database: &SealedDatabase,
    id: ActorId,
) -> Result<Option<Judged>, DatabaseError> {
    let rows = database.lanes().query(FIND, &[&id.0]).await?;
    rows.first().map(|row| judge(&database.key, row, 0)).transpose()
}

const PAGE: &str = concat!(
    "select ",
    account_columns!(),
    " from ",
    account_from!(),
    " where a.account > $1 order by a.account limit 200"
);

/// The accounts behind this one, in the order of their numbers, as they were found.
pub(crate) async fn page(database: &SealedDatabase, behind: ActorId) -> Result<Vec<Judged>, DatabaseError> {
    let rows = database.lanes().query(PAGE, &[&behind.0]).await?;
    rows.iter().map(|row| judge(&database.key, row, 0)).collect()
}

const UNUSED_SINCE: &str = concat!(
    "select ",
    account_columns!(),
    " from ",
    account_from!(),
    " where a.kind = 'person' and a.state = 'active' and a.created_at < $1 \
     and (a.last_used_at is null or a.last_used_at < $1) and (a.reinstated_at is null or a.reinstated_at < $1) \
     order by a.created_at, a.account limit $2"
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

const SET_PROFILE: &str = "update accounts set sealed_profile = $2, email_token = $3 where account = $1";

/// Replaces the sealed profile and, where there is another address in it that its owner signs in with, its token.
pub(crate) async fn set_profile(
    transaction: &Transaction<'_>,
    held: &mut Held,
    sealed_profile: Vec<u8>,
    email_token: Option<i64>,
) -> Result<(), DatabaseError> {
    let email_token = email_token.or(held.row.email_token);
    one(transaction.execute(SET_PROFILE, &[&held.id().0, &sealed_profile, &email_token]).await)?;
    held.row.sealed_profile = sealed_profile;
    held.row.email_token = email_token;
    held.touch();
    Ok(())
}

fn first(key: &RowKey, rows: &[Row]) -> Result<Option<AccountRow>, DatabaseError> {
    Ok(rows.first().map(|row| read(key, row, 0)).transpose()?.flatten())
}
