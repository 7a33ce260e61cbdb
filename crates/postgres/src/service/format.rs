//! Whether a database was made by this line of releases.
//!
//! Migrations are never edited once a format holds; where one was, rows of before mean something else, and no migration
//! leads from there to here.

use crate::{DatabaseError, DatabaseSpec, ProvisionError, ServiceEndpoints};

const HAS_HISTORY: &str = "select to_regclass('public.refinery_schema_history') is not null";
const APPLIED: &str =
    "select version::bigint, checksum::text from public.refinery_schema_history order by version";

/// Refuses a database with migrations that are none of this release's, before anything in it is changed.
///
/// # Errors
/// [`ProvisionError::Format`], or [`ProvisionError::Database`] where it does not answer.
pub async fn refuse_other_format(
    endpoints: &ServiceEndpoints,
    spec: &DatabaseSpec,
) -> Result<(), ProvisionError> {
    let database = endpoints.owner.database().to_owned();
    let applied = applied(endpoints).await.map_err(|source| ProvisionError::Database {
        database: database.clone(),
        doing: "see by which release it was made",
        source,
    })?;
    let runner = (spec.migrations)();
    let ours = |version: i64, checksum: &str| {
        let known = runner.get_migrations().iter().find(|known| i64::from(known.version()) == version);
        known.is_some_and(|known| known.checksum().to_string() == checksum)
    };
    match applied.iter().find(|(version, checksum)| !ours(*version, checksum)) {
        None => Ok(()),
        Some((migration, _)) => Err(ProvisionError::Format { database, migration: *migration }),
    }
}

async fn applied(endpoints: &ServiceEndpoints) -> Result<Vec<(i64, String)>, DatabaseError> {
    let client = endpoints.owner.connect().await?;
    if !client.query_one(HAS_HISTORY, &[]).await?.try_get::<_, bool>(0)? {
        return Ok(Vec::new());
    }
    let rows = client.query(APPLIED, &[]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}
