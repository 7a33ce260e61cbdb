//! Table `clients`: how applications and devices prove themselves.

use jiff::Timestamp;
use tacenda_kernel::ActorId;
use tacenda_postgres::{Database, DatabaseError, Transaction};

/// A client as stored: it has a secret or keys, never both.
pub(crate) struct ClientRow {
    pub(crate) account: ActorId,
    pub(crate) sealed_secret_hash: Option<Vec<u8>>,
    pub(crate) jwks: Option<String>,
}

const FIND: &str = "select account, sealed_secret_hash, jwks::text from clients where client_id = $1";

/// The client with this id.
pub(crate) async fn find(database: &Database, client_id: &str) -> Result<Option<ClientRow>, DatabaseError> {
    let rows = database.lanes().query(FIND, &[&client_id]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(ClientRow {
        account: ActorId(row.try_get(0)?),
        sealed_secret_hash: row.try_get(1)?,
        jwks: row.try_get(2)?,
    }))
}

const INSERT: &str = "insert into clients (client_id, account, sealed_secret_hash, jwks, created_at) \
     values ($1, $2, $3, $4::text::jsonb, $5)";

/// Stores a new client.
pub(crate) async fn insert(
    transaction: &Transaction<'_>,
    client_id: &str,
    client: &ClientRow,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let ClientRow { account, sealed_secret_hash, jwks } = client;
    transaction.execute(INSERT, &[&client_id, &account.0, sealed_secret_hash, jwks, &now]).await?;
    Ok(())
}
