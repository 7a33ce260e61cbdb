//! Table `consents`: what people allowed applications.

use jiff::Timestamp;
use tacenda_kernel::{ActorId, Role};
use tacenda_postgres::{DatabaseError, Transaction};
use tokio_postgres::types::ToSql;

use super::SealedDatabase;
use crate::row_seal::{Meaning, RowKey};

/// A consent as stored.
pub(crate) struct ConsentRow {
    pub(crate) role: Role,
    pub(crate) scopes: Vec<String>,
    pub(crate) sealed_patient: Option<Vec<u8>>,
}

impl ConsentRow {
    fn meaning(&self, person: ActorId, client_id: &str) -> Meaning {
        Meaning::of("consents")
            .id(person.0)
            .text(client_id)
            .text(self.role.as_str())
            .texts(&self.scopes)
            .optional(self.sealed_patient.as_deref(), Meaning::bytes)
    }
}

const FIND: &str =
    "select scopes, sealed_patient, seal from consents where person = $1 and client_id = $2 and role = $3";

/// What the person allowed the client in this role.
pub(crate) async fn find(
    database: &SealedDatabase,
    person: ActorId,
    client_id: &str,
    role: Role,
) -> Result<Option<ConsentRow>, DatabaseError> {
    let rows = database.lanes().query(FIND, &[&person.0, &client_id, &role.as_str()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let consent = ConsentRow { role, scopes: row.try_get(0)?, sealed_patient: row.try_get(1)? };
    let believed = database.key.believes(&consent.meaning(person, client_id), row.try_get(2)?);
    Ok(believed.then_some(consent))
}

const PUT: &str = "insert into consents (person, client_id, role, scopes, sealed_patient, given_at, seal) \
     values ($1, $2, $3, $4, $5, $6, $7) on conflict on constraint consents_key do update \
     set scopes = excluded.scopes, sealed_patient = excluded.sealed_patient, given_at = excluded.given_at, \
     seal = excluded.seal";

/// Keeps the newest answer.
pub(crate) async fn put(
    transaction: &Transaction<'_>,
    key: &RowKey,
    person: ActorId,
    client_id: &str,
    consent: &ConsentRow,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let (ConsentRow { role, scopes, sealed_patient }, seal) =
        (consent, key.seal(&consent.meaning(person, client_id)));
    let parameters: &[&(dyn ToSql + Sync)] =
        &[&person.0, &client_id, &role.as_str(), scopes, sealed_patient, &now, &seal];
    transaction.execute(PUT, parameters).await?;
    Ok(())
}

const WITHDRAW: &str = "delete from consents where person = $1 and client_id = $2";

/// Forgets what the person allowed the client: it must ask again. False where that was nothing.
pub(crate) async fn withdraw(
    transaction: &Transaction<'_>,
    person: ActorId,
    client_id: &str,
) -> Result<bool, DatabaseError> {
    Ok(transaction.execute(WITHDRAW, &[&person.0, &client_id]).await? > 0)
}
