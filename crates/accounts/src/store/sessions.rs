//! Table `sessions`: who is signed in to pages.

use jiff::Timestamp;
use tacenda_contracts::accounts::sign_in::Standing;
use tacenda_kernel::{ActorId, Role};
use tacenda_postgres::{Database, DatabaseError, Transaction};
use tokio_postgres::Row;
use uuid::Uuid;

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

const FIND: &str = "select s.session, s.account, s.standing, s.sealed_visit, s.started_at, s.proven_at, \
     s.seen_at, s.ends_at, a.state, a.sealed_profile, p.set_at, p.must_change, \
     array(select r.role from account_roles r where r.account = s.account \
         and (r.until_at is null or r.until_at > $2) order by r.role), \
     exists (select 1 from totp_secrets t where t.account = s.account and t.enrolled_at is not null), \
     exists (select 1 from passkeys k where k.account = s.account), \
     exists (select 1 from recovery_codes c where c.account = s.account and c.used_at is null) \
     from sessions s join accounts a using (account) left join passwords p using (account) where s.token = $1";

/// The session of a token, whether it is over or not.
pub(crate) async fn find(
    database: &Database,
    token: &[u8; 32],
    now: Timestamp,
) -> Result<Option<WholeSession>, DatabaseError> {
    let rows = database.lanes().query(FIND, &[&token.as_slice(), &now]).await?;
    rows.first().map(read_whole).transpose()
}

/// Longer than any role lets a session lie idle.
const IS_THERE: &str = "select exists (select 1 from sessions where session = $1 and ends_at > $2 \
     and seen_at > $2::timestamptz - interval '30 minutes')";

/// Whether the session is there and was used lately: what an application's access may end with.
pub(crate) async fn is_there(
    database: &Database,
    session: Uuid,
    now: Timestamp,
) -> Result<bool, DatabaseError> {
    let rows = database.lanes().query(IS_THERE, &[&session, &now]).await?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or(false))
}

const INSERT: &str = "insert into sessions \
     (session, token, account, standing, sealed_visit, started_at, proven_at, seen_at, ends_at) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

/// Stores a new session.
pub(crate) async fn insert(
    transaction: &Transaction<'_>,
    token: &[u8; 32],
    row: &SessionRow,
) -> Result<(), DatabaseError> {
    let SessionRow { id, account, standing, sealed_visit, started_at, proven_at, seen_at, ends_at } = row;
    let (token, standing) = (token.as_slice(), name(*standing));
    transaction
        .execute(
            INSERT,
            &[id, &token, &account.0, &standing, sealed_visit, started_at, proven_at, seen_at, ends_at],
        )
        .await?;
    Ok(())
}

const RAISE: &str = "update sessions set token = $3, standing = $4, proven_at = $5, ends_at = $6 \
     where session = $1 and token = $2";

/// Gives the session another token and standing. False where the old token is not its token any more: two that raise
/// it at the same time do not both succeed.
pub(crate) async fn raise(
    transaction: &Transaction<'_>,
    old: &[u8; 32],
    token: &[u8; 32],
    row: &SessionRow,
) -> Result<bool, DatabaseError> {
    let standing = name(row.standing);
    let (old, token) = (old.as_slice(), token.as_slice());
    let parameters: &[&(dyn tokio_postgres::types::ToSql + Sync)] =
        &[&row.id, &old, &token, &standing, &row.proven_at, &row.ends_at];
    Ok(transaction.execute(RAISE, parameters).await? == 1)
}

const TOUCH: &str = "update sessions set seen_at = $2 where session = $1 and seen_at < $2";

/// The session was used.
pub(crate) async fn touch(database: &Database, id: Uuid, now: Timestamp) -> Result<(), DatabaseError> {
    database.lanes().execute(TOUCH, &[&id, &now]).await?;
    Ok(())
}

const OF_ACCOUNT: &str = "select session, account, standing, sealed_visit, started_at, proven_at, seen_at, ends_at \
     from sessions where account = $1 and ends_at > $2 order by started_at desc, session limit 100";

/// The account's sessions, the newest first.
pub(crate) async fn of_account(
    database: &Database,
    account: ActorId,
    now: Timestamp,
) -> Result<Vec<SessionRow>, DatabaseError> {
    let rows = database.lanes().query(OF_ACCOUNT, &[&account.0, &now]).await?;
    rows.iter().map(read).collect()
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

fn read(row: &Row) -> Result<SessionRow, DatabaseError> {
    let standing: &str = row.try_get(2)?;
    Ok(SessionRow {
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
    })
}

fn read_whole(row: &Row) -> Result<WholeSession, DatabaseError> {
    let (state, names): (&str, Vec<&str>) = (row.try_get(8)?, row.try_get(12)?);
    let (set_at, must_change): (Option<Timestamp>, Option<bool>) = (row.try_get(10)?, row.try_get(11)?);
    let password = set_at.map(|set_at| PasswordAge { set_at, must_change: must_change.unwrap_or(false) });
    Ok(WholeSession {
        session: read(row)?,
        suspended: state != "active",
        sealed_profile: row.try_get(9)?,
        roles: names.into_iter().filter_map(|name| name.parse().ok()).collect(),
        password,
        has_totp: row.try_get(13)?,
        has_passkey: row.try_get(14)?,
        has_recovery_code: row.try_get(15)?,
    })
}
