//! What a service's database must be like, and how it becomes so.

mod format;
mod migrate;
mod provision;

use std::fmt;

pub use format::refuse_other_format;
pub use migrate::migrate;
pub(crate) use provision::provision;

use crate::{DatabaseError, Endpoint};

/// What a service wants of its database.
#[derive(Clone)]
pub struct DatabaseSpec {
    /// The database's name without the prefix: the service's, in lower case, with `_` between words.
    pub name: String,
    /// The embedded migrations.
    pub migrations: fn() -> refinery::Runner,
    /// All that the runtime role may do: table and privileges, such as `("entries", "select, insert")`.
    pub grants: &'static [(&'static str, &'static str)],
}

impl fmt::Debug for DatabaseSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatabaseSpec").field("name", &self.name).field("grants", &self.grants).finish()
    }
}

/// One database, as its owner and as the service that runs on it.
#[derive(Clone, Debug)]
pub struct ServiceEndpoints {
    /// Owns the tables and migrates them. Used before the service runs, never by it.
    pub owner: Endpoint,
    /// What the service runs as: no DDL, and only the grants of its [`DatabaseSpec`].
    pub runtime: Endpoint,
}

/// Why a database could not be made ready.
#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    /// The name could not be a database's and a role's.
    #[error("{0:?} is no name for a database: use a-z, 0-9 and _, at most 56 characters with its prefix")]
    Name(String),
    /// A grant names something that is not a plain table or privilege.
    #[error("{0:?} is no grant: name a table and privileges such as select, insert")]
    Grant(String),
    /// The database cannot be reached or refuses what its owner must be able to do.
    #[error("database {database}: cannot {doing}")]
    Database {
        /// The database.
        database: String,
        /// What was being done.
        doing: &'static str,
        /// What it answered.
        #[source]
        source: DatabaseError,
    },
    /// A migration failed, or one that landed was changed or is missing.
    #[error("database {database}: {reason}")]
    Migration {
        /// The database.
        database: String,
        /// Which migration and why, without the server's words.
        reason: String,
    },
    /// Its migrations are not this release's.
    #[error(
        "database {database} was made by another release, and its format is not read by this one (migration {migration} \
         differs). Nothing in it was changed: use the release that made it, or begin with new databases"
    )]
    Format {
        /// The database.
        database: String,
        /// The first migration that is another one.
        migration: i64,
    },
    /// Owner and runtime are the same role, or in different databases.
    #[error("database {0}: the owner's and the runtime's URL must name two roles of one database")]
    Roles(String),
    /// The passwords of the private cluster's roles cannot be kept.
    #[error("the file of the cluster's passwords cannot be read or written")]
    Passwords(#[source] std::io::Error),
}
