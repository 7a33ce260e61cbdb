//! Table `consents`: what people allowed applications.

use jiff::Timestamp;
use tacenda_kernel::{ActorId, Role};
use tacenda_postgres::{Database, DatabaseError, Transaction};

/// A consent as stored.
pub(crate) struct ConsentRow {
    pub(crate) scopes: Vec<String>,
    pub(crate) sealed_patient: Option<Vec<u8>>,
}

const FIND: &str =
    "select scopes, sealed_patient from consents where person = $1 and client_id = $2 and role = $3";

/// What the person allowed the client in this role.
pub(crate) async fn find(
    database: &Database,
    person: ActorId,
    client_id: &str,
    role: Role,
) -> Result<Option<ConsentRow>, DatabaseError> {
    let rows = database.lanes().query(FIND, &[&person.0, &client_id, &role.as_str()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(ConsentRow { scopes: row.try_get(0)?, sealed_patient: row.try_get(1)? }))
}

const PUT: &str = "insert into consents (person, client_id, role, scopes, sealed_patient, given_at) \
     values ($1, $2, $3, $4, $5, $6) on conflict on constraint consents_key do update \
     set scopes = excluded.scopes, sealed_patient = excluded.sealed_patient, given_at = excluded.given_at";

/// Keeps the newest answer.
pub(crate) async fn put(
    transaction: &Transaction<'_>,
    person: ActorId,
    client_id: &str,
    role: Role,
    consent: &ConsentRow,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let ConsentRow { scopes, sealed_patient } = consent;
    transaction.execute(PUT, &[&person.0, &client_id, &role.as_str(), scopes, sealed_patient, &now]).await?;
    Ok(())
}

const WITHDRAW: &str = "delete from consents where person = $1 and client_id = $2";

/// Forgets what the person allowed the client: it must ask again.
pub(crate) async fn withdraw(
    transaction: &Transaction<'_>,
    person: ActorId,
    client_id: &str,
) -> Result<(), DatabaseError> {
    transaction.execute(WITHDRAW, &[&person.0, &client_id]).await?;
    Ok(())
}
