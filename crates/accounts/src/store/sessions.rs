//! Table `sessions`: who is signed in to pages.

use jiff::Timestamp;
use tacenda_contracts::accounts::sign_in::Standing;
use tacenda_kernel::{ActorId, Role};
use tacenda_postgres::{Database, DatabaseError, Transaction};
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

use super::{
    SealedDatabase, account_roles,
    accounts::{self, account_columns},
};
use crate::row_seal::{Meaning, RowKey};

const TOKEN: &str = "sessions.token";

/// A session as stored.
pub(crate) struct SessionRow {
    pub(crate) id: Uuid,
    pub(crate) account: ActorId,
    pub(crate) standing: Standing,
    pub(crate) sealed_visit: Vec<u8>,
    pub(crate) started_at: Timestamp,
    pub(crate) proven_at: Option<Timestamp>,
    pub(crate) seen_at: Timestamp,
    pub(crate) ends_at: Timestamp,
}

impl SessionRow {
    /// The visit is bound to the session where it is sealed; when it was last used is written too often.
    fn meaning(&self, token: &[u8]) -> Meaning {
        Meaning::of("sessions")
            .id(self.id)
            .bytes(token)
            .id(self.account.0)
            .text(name(self.standing))
            .time(self.started_at)
            .optional(self.proven_at, Meaning::time)
            .time(self.ends_at)
    }
}

/// A session with all that decides about it.
pub(crate) struct WholeSession {
    pub(crate) session: SessionRow,
    pub(crate) suspended: bool,
    pub(crate) sealed_profile: Vec<u8>,
    pub(crate) roles: Vec<Role>,
    pub(crate) password: Option<PasswordAge>,
    pub(crate) has_totp: bool,
    pub(crate) has_passkey: bool,
    pub(crate) has_recovery_code: bool,
}

/// What of a password decides whether it must be changed.
#[derive(Clone, Copy)]
pub(crate) struct PasswordAge {
    pub(crate) set_at: Timestamp,
    pub(crate) must_change: bool,
}

const FIND: &str = concat!(
    "select s.session, s.account, s.standing, s.sealed_visit, s.started_at, s.proven_at, \
     s.seen_at, s.ends_at, s.token, s.seal, p.set_at, p.must_change, \
     array(select r.role from account_roles r where r.account = s.account order by r.role), \
     array(select r.until_at from account_roles r where r.account = s.account order by r.role), \
     array(select r.seal from account_roles r where r.account = s.account order by r.role), \
     exists (select 1 from totp_secrets t where t.account = s.account and t.enrolled_at is not null), \
     exists (select 1 from passkeys k where k.account = s.account), \
     exists (select 1 from recovery_codes c where c.account = s.account and c.used_at is null), ",
    account_columns!(),
    " from sessions s join accounts a on a.account = s.account left join passwords p on p.account = s.account \
     where s.token = $1"
);
/// Where the columns of the account begin.
const ACCOUNT: usize = 18;

/// The session of a token, whether it is over or not.
pub(crate) async fn find(
    database: &SealedDatabase,
    token: &[u8; 32],
    now: Timestamp,
) -> Result<Option<WholeSession>, DatabaseError> {
    let rows = database.lanes().query(FIND, &[&database.key.token(TOKEN, token)]).await?;
    Ok(rows.first().map(|row| read_whole(&database.key, row, now)).transpose()?.flatten())
}

const IN_TIME: &str = "select session, account, standing, sealed_visit, started_at, proven_at, seen_at, ends_at, \
     token, seal from sessions where session = $1 and ends_at > $2";

/// A session that is not over by its age, idle or not.
pub(crate) async fn in_time(
    database: &SealedDatabase,
    session: Uuid,
    now: Timestamp,
) -> Result<Option<SessionRow>, DatabaseError> {
    let rows = database.lanes().query(IN_TIME, &[&session, &now]).await?;
    Ok(rows.first().map(|row| read(&database.key, row)).transpose()?.flatten())
}

const INSERT: &str = "insert into sessions \
     (session, token, account, standing, sealed_visit, started_at, proven_at, seen_at, ends_at, seal) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

/// Stores a new session.
pub(crate) async fn insert(
    transaction: &Transaction<'_>,
    key: &RowKey,
    token: &[u8; 32],
    row: &SessionRow,
) -> Result<(), DatabaseError> {
    let SessionRow { id, account, standing, sealed_visit, started_at, proven_at, seen_at, ends_at } = row;
    let (token, standing) = (key.token(TOKEN, token), name(*standing));
    let seal = key.seal(&row.meaning(&token));
    let parameters: &[&(dyn ToSql + Sync)] =
        &[id, &token, &account.0, &standing, sealed_visit, started_at, proven_at, seen_at, ends_at, &seal];
    transaction.execute(INSERT, parameters).await?;
    Ok(())
}

const RAISE: &str = "update sessions set token = $3, standing = $4, proven_at = $5, ends_at = $6, seal = $7 \
     where session = $1 and token = $2";

/// Gives the session another token and standing. False where the old token is not its token any more: two that raise
/// it at the same time do not both succeed.
pub(crate) async fn raise(
    transaction: &Transaction<'_>,
    key: &RowKey,
    old: &[u8; 32],
    token: &[u8; 32],
    row: &SessionRow,
) -> Result<bool, DatabaseError> {
    let standing = name(row.standing);
    let (old, token) = (key.token(TOKEN, old), key.token(TOKEN, token));
    let seal = key.seal(&row.meaning(&token));
    let parameters: &[&(dyn ToSql + Sync)] =
        &[&row.id, &old, &token, &standing, &row.proven_at, &row.ends_at, &seal];
    Ok(transaction.execute(RAISE, parameters).await? == 1)
}

const TOUCH: &str = "update sessions set seen_at = $2 where session = $1 and seen_at < $2";

/// The session was used.
pub(crate) async fn touch(database: &Database, id: Uuid, now: Timestamp) -> Result<(), DatabaseError> {
    database.lanes().execute(TOUCH, &[&id, &now]).await?;
    Ok(())
}

const OF_ACCOUNT: &str = "select session, account, standing, sealed_visit, started_at, proven_at, seen_at, ends_at, \
     token, seal from sessions where account = $1 and ends_at > $2 order by started_at desc, session limit 100";

/// The account's sessions, the newest first.
pub(crate) async fn of_account(
    database: &SealedDatabase,
    account: ActorId,
    now: Timestamp,
) -> Result<Vec<SessionRow>, DatabaseError> {
    let rows = database.lanes().query(OF_ACCOUNT, &[&account.0, &now]).await?;
    rows.iter().filter_map(|row| read(&database.key, row).transpose()).collect()
}

const END: &str = "delete from sessions where account = $1 and session = $2";

/// Ends one. False where there is none.
pub(crate) async fn end(
    transaction: &Transaction<'_>,
    account: ActorId,
    id: Uuid,
) -> Result<bool, DatabaseError> {
    Ok(transaction.execute(END, &[&account.0, &id]).await? == 1)
}

const END_OTHERS: &str = "delete from sessions where account = $1 and session <> $2";

/// Ends all but one; how many those were. Without one to keep, all.
pub(crate) async fn end_all(
    transaction: &Transaction<'_>,
    account: ActorId,
    keep: Option<Uuid>,
) -> Result<u64, DatabaseError> {
    transaction.execute(END_OTHERS, &[&account.0, &keep.unwrap_or_default()]).await
}

const FORGET: &str = "delete from sessions where ends_at <= $1";

/// Forgets those that are over.
pub(crate) async fn forget(database: &Database, now: Timestamp) -> Result<u64, DatabaseError> {
    database.lanes().execute(FORGET, &[&now]).await
}

const fn name(standing: Standing) -> &'static str {
    match standing {
        Standing::Partial => "partial",
        Standing::Single => "single",
        Standing::Multi => "multi",
    }
}

/// None for a row that is not believed.
fn read(key: &RowKey, row: &Row) -> Result<Option<SessionRow>, DatabaseError> {
    let standing: &str = row.try_get(2)?;
    let session = SessionRow {
        id: row.try_get(0)?,
        account: ActorId(row.try_get(1)?),
        standing: match standing {
            "multi" => Standing::Multi,
            "single" => Standing::Single,
            // The CHECK admits no other name; the safe reading of one is that everything is owed.
            _ => Standing::Partial,
        },
        sealed_visit: row.try_get(3)?,
        started_at: row.try_get(4)?,
        proven_at: row.try_get(5)?,
        seen_at: row.try_get(6)?,
        ends_at: row.try_get(7)?,
    };
    let (token, seal) = (row.try_get(8)?, row.try_get(9)?);
    Ok(key.believes(&session.meaning(token), seal).then_some(session))
}

fn read_whole(key: &RowKey, row: &Row, now: Timestamp) -> Result<Option<WholeSession>, DatabaseError> {
    let Some(session) = read(key, row)? else { return Ok(None) };
    let Some(account) = accounts::read(key, row, ACCOUNT)? else { return Ok(None) };
    let roles = account_roles::read_arrays(key, row, 12, account.id)?;
    let (set_at, must_change): (Option<Timestamp>, Option<bool>) = (row.try_get(10)?, row.try_get(11)?);
    let password = set_at.map(|set_at| PasswordAge { set_at, must_change: must_change.unwrap_or(false) });
    Ok(Some(WholeSession {
        session,
        suspended: account.suspended,
        sealed_profile: account.sealed_profile,
        roles: account_roles::those_in_force(&roles, now),
        password,
        has_totp: row.try_get(15)?,
        has_passkey: row.try_get(16)?,
        has_recovery_code: row.try_get(17)?,
    }))
}
