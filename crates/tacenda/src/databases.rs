//! The databases: one for each service, in the private cluster or wherever the operator says.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::{Context, Result};
use futures::future::try_join_all;
use tacenda_kernel::Compartment;
use tacenda_postgres::{
    Catalogue, Cluster, Database, DatabaseOptions, DatabaseSpec, Endpoint, ServiceEndpoints, migrate,
    refuse_other_format,
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

/// What a service's database must consist of.
#[must_use]
pub fn catalogue(service: &str) -> Catalogue {
    match service {
        "accounts" => tacenda_accounts::CATALOGUE,
        "keystore" => tacenda_keystore::CATALOGUE,
        "ledger" => tacenda_ledger::store::CATALOGUE,
        RECORDS => tacenda_records::CATALOGUE,
        _ => tacenda_vault::CATALOGUE,
    }
}

/// The most connections that a service holds.
#[must_use]
pub fn connections(service: &str) -> usize {
    let options = options(service, false);
    options.lanes + options.pool
}

fn options(service: &str, reads_only: bool) -> DatabaseOptions {
    let usual = DatabaseOptions::named(&format!("tacenda {service}"));
    // Whoever creates under a condition holds a connection of `records` for as long as that takes.
    let pool = if service == RECORDS { CONDITIONAL_CREATES } else { usual.pool };
    DatabaseOptions { lanes: LANES, pool, reads_only, ..usual }
}

/// Open databases by service.
#[derive(Clone)]
pub struct Databases(BTreeMap<String, (Endpoint, Arc<Database>)>);

impl Databases {
    /// Makes, migrates and opens every database of a private cluster.
    ///
    /// # Errors
    /// Where one cannot be made ready.
    pub async fn in_cluster(cluster: &Cluster, prefix: &str) -> Result<Self> {
        let endpoints = cluster.provision(prefix, &specs()).await.context("cannot make the databases")?;
        let named =
            specs().into_iter().map(|spec| spec.name).zip(endpoints.into_iter().map(|one| one.runtime));
        Self::open(named, false).await
    }

    /// Opens every database of a private cluster to read, as it is.
    ///
    /// # Errors
    /// Where one is not there or does not answer.
    pub async fn in_cluster_to_look_at(cluster: &Cluster, prefix: &str) -> Result<Self> {
        let named = specs().into_iter().map(|spec| {
            let runtime = cluster.endpoints(prefix, &spec.name).runtime;
            (spec.name, runtime)
        });
        Self::open(named, true).await
    }

    /// Opens databases that the operator named to read, as they are.
    ///
    /// # Errors
    /// Where one is missing or does not answer.
    pub async fn to_look_at(mut endpoints: BTreeMap<String, Endpoint>) -> Result<Self> {
        let mut named = Vec::new();
        for spec in specs() {
            let endpoint = endpoints.remove(&spec.name);
            let endpoint =
                endpoint.with_context(|| format!("no database is configured for {}", spec.name))?;
            named.push((spec.name, endpoint));
        }
        Self::open(named.into_iter(), true).await
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
            refuse_other_format(of_service, &spec).await?;
        }
        for spec in specs() {
            let Some(of_service) = endpoints.get(&spec.name) else { continue };
            migrate(of_service, &spec).await.with_context(|| format!("cannot migrate {}", spec.name))?;
            named.push((spec.name, of_service.runtime.clone()));
        }
        Self::open(named.into_iter(), false).await
    }

    async fn open(named: impl Iterator<Item = (String, Endpoint)>, reads_only: bool) -> Result<Self> {
        let open = named.map(|(name, endpoint)| async move {
            let database = Database::open(&endpoint, &options(&name, reads_only)).await;
            let database = database.with_context(|| format!("the database of {name} cannot be entered"))?;
            anyhow::Ok((name, (endpoint, Arc::new(database))))
        });
        Ok(Self(try_join_all(open).await?.into_iter().collect()))
    }

    /// A service's database.
    ///
    /// # Errors
    /// Where there is none of that name.
    pub fn get(&self, name: &str) -> Result<Arc<Database>> {
        let database = self.0.get(name).map(|(_, database)| Arc::clone(database));
        database.with_context(|| format!("no database for {name}"))
    }

    /// Where a service's database is, and as whom it is entered.
    #[must_use]
    pub fn endpoint(&self, name: &str) -> Option<&Endpoint> {
        self.0.get(name).map(|(endpoint, _)| endpoint)
    }
}
