//! Table `provider_requests`: sign-ins at a provider that are under way.

use jiff::Timestamp;
use tacenda_postgres::{Database, DatabaseError};

use super::one;

/// A sign-in under way, as stored.
pub(crate) struct RequestRow {
    pub(crate) provider: String,
    pub(crate) browser: [u8; 32],
    pub(crate) sealed_request: Vec<u8>,
    pub(crate) expires_at: Timestamp,
}

/// Forgets what is over while it is here.
const INSERT: &str = "with over as (delete from provider_requests where expires_at < $6) \
     insert into provider_requests (state, provider, browser, sealed_request, expires_at) \
     values ($1, $2, $3, $4, $5)";

/// Stores a new one.
pub(crate) async fn insert(
    database: &Database,
    state: &[u8; 32],
    row: &RequestRow,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let (state, browser) = (state.as_slice(), row.browser.as_slice());
    let parameters: &[&(dyn tokio_postgres::types::ToSql + Sync)] =
        &[&state, &row.provider, &browser, &row.sealed_request, &row.expires_at, &now];
    one(database.lanes().execute(INSERT, parameters).await)
}

const TAKE: &str = "delete from provider_requests where state = $1 \
     returning provider, browser, sealed_request, expires_at";

/// Takes it away: of two that come with the same state, one gets it.
pub(crate) async fn take(database: &Database, state: &[u8; 32]) -> Result<Option<RequestRow>, DatabaseError> {
    let rows = database.lanes().query(TAKE, &[&state.as_slice()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let browser: &[u8] = row.try_get(1)?;
    Ok(Some(RequestRow {
        provider: row.try_get(0)?,
        // The CHECK admits no other length; no browser holds what hashes to zeros.
        browser: browser.try_into().unwrap_or_default(),
        sealed_request: row.try_get(2)?,
        expires_at: row.try_get(3)?,
    }))
}
