//! The databases: one for each service, in the private cluster or wherever the operator says.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::{Context, Result};
use futures::future::try_join_all;
use tacenda_kernel::Compartment;
use tacenda_postgres::{
    Cluster, Database, DatabaseOptions, DatabaseSpec, Endpoint, ServiceEndpoints, migrate,
};

/// The prefix of every database and role in the private cluster.
pub const PREFIX: &str = "tacenda_";

/// Connections cost memory in PostgreSQL; two pipelined ones for each service keep two cores busy.
const LANES: usize = 2;
const RECORDS: &str = "records";
/// More than may create under a condition at once, which `records` holds to.
const CONDITIONAL_CREATES: usize = 12;

/// What each database is like, in the order in which they are made.
#[must_use]
pub fn specs() -> Vec<DatabaseSpec> {
    let spec = |name: &str, migrations, grants| DatabaseSpec { name: name.to_owned(), migrations, grants };
    let mut specs = vec![
        spec("accounts", tacenda_accounts::migrations as fn() -> _, tacenda_accounts::GRANTS),
        spec("keystore", tacenda_keystore::migrations, tacenda_keystore::GRANTS),
        spec("ledger", tacenda_ledger::store::migrations, tacenda_ledger::store::GRANTS),
        spec(RECORDS, tacenda_records::migrations, tacenda_records::GRANTS),
    ];
    specs.extend(
        Compartment::ALL.map(|compartment| {
            spec(&vault_name(compartment), tacenda_vault::migrations, tacenda_vault::GRANTS)
        }),
    );
    specs
}

/// The name of a compartment's database.
#[must_use]
pub fn vault_name(compartment: Compartment) -> String {
    format!("vault_{compartment}")
}

/// Open databases by service.
#[derive(Clone)]
pub struct Databases(BTreeMap<String, Arc<Database>>);

impl Databases {
    /// Makes, migrates and opens every database of a private cluster.
    ///
    /// # Errors
    /// Where one cannot be made ready.
    pub async fn in_cluster(cluster: &Cluster, prefix: &str) -> Result<Self> {
        let endpoints = cluster.provision(prefix, &specs()).await.context("cannot make the databases")?;
        let named =
            specs().into_iter().map(|spec| spec.name).zip(endpoints.into_iter().map(|one| one.runtime));
        Self::open(named).await
    }

    /// Migrates and opens databases that the operator named.
    ///
    /// # Errors
    /// Where one is missing or cannot be made ready.
    pub async fn at(endpoints: &BTreeMap<String, ServiceEndpoints>) -> Result<Self> {
        let mut named = Vec::new();
        for spec in specs() {
            let of_service = endpoints
                .get(&spec.name)
                .with_context(|| format!("no database is configured for {}", spec.name))?;
            migrate(of_service, &spec).await.with_context(|| format!("cannot migrate {}", spec.name))?;
            named.push((spec.name, of_service.runtime.clone()));
        }
        Self::open(named.into_iter()).await
    }

    async fn open(named: impl Iterator<Item = (String, Endpoint)>) -> Result<Self> {
        let open = named.map(|(name, endpoint)| async move {
            let usual = DatabaseOptions::named(&format!("tacenda {name}"));
            // Whoever creates under a condition holds a connection of `records` for as long as that takes.
            let pool = if name == RECORDS { CONDITIONAL_CREATES } else { usual.pool };
            let options = DatabaseOptions { lanes: LANES, pool, ..usual };
            let database = Database::open(&endpoint, &options).await;
            let database = database.with_context(|| format!("the database of {name} does not answer"))?;
            anyhow::Ok((name, Arc::new(database)))
        });
        Ok(Self(try_join_all(open).await?.into_iter().collect()))
    }

    /// A service's database.
    ///
    /// # Errors
    /// Where there is none of that name.
    pub fn get(&self, name: &str) -> Result<Arc<Database>> {
        self.0.get(name).cloned().with_context(|| format!("no database for {name}"))
    }
}
