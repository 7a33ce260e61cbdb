//! Migrations as the owner, then exactly the grants that the spec names.

use tokio_postgres::Client;

use crate::{DatabaseError, DatabaseSpec, ProvisionError, ServiceEndpoints};

/// Any number will do, as long as every instance takes the same one.
const MIGRATING: i64 = 0x7461_6365_6e64_6101;

/// Brings a database that exists, with its two roles, up to date: migrations, then grants. Idempotent, and safe to run
/// from several instances at once.
///
/// # Errors
/// See [`ProvisionError`].
pub async fn migrate(endpoints: &ServiceEndpoints, spec: &DatabaseSpec) -> Result<(), ProvisionError> {
    let owner = &endpoints.owner;
    let database = owner.database().to_owned();
    if database != endpoints.runtime.database() || owner.role() == endpoints.runtime.role() {
        return Err(ProvisionError::Roles(database));
    }
    let grants = grants(spec, &database, endpoints.runtime.role())?;
    let failed = |doing| {
        let database = database.clone();
        move |source: DatabaseError| ProvisionError::Database { database, doing, source }
    };
    let mut client = owner.connect().await.map_err(failed("connect as its owner"))?;
    // Held by the session: it ends with `client`, also when a migration fails.
    let locked = client.execute("select pg_advisory_lock($1)", &[&MIGRATING]).await;
    locked.map_err(|error| failed("lock it for migrations")(error.into()))?;
    run(&mut client, spec, &database).await?;
    let granted = client.batch_execute(&grants).await;
    granted.map_err(|error| failed("grant the runtime role its rights")(error.into()))
}

async fn run(client: &mut Client, spec: &DatabaseSpec, database: &str) -> Result<(), ProvisionError> {
    let runner = (spec.migrations)().set_abort_divergent(true).set_abort_missing(true);
    match runner.run_async(client).await {
        Ok(_) => Ok(()),
        Err(error) => {
            Err(ProvisionError::Migration { database: database.to_owned(), reason: reason(error.kind()) })
        }
    }
}

/// SECURITY: the server's words could quote a value that the migration moved.
fn reason(kind: &refinery::error::Kind) -> String {
    match kind {
        refinery::error::Kind::Connection(step, source) => {
            let state = source.downcast_ref::<tokio_postgres::Error>().map(DatabaseError::from);
            match state {
                Some(error) => format!("{step}: {error}"),
                None => step.clone(),
            }
        }
        other => other.to_string(),
    }
}

/// One transaction that takes everything and gives back what is named.
fn grants(spec: &DatabaseSpec, database: &str, role: &str) -> Result<String, ProvisionError> {
    let (database, role) = (quoted(database), quoted(role));
    let mut sql = format!(
        "begin; \
         revoke all on database {database} from public; \
         revoke all on schema public from public; \
         revoke all on database {database} from {role}; \
         revoke all on schema public from {role}; \
         revoke all on all tables in schema public from public, {role}; \
         revoke all on all sequences in schema public from public, {role}; \
         revoke all on all routines in schema public from public, {role}; \
         grant connect on database {database} to {role}; \
         grant usage on schema public to {role}; "
    );
    for (table, privileges) in spec.grants {
        let plain = |text: &str, also: &str| {
            !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || also.contains(c))
        };
        if !plain(table, "_0123456789") || !plain(privileges, ", ()_0123456789") {
            return Err(ProvisionError::Grant(format!("{privileges} on {table}")));
        }
        sql.push_str(&format!("grant {privileges} on {} to {role}; ", quoted(table)));
    }
    sql.push_str("commit");
    Ok(sql)
}

/// An identifier, so quoted that it can be nothing else.
pub(super) fn quoted(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}
