//! Table `accounts`: who there is, unreadable without the profile key.

use jiff::Timestamp;
use tacenda_kernel::{ActorId, Pseudonym, Role, realms};
use tacenda_postgres::{Database, DatabaseError, Transaction};
use tokio_postgres::Row;

use crate::account::AccountKind;

/// An account as stored.
pub(crate) struct AccountRow {
    pub(crate) id: ActorId,
    pub(crate) kind: AccountKind,
    pub(crate) suspended: bool,
    pub(crate) sealed_profile: Vec<u8>,
    pub(crate) patient: Option<Pseudonym<realms::Account>>,
    pub(crate) created_at: Timestamp,
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

const FIND: &str =
    "select account, kind, state, sealed_profile, patient, created_at from accounts where account = $1";

/// The account with this number.
pub(crate) async fn find(database: &Database, id: ActorId) -> Result<Option<AccountRow>, DatabaseError> {
    let rows = database.lanes().query(FIND, &[&id.0]).await?;
    rows.first().map(read).transpose()
}

const FIND_BY_EMAIL: &str =
    "select account, kind, state, sealed_profile, patient, created_at from accounts where email_token = $1";

/// The account with this e-mail address.
pub(crate) async fn find_by_email(
    database: &Database,
    token: i64,
) -> Result<Option<AccountRow>, DatabaseError> {
    let rows = database.lanes().query(FIND_BY_EMAIL, &[&token]).await?;
    rows.first().map(read).transpose()
}

const MAY_ACT: &str = "select exists (select 1 from accounts a join account_roles r using (account) \
     where a.account = $1 and a.state = 'active' and r.role = $2 and (r.until_at is null or r.until_at > $3))";

/// Whether the account is active and has the role at this time.
pub(crate) async fn may_act(
    database: &Database,
    id: ActorId,
    role: Role,
    now: Timestamp,
) -> Result<bool, DatabaseError> {
    let rows = database.lanes().query(MAY_ACT, &[&id.0, &role.as_str(), &now]).await?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or(false))
}

const INSERT: &str = "insert into accounts \
     (account, kind, state, sealed_profile, email_token, patient, created_at) \
     values ($1, $2, 'active', $3, $4, $5, $6)";

/// Stores a new account.
pub(crate) async fn insert(transaction: &Transaction<'_>, new: &NewAccountRow) -> Result<(), DatabaseError> {
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
            ],
        )
        .await?;
    Ok(())
}

const SUSPEND: &str = "update accounts set state = 'suspended', suspended_at = $2 where account = $1";

/// Suspends the account.
pub(crate) async fn suspend(
    transaction: &Transaction<'_>,
    id: ActorId,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    transaction.execute(SUSPEND, &[&id.0, &now]).await?;
    Ok(())
}

const REINSTATE: &str = "update accounts set state = 'active', suspended_at = null, reinstated_at = $2 \
     where account = $1 and state = 'suspended'";

/// Ends the account's suspension.
pub(crate) async fn reinstate(
    transaction: &Transaction<'_>,
    id: ActorId,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    transaction.execute(REINSTATE, &[&id.0, &now]).await?;
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

const UNUSED_SINCE: &str = "select account, kind, state, sealed_profile, patient, created_at from accounts \
     where kind = 'person' and state = 'active' and created_at < $1 \
     and (last_used_at is null or last_used_at < $1) and (reinstated_at is null or reinstated_at < $1) \
     order by created_at, account limit $2";

/// The active people who were neither made, nor used, nor reinstated since then: the first of them.
pub(crate) async fn unused_since(
    database: &Database,
    since: Timestamp,
    limit: i64,
) -> Result<Vec<AccountRow>, DatabaseError> {
    let rows = database.lanes().query(UNUSED_SINCE, &[&since, &limit]).await?;
    rows.iter().map(read).collect()
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

const SET_PROFILE: &str = "update accounts set sealed_profile = $2, email_token = $3 where account = $1";

/// Replaces the sealed profile, and the token of the address in it.
pub(crate) async fn set_profile(
    transaction: &Transaction<'_>,
    id: ActorId,
    sealed_profile: &[u8],
    email_token: Option<i64>,
) -> Result<(), DatabaseError> {
    transaction.execute(SET_PROFILE, &[&id.0, &sealed_profile, &email_token]).await?;
    Ok(())
}

fn read(row: &Row) -> Result<AccountRow, DatabaseError> {
    let (kind, state): (&str, &str) = (row.try_get(1)?, row.try_get(2)?);
    let patient: Option<&[u8]> = row.try_get(4)?;
    Ok(AccountRow {
        id: ActorId(row.try_get(0)?),
        // The CHECK admits no other name; a program with no rights is the safe reading of one.
        kind: AccountKind::from_name(kind).unwrap_or(AccountKind::Device),
        suspended: state != "active",
        sealed_profile: row.try_get(3)?,
        patient: patient.and_then(|bytes| bytes.try_into().ok()).map(Pseudonym::from_bytes),
        created_at: row.try_get(5)?,
    })
}
