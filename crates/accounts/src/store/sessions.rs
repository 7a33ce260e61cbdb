//! Table `sessions`: who is signed in to pages.

use jiff::Timestamp;
use tacenda_kernel::ActorId;
use tacenda_postgres::{Database, DatabaseError, Transaction};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

pub(crate) use super::session_row::{AtProvider, SessionRow};
use super::{
    SealedDatabase,
    accounts::{AccountRow, COLUMNS, account_columns, account_from},
    held::Held,
    one,
    passwords::{self, PasswordRow, password_columns},
    session_row::{OWN, TOKEN, name, read_with_account, session_columns},
};
use crate::{bindings::Kind, row_seal::RowKey};

/// A session with all that decides about it.
pub(crate) struct WholeSession {
    pub(crate) session: SessionRow,
    pub(crate) account: AccountRow,
    pub(crate) password: Option<PasswordRow>,
}

const FIND: &str = concat!(
    "select ",
    account_columns!(),
    ", ",
    session_columns!(),
    ", ",
    password_columns!(),
    " from ",
    account_from!(),
    " join sessions s on s.account = a.account left join passwords p on p.account = a.account where s.token = $1"
);

/// The session of a token, whether it is over or not.
pub(crate) async fn find(
    database: &SealedDatabase,
    token: &[u8; 32],
) -> Result<Option<WholeSession>, DatabaseError> {
    let key = &database.key;
    let rows = database.lanes().query(FIND, &[&key.token(TOKEN, token)]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let Some((session, account)) = read_with_account(key, row)? else { return Ok(None) };
    let password = passwords::read(key, row, COLUMNS + OWN, account.id, &account.bindings)?;
    // SECURITY: somebody whose password is not as it was set would otherwise have none to change.
    if account.bindings.any(Kind::Password) && password.is_none() {
        return Ok(None);
    }
    Ok(Some(WholeSession { session, account, password }))
}

const IN_TIME: &str = concat!(
    "select ",
    account_columns!(),
    ", ",
    session_columns!(),
    " from ",
    account_from!(),
    " join sessions s on s.account = a.account where s.session = $1 and s.ends_at > $2"
);

/// A session that is not over by its age, idle or not, and whose it is.
pub(crate) async fn in_time(
    database: &SealedDatabase,
    session: Uuid,
    now: Timestamp,
) -> Result<Option<(SessionRow, AccountRow)>, DatabaseError> {
    let rows = database.lanes().query(IN_TIME, &[&session, &now]).await?;
    Ok(rows.first().map(|row| read_with_account(&database.key, row)).transpose()?.flatten())
}

const INSERT: &str = "insert into sessions (session, token, account, standing, sealed_visit, started_at, proven_at, \
     seen_at, ends_at, subject, sid, seal) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

/// Stores a new session.
pub(crate) async fn insert(
    transaction: &Transaction<'_>,
    key: &RowKey,
    held: &mut Held,
    token: &[u8; 32],
    row: &SessionRow,
) -> Result<(), DatabaseError> {
    let SessionRow { id, account, standing, sealed_visit, started_at, proven_at, seen_at, ends_at, provider } =
        row;
    let (token, standing) = (key.token(TOKEN, token), name(*standing));
    let (subject, sid) = (provider.map(|one| one.subject), provider.and_then(|one| one.sid));
    let seal = key.seal(&row.meaning(&token));
    let parameters: &[&(dyn ToSql + Sync)] = &[
        id,
        &token,
        &account.0,
        &standing,
        sealed_visit,
        started_at,
        proven_at,
        seen_at,
        ends_at,
        &subject,
        &sid,
        &seal,
    ];
    one(transaction.execute(INSERT, parameters).await)?;
    held.bind(row.binding(&seal));
    Ok(())
}

const LOCK: &str = "select seal from sessions where session = $1 and token = $2 for update";
const RAISE: &str = "update sessions set token = $3, standing = $4, proven_at = $5, ends_at = $6, seal = $7 \
     where session = $1 and token = $2";

/// Gives the session another token and standing. False where the old token is not its token any more: two that raise
/// it at the same time do not both succeed.
pub(crate) async fn raise(
    transaction: &Transaction<'_>,
    key: &RowKey,
    held: &mut Held,
    old: &[u8; 32],
    token: &[u8; 32],
    row: &SessionRow,
) -> Result<bool, DatabaseError> {
    let standing = name(row.standing);
    let (old, token) = (key.token(TOKEN, old), key.token(TOKEN, token));
    let Some(before) = transaction.query_opt(LOCK, &[&row.id, &old]).await? else { return Ok(false) };
    if !held.release(Kind::Session, before.try_get(0)?) {
        return Ok(false);
    }
    let seal = key.seal(&row.meaning(&token));
    let parameters: &[&(dyn ToSql + Sync)] =
        &[&row.id, &old, &token, &standing, &row.proven_at, &row.ends_at, &seal];
    one(transaction.execute(RAISE, parameters).await)?;
    held.bind(row.binding(&seal));
    Ok(true)
}

const TOUCH: &str = "update sessions set seen_at = $2 where session = $1 and seen_at < $2";

/// The session was used.
pub(crate) async fn touch(database: &Database, id: Uuid, now: Timestamp) -> Result<(), DatabaseError> {
    database.lanes().execute(TOUCH, &[&id, &now]).await?;
    Ok(())
}

const OF_ACCOUNT: &str = concat!(
    "select ",
    account_columns!(),
    ", ",
    session_columns!(),
    " from ",
    account_from!(),
    " join sessions s on s.account = a.account where s.account = $1 and s.ends_at > $2 \
     order by s.started_at desc, s.session limit 100"
);

/// The account's sessions, the newest first.
pub(crate) async fn of_account(
    database: &SealedDatabase,
    account: ActorId,
    now: Timestamp,
) -> Result<Vec<SessionRow>, DatabaseError> {
    let rows = database.lanes().query(OF_ACCOUNT, &[&account.0, &now]).await?;
    let read = |row| read_with_account(&database.key, row).map(|found| found.map(|(session, _)| session));
    rows.iter().filter_map(|row| read(row).transpose()).collect()
}

/// A session of which the provider's own number is not known is meant with its subject.
const NAMED: &str = concat!(
    "select ",
    account_columns!(),
    ", ",
    session_columns!(),
    " from ",
    account_from!(),
    " join sessions s on s.account = a.account where case when $2::bigint is null then s.subject = $1::bigint \
     else s.sid = $2 or (s.sid is null and s.subject = $1) end"
);

/// The sessions of a provider's subject; with the number of a session at the provider, those of that.
pub(crate) async fn named(
    database: &SealedDatabase,
    subject: Option<i64>,
    sid: Option<i64>,
) -> Result<Vec<(Uuid, ActorId)>, DatabaseError> {
    let rows = database.lanes().query(NAMED, &[&subject, &sid]).await?;
    let read = |row| read_with_account(&database.key, row);
    let found: Vec<_> = rows.iter().filter_map(|row| read(row).transpose()).collect::<Result<_, _>>()?;
    Ok(found.into_iter().map(|(session, _)| (session.id, session.account)).collect())
}

const END: &str = "delete from sessions where account = $1 and session = $2 returning seal";

/// Ends one. False where there is none.
pub(crate) async fn end(
    transaction: &Transaction<'_>,
    held: &mut Held,
    id: Uuid,
) -> Result<bool, DatabaseError> {
    let row = transaction.query_opt(END, &[&held.id().0, &id]).await?;
    match row {
        Some(row) => Ok(held.release(Kind::Session, row.try_get(0)?)),
        None if transaction.query_opt(KEEP, &[&held.id().0, &id]).await?.is_none() => Ok(false),
        None => Err(DatabaseError::DidLess),
    }
}

const KEEP: &str = "select seal from sessions where account = $1 and session = $2";
const END_OTHERS: &str = "delete from sessions where account = $1 and session <> $2";

/// Ends all but one; how many those were. Without one to keep, all.
///
/// SECURITY: none of them counts any more, whether its row is found or not: one that was taken out of the table meanwhile
/// is not good again when it is put back.
pub(crate) async fn end_all(
    transaction: &Transaction<'_>,
    held: &mut Held,
    keep: Option<Uuid>,
) -> Result<usize, DatabaseError> {
    let keep = keep.unwrap_or_default();
    let kept = transaction.query_opt(KEEP, &[&held.id().0, &keep]).await?;
    let kept: Option<Vec<u8>> = kept.map(|row| row.try_get(0)).transpose()?;
    transaction.execute(END_OTHERS, &[&held.id().0, &keep]).await?;
    let name = kept.as_deref().and_then(|seal| seal.first_chunk().copied());
    Ok(held.release_all(|one| one.kind == Kind::Session && Some(one.name) != name))
}

const FORGET: &str = "delete from sessions where ends_at <= $1";

/// Forgets those that are over.
pub(crate) async fn forget(database: &Database, now: Timestamp) -> Result<u64, DatabaseError> {
    database.lanes().execute(FORGET, &[&now]).await
}
