//! Table `authorisations`: one answer of one person to one application, and all that came of it.

use jiff::Timestamp;
use tacenda_kernel::{ActorId, AuthStrength, Role};
use tacenda_postgres::{Database, DatabaseError, Transaction};
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

use super::{SealedDatabase, clients};
use crate::row_seal::{Meaning, RowKey};

/// An authorisation as stored.
#[derive(Clone, Debug)]
pub(crate) struct AuthorisationRow {
    pub(crate) id: Uuid,
    pub(crate) client_id: String,
    pub(crate) person: ActorId,
    pub(crate) role: Role,
    pub(crate) scopes: Vec<String>,
    pub(crate) strength: AuthStrength,
    pub(crate) proven_at: Option<Timestamp>,
    pub(crate) session: Option<Uuid>,
    pub(crate) sealed_context: Vec<u8>,
    pub(crate) created_at: Timestamp,
    pub(crate) used_at: Option<Timestamp>,
    pub(crate) ends_at: Timestamp,
    pub(crate) ended: bool,
}

impl AuthorisationRow {
    /// Whether it gives tokens at this time. What ended its session ended it, too; that is another question.
    pub(crate) fn holds(&self, now: Timestamp) -> bool {
        !self.ended && now < self.ends_at
    }

    /// The context is bound to the authorisation where it is sealed.
    fn meaning(&self) -> Meaning {
        Meaning::of("authorisations")
            .id(self.id)
            .text(&self.client_id)
            .id(self.person.0)
            .text(self.role.as_str())
            .texts(&self.scopes)
            .text(strength_name(self.strength))
            .optional(self.proven_at, Meaning::time)
            .optional(self.session, Meaning::id)
            .time(self.created_at)
            .time(self.ends_at)
            .flag(self.ended)
    }
}

/// Why an authorisation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Revoked,
    CodeReused,
    TokenReused,
    ByPerson,
    /// How its person proves who they are was changed, or their account was suspended.
    AccountChanged,
    /// The identity provider at which its session began said that this is over.
    SessionEnded,
}

impl Ending {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::CodeReused => "code-reused",
            Self::TokenReused => "token-reused",
            Self::ByPerson => "person",
            Self::AccountChanged => "account-changed",
            Self::SessionEnded => "session-ended",
        }
    }
}

/// The columns that [`read`] reads, in their order.
macro_rules! columns {
    () => {
        "authorisation, client_id, person, role, scopes, strength, proven_at, session, sealed_context, created_at, \
         used_at, ends_at, ended_at is not null, seal"
    };
}

const FIND: &str = concat!("select ", columns!(), " from authorisations where authorisation = $1");

/// The authorisation with this number.
pub(crate) async fn find(
    database: &SealedDatabase,
    id: Uuid,
) -> Result<Option<AuthorisationRow>, DatabaseError> {
    let rows = database.lanes().query(FIND, &[&id]).await?;
    Ok(read_all(&database.key, &rows)?.pop())
}

const OF_PERSON: &str = concat!(
    "select ",
    columns!(),
    " from authorisations where person = $1 and ended_at is null and ends_at > $2 \
     order by created_at desc limit 500"
);

/// Those of the person that are in force, newest first.
pub(crate) async fn of_person(
    database: &SealedDatabase,
    person: ActorId,
    now: Timestamp,
) -> Result<Vec<AuthorisationRow>, DatabaseError> {
    let rows = database.lanes().query(OF_PERSON, &[&person.0, &now]).await?;
    read_all(&database.key, &rows)
}

/// Whether access tokens of it are still believed.
pub(crate) async fn holds(
    database: &SealedDatabase,
    id: Uuid,
    now: Timestamp,
) -> Result<bool, DatabaseError> {
    let Some(row) = find(database, id).await?.filter(|row| row.holds(now)) else { return Ok(false) };
    Ok(clients::find(database, &row.client_id).await?.is_some_and(|client| !client.suspended))
}

const INSERT: &str = "insert into authorisations (authorisation, client_id, person, role, scopes, strength, \
     proven_at, session, sealed_context, created_at, ends_at, seal) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

/// Stores a new authorisation.
pub(crate) async fn insert(
    transaction: &Transaction<'_>,
    key: &RowKey,
    new: &AuthorisationRow,
) -> Result<(), DatabaseError> {
    let (strength, seal) = (strength_name(new.strength), key.seal(&new.meaning()));
    let parameters: &[&(dyn ToSql + Sync)] = &[
        &new.id,
        &new.client_id,
        &new.person.0,
        &new.role.as_str(),
        &new.scopes,
        &strength,
        &new.proven_at,
        &new.session,
        &new.sealed_context,
        &new.created_at,
        &new.ends_at,
        &seal,
    ];
    transaction.execute(INSERT, parameters).await?;
    Ok(())
}

const LOCK: &str = concat!(
    "select ",
    columns!(),
    " from authorisations where authorisation = $1 and ended_at is null for update"
);
const END: &str =
    "update authorisations set ended_at = $2, ended_why = $3, seal = $4 where authorisation = $1";

/// Ends it. To end what is over changes nothing.
pub(crate) async fn end(
    transaction: &Transaction<'_>,
    key: &RowKey,
    id: Uuid,
    why: Ending,
    now: Timestamp,
) -> Result<bool, DatabaseError> {
    let rows = read_all(key, &transaction.query(LOCK, &[&id]).await?)?;
    let there = !rows.is_empty();
    mark_ended(transaction, key, rows, why, now).await?;
    Ok(there)
}

const LOCK_OF_PERSON: &str = concat!(
    "select ",
    columns!(),
    " from authorisations where person = $1 and client_id = $2 and ended_at is null for update"
);

/// Ends all of one person and one client.
pub(crate) async fn end_of_person(
    transaction: &Transaction<'_>,
    key: &RowKey,
    person: ActorId,
    client_id: &str,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let rows = read_all(key, &transaction.query(LOCK_OF_PERSON, &[&person.0, &client_id]).await?)?;
    mark_ended(transaction, key, rows, Ending::ByPerson, now).await
}

const LOCK_ALL: &str =
    concat!("select ", columns!(), " from authorisations where person = $1 and ended_at is null for update");

/// Ends all of one person, whoever has them: whoever got one by a stolen password loses it with the password.
pub(crate) async fn end_all(
    transaction: &Transaction<'_>,
    key: &RowKey,
    person: ActorId,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let rows = read_all(key, &transaction.query(LOCK_ALL, &[&person.0]).await?)?;
    mark_ended(transaction, key, rows, Ending::AccountChanged, now).await
}

const LOCK_OF_SESSIONS: &str = concat!(
    "select ",
    columns!(),
    " from authorisations where session = any($1) and ended_at is null for update"
);

/// Ends those that end with these sessions.
pub(crate) async fn end_of_sessions(
    transaction: &Transaction<'_>,
    key: &RowKey,
    sessions: &[Uuid],
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let rows = read_all(key, &transaction.query(LOCK_OF_SESSIONS, &[&sessions]).await?)?;
    mark_ended(transaction, key, rows, Ending::SessionEnded, now).await
}

async fn mark_ended(
    transaction: &Transaction<'_>,
    key: &RowKey,
    rows: Vec<AuthorisationRow>,
    why: Ending,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    for row in rows {
        let ended = AuthorisationRow { ended: true, ..row };
        let seal = key.seal(&ended.meaning());
        transaction.execute(END, &[&ended.id, &now, &why.as_str(), &seal]).await?;
    }
    Ok(())
}

const USED: &str = "update authorisations set used_at = date_trunc('hour', $2::timestamptz) \
     where authorisation = $1 and used_at is distinct from date_trunc('hour', $2::timestamptz)";

/// Notes, to the hour, that it gave a token.
pub(crate) async fn used(
    transaction: &Transaction<'_>,
    id: Uuid,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    transaction.execute(USED, &[&id, &now]).await?;
    Ok(())
}

const FORGET: &str = "delete from authorisations where ends_at < $1";

/// Forgets those that ended by themselves before that time, with their codes and tokens.
pub(crate) async fn forget(database: &Database, before: Timestamp) -> Result<(), DatabaseError> {
    database.lanes().query(FORGET, &[&before]).await?;
    Ok(())
}

const fn strength_name(strength: AuthStrength) -> &'static str {
    match strength {
        AuthStrength::Multi => "multi",
        AuthStrength::Single | AuthStrength::Client => "single",
    }
}

/// Those that are believed.
fn read_all(key: &RowKey, rows: &[Row]) -> Result<Vec<AuthorisationRow>, DatabaseError> {
    rows.iter().filter_map(|row| read(key, row).transpose()).collect()
}

/// None for a row that is not believed.
fn read(key: &RowKey, row: &Row) -> Result<Option<AuthorisationRow>, DatabaseError> {
    let (role, strength): (&str, &str) = (row.try_get(3)?, row.try_get(5)?);
    let Ok(role) = role.parse() else { return Ok(None) };
    let authorisation = AuthorisationRow {
        id: row.try_get(0)?,
        client_id: row.try_get(1)?,
        person: ActorId(row.try_get(2)?),
        role,
        scopes: row.try_get(4)?,
        strength: if strength == "multi" { AuthStrength::Multi } else { AuthStrength::Single },
        proven_at: row.try_get(6)?,
        session: row.try_get(7)?,
        sealed_context: row.try_get(8)?,
        created_at: row.try_get(9)?,
        used_at: row.try_get(10)?,
        ends_at: row.try_get(11)?,
        ended: row.try_get(12)?,
    };
    Ok(key.believes(&authorisation.meaning(), row.try_get(13)?).then_some(authorisation))
}
