//! Databases and roles of the private cluster.

use std::collections::HashSet;

use futures::future::try_join_all;
use tokio_postgres::Client;

use super::{
    format::refuse_other_format,
    migrate::{migrate, quoted},
};
use crate::{Cluster, DatabaseError, DatabaseSpec, ProvisionError, ServiceEndpoints, cluster::Passwords};

/// `_owner` must fit in the 63 bytes of an identifier as well.
const LONGEST_NAME: usize = 56;
/// Any number will do, as long as every instance takes the same one.
const PROVISIONING: i64 = 0x7461_6365_6e64_6102;

/// Makes what is missing, one database after the other; then migrates all of them at once.
pub(crate) async fn provision(
    cluster: &Cluster,
    passwords: &Passwords,
    prefix: &str,
    specs: &[DatabaseSpec],
) -> Result<Vec<ServiceEndpoints>, ProvisionError> {
    let names: Vec<String> = specs.iter().map(|spec| format!("{prefix}{}", spec.name)).collect();
    if let Some(bad) = names.iter().find(|name| !is_name(name)) {
        return Err(ProvisionError::Name(bad.clone()));
    }
    let admin = cluster.connect_as_admin().await.map_err(|error| failed("postgres", "connect", error))?;
    // Two who make the same role, or close the same database, at once would fail each other. Ends with the session.
    let locked = admin.execute("select pg_advisory_lock($1)", &[&PROVISIONING]).await;
    locked.map_err(|error| failed("postgres", "lock it for provisioning", error.into()))?;
    let roles: Vec<String> = names.iter().flat_map(|name| [owner_of(name), name.clone()]).collect();
    make_roles(&admin, passwords, &roles).await?;
    make_databases(&admin, &names).await?;
    drop(admin);
    // All are looked at before one is changed.
    try_join_all(
        specs
            .iter()
            .map(async |spec| refuse_other_format(&cluster.endpoints(prefix, &spec.name), spec).await),
    )
    .await?;
    try_join_all(specs.iter().map(async |spec| {
        let endpoints = cluster.endpoints(prefix, &spec.name);
        migrate(&endpoints, spec).await?;
        Ok(endpoints)
    }))
    .await
}

async fn make_roles(admin: &Client, passwords: &Passwords, roles: &[String]) -> Result<(), ProvisionError> {
    // CRASH: passwords first. A password without its role is used when the role is made.
    let renewed: HashSet<String> = passwords.make_missing(roles)?.into_iter().collect();
    tacenda_kernel::crash::at("passwords-made");
    let existing =
        existing(admin, "select rolname::text from pg_roles where rolname = any($1)", roles).await?;
    for role in roles {
        let verb = match (existing.contains(role), renewed.contains(role)) {
            (false, _) => "create",
            (true, true) => "alter",
            (true, false) => continue,
        };
        let Some(password) = passwords.of(role) else { continue };
        // SECURITY: the server is given a verifier, so the password is in no statement.
        // EXPOSE: to derive the verifier.
        let verifier = postgres_protocol::password::scram_sha_256(password.expose().as_bytes());
        let sql = format!(
            "{verb} role {} login nosuperuser nocreatedb nocreaterole noreplication nobypassrls \
             password '{verifier}'",
            quoted(role)
        );
        admin.batch_execute(&sql).await.map_err(|error| failed(role, "make its roles", error.into()))?;
    }
    Ok(())
}

async fn make_databases(admin: &Client, names: &[String]) -> Result<(), ProvisionError> {
    let close = "revoke all on database postgres, template1 from public";
    admin
        .batch_execute(close)
        .await
        .map_err(|error| failed("postgres", "close it to others", error.into()))?;
    let existing =
        existing(admin, "select datname::text from pg_database where datname = any($1)", names).await?;
    for name in names.iter().filter(|name| !existing.contains(*name)) {
        let sql = format!(
            "create database {} owner {} template template0 encoding 'UTF8' locale 'C'",
            quoted(name),
            quoted(&owner_of(name))
        );
        admin.batch_execute(&sql).await.map_err(|error| failed(name, "make it", error.into()))?;
    }
    Ok(())
}

async fn existing(admin: &Client, sql: &str, names: &[String]) -> Result<HashSet<String>, ProvisionError> {
    let rows = admin.query(sql, &[&names]).await;
    let rows = rows.map_err(|error| failed("postgres", "see what there is", error.into()))?;
    Ok(rows.iter().filter_map(|row| row.try_get(0).ok()).collect())
}

fn owner_of(name: &str) -> String {
    format!("{name}_owner")
}

fn is_name(name: &str) -> bool {
    name.len() <= LONGEST_NAME
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn failed(database: &str, doing: &'static str, source: DatabaseError) -> ProvisionError {
    ProvisionError::Database { database: database.to_owned(), doing, source }
}
