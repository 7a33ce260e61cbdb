//! Table `authorisations`: one answer of one person to one application, and all that came of it.

use jiff::Timestamp;
use tacenda_kernel::{ActorId, AuthStrength, Role};
use tacenda_postgres::{Database, DatabaseError, Transaction};
use tokio_postgres::Row;
use uuid::Uuid;

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

const FIND: &str = "select authorisation, client_id, person, role, scopes, strength, proven_at, session, \
     sealed_context, created_at, used_at, ends_at, ended_at is not null from authorisations where authorisation = $1";

/// The authorisation with this number.
pub(crate) async fn find(database: &Database, id: Uuid) -> Result<Option<AuthorisationRow>, DatabaseError> {
    let rows = database.lanes().query(FIND, &[&id]).await?;
    Ok(rows.first().map(read).transpose()?.flatten())
}

const OF_PERSON: &str = "select authorisation, client_id, person, role, scopes, strength, proven_at, session, \
     sealed_context, created_at, used_at, ends_at, false from authorisations \
     where person = $1 and ended_at is null and ends_at > $2 order by created_at desc limit 500";

/// Those of the person that are in force, newest first.
pub(crate) async fn of_person(
    database: &Database,
    person: ActorId,
    now: Timestamp,
) -> Result<Vec<AuthorisationRow>, DatabaseError> {
    let rows = database.lanes().query(OF_PERSON, &[&person.0, &now]).await?;
    let read: Result<Vec<_>, _> = rows.iter().map(read).collect();
    Ok(read?.into_iter().flatten().collect())
}

const HOLDS: &str = "select exists (select 1 from authorisations join clients using (client_id) \
     join accounts using (account) where authorisation = $1 and ended_at is null and ends_at > $2 \
     and state = 'active')";

/// Whether access tokens of it are still believed.
pub(crate) async fn holds(database: &Database, id: Uuid, now: Timestamp) -> Result<bool, DatabaseError> {
    let rows = database.lanes().query(HOLDS, &[&id, &now]).await?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or(false))
}

const INSERT: &str = "insert into authorisations (authorisation, client_id, person, role, scopes, strength, \
     proven_at, session, sealed_context, created_at, ends_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

/// Stores a new authorisation.
pub(crate) async fn insert(
    transaction: &Transaction<'_>,
    new: &AuthorisationRow,
) -> Result<(), DatabaseError> {
    let strength = if new.strength == AuthStrength::Multi { "multi" } else { "single" };
    transaction
        .execute(
            INSERT,
            &[
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
            ],
        )
        .await?;
    Ok(())
}

const END: &str = "update authorisations set ended_at = $2, ended_why = $3 \
     where authorisation = $1 and ended_at is null";

/// Ends it. To end what is over changes nothing.
pub(crate) async fn end(
    transaction: &Transaction<'_>,
    id: Uuid,
    why: Ending,
    now: Timestamp,
) -> Result<bool, DatabaseError> {
    Ok(transaction.execute(END, &[&id, &now, &why.as_str()]).await? > 0)
}

const END_OF_PERSON: &str = "update authorisations set ended_at = $3, ended_why = $4 \
     where person = $1 and client_id = $2 and ended_at is null";

/// Ends all of one person and one client.
pub(crate) async fn end_of_person(
    transaction: &Transaction<'_>,
    person: ActorId,
    client_id: &str,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let why = Ending::ByPerson.as_str();
    transaction.execute(END_OF_PERSON, &[&person.0, &client_id, &now, &why]).await?;
    Ok(())
}

const END_ALL: &str = "update authorisations set ended_at = $2, ended_why = $3 \
     where person = $1 and ended_at is null";

/// Ends all of one person, whoever has them: whoever got one by a stolen password loses it with the password.
pub(crate) async fn end_all(
    transaction: &Transaction<'_>,
    person: ActorId,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let why = Ending::AccountChanged.as_str();
    transaction.execute(END_ALL, &[&person.0, &now, &why]).await?;
    Ok(())
}

const END_OF_SESSIONS: &str = "update authorisations set ended_at = $2, ended_why = $3 \
     where session = any($1) and ended_at is null";

/// Ends those that end with these sessions.
pub(crate) async fn end_of_sessions(
    transaction: &Transaction<'_>,
    sessions: &[Uuid],
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let why = Ending::SessionEnded.as_str();
    transaction.execute(END_OF_SESSIONS, &[&sessions, &now, &why]).await?;
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

/// None for a role that there is not: the tables' CHECKs admit it, nothing here writes it.
fn read(row: &Row) -> Result<Option<AuthorisationRow>, DatabaseError> {
    let (role, strength): (&str, &str) = (row.try_get(3)?, row.try_get(5)?);
    let Ok(role) = role.parse() else { return Ok(None) };
    Ok(Some(AuthorisationRow {
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
    }))
}
