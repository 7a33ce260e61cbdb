//! A service's hold on its database: lanes for single statements, a pool for transactions.
//!
//! ```text
//!   one statement        ──▶ lanes()   shared, pipelined, never checked out
//!   several, all or none ──▶ client()  one connection of the pool, then transaction()
//! ```

mod client;
mod lane;
mod lanes;

use std::{fmt, time::Duration};

pub use client::{Client, Transaction};
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Timeouts};
pub use lanes::Lanes;

use crate::{DatabaseError, Endpoint, endpoint::CONNECT_TIMEOUT};

/// How a service uses its database.
#[derive(Clone, Debug)]
pub struct DatabaseOptions {
    /// What PostgreSQL's own views call the connections.
    pub application_name: String,
    /// Shared, pipelined connections.
    pub lanes: usize,
    /// The most connections that can be in a transaction at once.
    pub pool: usize,
    /// The longest a statement may run.
    pub statement_timeout: Duration,
    /// The longest a statement may wait for a lock.
    pub lock_timeout: Duration,
    /// The longest a transaction may be idle.
    pub idle_in_transaction_timeout: Duration,
    /// Whether it only reads: every write is refused by the database.
    pub reads_only: bool,
}

impl DatabaseOptions {
    /// The usual options under this name.
    #[must_use]
    pub fn named(application_name: &str) -> Self {
        Self {
            application_name: application_name.to_owned(),
            lanes: 4,
            pool: 4,
            statement_timeout: Duration::from_secs(10),
            lock_timeout: Duration::from_secs(3),
            idle_in_transaction_timeout: Duration::from_secs(15),
            reads_only: false,
        }
    }

    fn settings(&self) -> [(&'static str, String); 10] {
        let milliseconds = |limit: Duration| limit.as_millis().to_string();
        [
            // SECURITY: a role's or a database's own setting could put another table, function or operator before ours.
            ("search_path", "public,pg_temp".to_owned()),
            // SECURITY: a policy that hides rows is an error and no shorter answer.
            ("row_security", "off".to_owned()),
            // What a scan costs on paper is nothing to compile for.
            ("jit", "off".to_owned()),
            // Every statement here goes by an index whatever its values are: planning it anew would only cost time.
            ("plan_cache_mode", "force_generic_plan".to_owned()),
            // A plan that was made while a table was empty is kept while it grows: it must go by the index then, too.
            ("enable_seqscan", "off".to_owned()),
            // Read in its order, an index gives a page without sorting all that stands before it.
            ("enable_bitmapscan", "off".to_owned()),
            ("default_transaction_read_only", if self.reads_only { "on" } else { "off" }.to_owned()),
            ("statement_timeout", milliseconds(self.statement_timeout)),
            ("lock_timeout", milliseconds(self.lock_timeout)),
            ("idle_in_transaction_session_timeout", milliseconds(self.idle_in_transaction_timeout)),
        ]
    }
}

/// A service's database. Share it through an `Arc`; dropping it ends its connections.
pub struct Database {
    pool: Pool,
    lanes: Lanes,
    service: String,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Database")
    }
}

impl Database {
    /// Connects the lanes; the pool connects when it is first used.
    ///
    /// # Errors
    /// [`DatabaseError::Unavailable`] where nobody answers; [`DatabaseError::Other`] where the role may not enter.
    pub async fn open(endpoint: &Endpoint, options: &DatabaseOptions) -> Result<Self, DatabaseError> {
        let endpoint = endpoint.with_settings(&options.application_name, &options.settings());
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let config = endpoint.config().clone();
        let manager = Manager::from_connect(config, client::Connector(endpoint.clone()), recycling);
        let timeouts = Timeouts {
            wait: Some(CONNECT_TIMEOUT),
            create: Some(CONNECT_TIMEOUT),
            recycle: Some(CONNECT_TIMEOUT),
        };
        let pool = Pool::builder(manager)
            .max_size(options.pool.max(1))
            .timeouts(timeouts)
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|_| DatabaseError::Unavailable)?;
        let patience = options.statement_timeout + CONNECT_TIMEOUT;
        let lanes = Lanes::open(&endpoint, options.lanes, patience).await?;
        Ok(Self { pool, lanes, service: options.application_name.clone() })
    }

    /// Whose it is, as the options named it: what a log line says of it.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.service
    }

    /// The shared connections, each statement of which commits by itself.
    #[must_use]
    pub fn lanes(&self) -> &Lanes {
        &self.lanes
    }

    /// A connection of the pool, returned to it when dropped. The pool cleans nothing: use it for transactions.
    ///
    /// # Errors
    /// [`DatabaseError::Unavailable`] if none is to be had within two seconds.
    pub async fn client(&self) -> Result<Client, DatabaseError> {
        Ok(Client::new(self.pool.get().await?))
    }
}
