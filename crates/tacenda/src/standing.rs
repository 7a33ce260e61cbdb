//! How the databases stand: what they consist of, whether they keep what they acknowledge, what the services' roles may
//! do, and whether there is room for all connections. `doctor` names it, `serve` refuses it, and it is looked at again
//! while the system runs.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use futures::future::join_all;
use tacenda_postgres::{CatalogueError, Database, DatabaseError, Difference};
use tokio::time::timeout;

use crate::{
    databases::{Databases, catalogue, connections, specs},
    finding::Finding,
};

/// What decides whether an acknowledged commit is still there after the machine died, and what the role may do.
const ABOUT: &str = "select pg_catalog.current_setting('fsync'), pg_catalog.current_setting('full_page_writes'), \
     pg_catalog.current_setting('synchronous_commit'), \
     (select rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls \
        from pg_catalog.pg_roles where rolname = current_user), \
     pg_catalog.has_schema_privilege(current_user, 'public', 'create'), \
     pg_catalog.pg_postmaster_start_time()::text, \
     pg_catalog.current_setting('max_connections')::bigint \
       - pg_catalog.current_setting('superuser_reserved_connections')::bigint";

/// What one database says about itself.
struct About {
    settings: [String; 3],
    is_powerful: bool,
    defines: bool,
    server: String,
    room: i64,
}

/// Everything about the databases that is not as it must be.
///
/// # Errors
/// Where a database does not answer: then nothing is known of it.
pub async fn examine(databases: &Databases) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let mut servers: BTreeMap<String, (i64, usize, Vec<String>)> = BTreeMap::new();
    for spec in specs() {
        let service = spec.name;
        let database = databases.get(&service)?;
        let about = about(&database).await.with_context(|| format!("the database of {service}"))?;
        findings.extend(weak(&service, &about));
        let server = servers.entry(about.server).or_insert((about.room, 0, Vec::new()));
        server.1 += connections(&service);
        server.2.push(service.clone());
        if let Err(error) = catalogue(&service).check(&database).await {
            findings.push(strange(&service, &error)?);
        }
    }
    for (room, needed, services) in servers.into_values() {
        findings.extend(crowded(room, needed, &services));
    }
    Ok(findings)
}

fn crowded(room: i64, needed: usize, services: &[String]) -> Option<Finding> {
    let fits = usize::try_from(room).is_ok_and(|room| room >= needed);
    let text = format!(
        "the server of {} lets {room} connections in, and these services hold up to {needed}: raise max_connections",
        services.join(", ")
    );
    (!fits).then(|| Finding::new("connections", text))
}

/// Refuses databases that are not as they must be.
///
/// # Errors
/// Names everything that is not.
pub async fn refuse_unsafe(databases: &Databases) -> Result<()> {
    let findings = examine(databases).await?;
    if findings.is_empty() {
        return Ok(());
    }
    let named: Vec<String> = findings.iter().map(ToString::to_string).collect();
    bail!("the databases are not safe and are not served\n{}", named.join("\n"))
}

/// How long a database has to say what it holds, where it is asked once.
const PATIENCE: Duration = Duration::from_secs(15);

/// Refuses databases that are not what their migrations make.
///
/// # Errors
/// Names every stranger, and every database that does not say what it holds.
pub async fn refuse_strangers(databases: &Databases) -> Result<()> {
    let Looked { strange, silent } = look(databases).await;
    let silent = silent.into_iter().map(|service| (service, UNTOLD.to_owned()));
    let named: Vec<String> = strange
        .into_iter()
        .chain(silent)
        .map(|(service, what)| format!("in the database of {service}: {what}"))
        .collect();
    if named.is_empty() {
        return Ok(());
    }
    bail!("the databases are not what their migrations make, and are not served\n{}", named.join("\n"))
}

/// What is said of a database that answers, but not this.
pub(crate) const UNTOLD: &str = "it does not say what it holds";

/// What the databases say of what they hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Looked {
    /// Those that are not what their migrations make, each with all that is strange in it.
    pub(crate) strange: BTreeMap<String, String>,
    /// Those that did not say.
    pub(crate) silent: BTreeSet<String>,
}

/// Asks all of them once, at the same time.
pub(crate) async fn look(databases: &Databases) -> Looked {
    let looks = specs().into_iter().map(|spec| async move {
        let compared = async {
            let database = databases.get(&spec.name).ok()?;
            Some(catalogue(&spec.name).check(&database).await)
        };
        let compared = timeout(PATIENCE, compared).await.ok().flatten();
        (spec.name, compared)
    });
    let mut looked = Looked::default();
    for (service, compared) in join_all(looks).await {
        match compared {
            Some(Ok(())) => {}
            Some(Err(CatalogueError::Differs(strangers))) => {
                looked.strange.insert(service, strangers.to_string());
            }
            Some(Err(CatalogueError::Database(_))) | None => {
                looked.silent.insert(service);
            }
        }
    }
    looked
}

fn strange(service: &str, error: &CatalogueError) -> Result<Finding> {
    match error {
        CatalogueError::Differs(strangers) if strangers.iter().any(is_history) => Ok(Finding::new(
            "not-migrated",
            format!("the database of {service} has no tables of this release yet: run `tacenda migrate`"),
        )),
        CatalogueError::Differs(strangers) => {
            Ok(Finding::new("catalogue", format!("in the database of {service}: {strangers}")))
        }
        CatalogueError::Database(error) => {
            bail!("the database of {service} does not say what it holds: {error}")
        }
    }
}

/// Where not even the migrations' own history is there, nothing was migrated.
fn is_history(difference: &Difference) -> bool {
    matches!(difference, Difference::Missing(name) if name == "table refinery_schema_history")
}

fn weak(service: &str, about: &About) -> Vec<Finding> {
    let [fsync, pages, commit] = &about.settings;
    let mut found = Vec::new();
    let mut find = |name, text: String| found.push(Finding::new(name, text));
    if fsync == "off" {
        find(
            "fsync",
            format!(
                "the server of {service} loses what it acknowledged when its machine dies: set fsync = on"
            ),
        );
    }
    if pages == "off" {
        find(
            "full-page-writes",
            format!("a page half-written stays so on the server of {service}: set full_page_writes = on"),
        );
    }
    if commit == "off" {
        let text = format!(
            "the database of {service} acknowledges before its disk does: set synchronous_commit = on"
        );
        find("synchronous-commit", text);
    }
    if about.is_powerful {
        find("superuser-role", format!("the runtime role of {service} is a superuser or as good as one"));
    }
    if about.defines {
        find("ddl-role", format!("the runtime role of {service} can make tables"));
    }
    found
}

async fn about(database: &Database) -> Result<About, DatabaseError> {
    let rows = database.lanes().query(ABOUT, &[]).await?;
    let Some(row) = rows.first() else { return Err(DatabaseError::Unavailable) };
    Ok(About {
        settings: [row.try_get(0)?, row.try_get(1)?, row.try_get(2)?],
        is_powerful: row.try_get::<_, Option<bool>>(3)?.unwrap_or(true),
        defines: row.try_get(4)?,
        server: row.try_get(5)?,
        room: row.try_get(6)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(settings: [&str; 3], is_powerful: bool, defines: bool) -> About {
        let settings = settings.map(str::to_owned);
        About { settings, is_powerful, defines, server: String::new(), room: 100 }
    }

    #[test]
    fn each_weakness_has_its_name_and_none_is_none() {
        let cases = [
            (about(["on", "on", "on"], false, false), None),
            (about(["on", "on", "remote_apply"], false, false), None),
            (about(["off", "on", "on"], false, false), Some("fsync")),
            (about(["on", "off", "on"], false, false), Some("full-page-writes")),
            (about(["on", "on", "off"], false, false), Some("synchronous-commit")),
            (about(["on", "on", "on"], true, false), Some("superuser-role")),
            (about(["on", "on", "on"], false, true), Some("ddl-role")),
        ];
        for (about, name) in cases {
            let found: Vec<&str> = weak("ledger", &about).iter().map(|finding| finding.name).collect();
            assert_eq!(found, Vec::from_iter(name));
        }
    }

    #[test]
    fn a_server_has_room_for_all_that_its_services_hold_or_is_named_with_them() {
        let services = ["ledger".to_owned(), "records".to_owned()];
        assert!(crowded(20, 20, &services).is_none());
        for room in [19, 0, -3] {
            let text = crowded(room, 20, &services).unwrap().to_string();
            assert!(text.starts_with("connections: the server of ledger, records lets"), "{text}");
        }
    }
}
