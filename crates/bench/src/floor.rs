//! The floor: the least that PostgreSQL could do for each operation, in a cluster with the server's own settings.
//!
//! "One round trip" is one statement here, so one message, one transaction and one durable commit: a data-modifying `with`
//! adds the audit row. Two statements sent together cost PostgreSQL more (each is bound, run and synchronised by
//! itself), so this floor is the harder one to come near.

use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result, ensure};
use tacenda_postgres::Cluster;
use tokio_postgres::{Client, Statement};

use crate::{
    cell::{Cell, Operation},
    draw::Draw,
    drive::Caller,
    prepare::{OBSERVATIONS, PATIENTS, SEARCHED},
    processes::Watch,
};

const DOCUMENT: usize = 1_500;
pub(crate) const AUDIT: usize = 200;

/// As the server's own tables: sealed bytes do not compress.
const TABLES: &str = "create table documents (name bytea primary key, owner bigint not null, body bytea not null); \
     alter table documents alter column body set storage external; \
     create index documents_of on documents (owner, name); \
     create table audits (position bigint generated always as identity primary key, entry bytea not null); \
     alter table audits alter column entry set storage external; \
     create table assertions (name bytea primary key)";

const READ: &str = "with recorded as (insert into audits (entry) values ($2)) \
     select body from documents where name = $1";
const CREATE: &str = "with recorded as (insert into audits (entry) values ($4)) \
     insert into documents (name, owner, body) values ($1, $2, $3)";
const TOKEN: &str = "with recorded as (insert into audits (entry) values ($2)), \
     used as (insert into assertions (name) values ($3)) select body from documents where name = $1";
const SESSION: &str = "select body from documents where name = $1";
const SEARCH: &str = "with recorded as (insert into audits (entry) values ($2)) \
     select name, body from documents where owner = $1 order by name limit 20";

/// A cluster with as many documents as the server holds for the same operations.
pub(crate) struct Floor {
    cluster: Cluster,
    names: Vec<Vec<u8>>,
    seeds: AtomicU64,
    pub(crate) watch: Watch,
    pub(crate) version: String,
}

impl Floor {
    /// Starts the cluster and fills it.
    pub(crate) async fn start() -> Result<Self> {
        let cluster = Cluster::start_temporary().await.context("the floor's PostgreSQL does not start")?;
        let filled = fill(&cluster).await;
        let (names, version) = match filled {
            Ok(filled) => filled,
            Err(error) => {
                cluster.stop().await;
                return Err(error);
            }
        };
        Ok(Self { cluster, names, seeds: AtomicU64::new(1), watch: Watch::floor()?, version })
    }

    /// Connects the callers of a cell.
    pub(crate) async fn callers(&self, cell: Cell) -> Result<Vec<FloorCaller>> {
        let mut callers = Vec::with_capacity(cell.connections);
        for _ in 0..cell.connections {
            let client = self.cluster.connect_as_admin().await?;
            let text = match cell.operation {
                Operation::Read => READ,
                Operation::Create => CREATE,
                Operation::Search => SEARCH,
                Operation::Token => TOKEN,
                Operation::Session => SESSION,
            };
            let statement = client.prepare(text).await?;
            // No two callers may make the same name; the documents were drawn from seed 0.
            let draw = Draw::new(self.seeds.fetch_add(1, Ordering::Relaxed));
            let (names, operation) = (self.names.clone(), cell.operation);
            callers.push(FloorCaller { client, statement, operation, names, draw });
        }
        Ok(callers)
    }

    /// Somebody with every right.
    pub(crate) async fn connect(&self) -> Result<Client> {
        Ok(self.cluster.connect_as_admin().await?)
    }

    pub(crate) async fn stop(self) {
        self.cluster.stop().await;
    }
}

async fn fill(cluster: &Cluster) -> Result<(Vec<Vec<u8>>, String)> {
    let client = cluster.connect_as_admin().await?;
    client.batch_execute(TABLES).await?;
    let insert = client.prepare("insert into documents values ($1, $2, $3)").await?;
    let (mut draw, mut names) = (Draw::new(0), Vec::new());
    for owner in (0i64..).take(PATIENTS) {
        for _ in 0..OBSERVATIONS {
            let name = draw.bytes(16);
            client.execute(&insert, &[&name, &owner, &draw.bytes(DOCUMENT)]).await?;
            names.push(name);
        }
    }
    client.batch_execute("vacuum analyze documents").await?;
    let version: String = client.query_one("show server_version", &[]).await?.try_get(0)?;
    let durable =
        client.query_one("select current_setting('fsync') || current_setting('synchronous_commit')", &[]);
    let durable: String = durable.await?.try_get(0)?;
    ensure!(durable == "onon", "the floor's PostgreSQL does not commit durably");
    Ok((names, version))
}

/// A connection that asks the floor.
pub(crate) struct FloorCaller {
    client: Client,
    statement: Statement,
    operation: Operation,
    names: Vec<Vec<u8>>,
    draw: Draw,
}

impl Caller for FloorCaller {
    async fn call(&mut self) -> Result<bool> {
        let audit = self.draw.bytes(AUDIT);
        match self.operation {
            Operation::Read => {
                let name = self.draw.one_of(&self.names).context("nothing to read")?;
                let rows = self.client.query(&self.statement, &[name, &audit]).await?;
                Ok(rows.len() == 1 && bytes(&rows) == DOCUMENT)
            }
            Operation::Token => {
                let used = self.draw.bytes(32);
                let name = self.draw.one_of(&self.names).context("nothing to read")?;
                let rows = self.client.query(&self.statement, &[name, &audit, &used]).await?;
                Ok(rows.len() == 1)
            }
            Operation::Session => {
                let name = self.draw.one_of(&self.names).context("nothing to read")?;
                Ok(self.client.query(&self.statement, &[name]).await?.len() == 1)
            }
            Operation::Create => {
                let (name, body) = (self.draw.bytes(16), self.draw.bytes(DOCUMENT));
                let owner = self.owner();
                Ok(self.client.execute(&self.statement, &[&name, &owner, &body, &audit]).await? == 1)
            }
            Operation::Search => {
                let owner = self.owner();
                let rows = self.client.query(&self.statement, &[&owner, &audit]).await?;
                Ok(rows.len() == SEARCHED && bytes(&rows) == SEARCHED * DOCUMENT)
            }
        }
    }
}

impl FloorCaller {
    fn owner(&mut self) -> i64 {
        let owners: [i64; PATIENTS] = std::array::from_fn(|owner| i64::try_from(owner).unwrap_or(0));
        self.draw.one_of(&owners).copied().unwrap_or(0)
    }
}

fn bytes(rows: &[tokio_postgres::Row]) -> usize {
    let body = |row: &tokio_postgres::Row| row.try_get::<_, &[u8]>("body").map_or(0, <[u8]>::len);
    rows.iter().map(body).sum()
}
