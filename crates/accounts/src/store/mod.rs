//! The accounts database's tables. Each file holds one table's SQL.

pub(crate) mod account_roles;
pub(crate) mod account_row;
pub(crate) mod accounts;
pub(crate) mod authorisation_codes;
pub(crate) mod authorisation_row;
pub(crate) mod authorisations;
pub(crate) mod clients;
pub(crate) mod consents;
pub(crate) mod devices;
pub(crate) mod held;
pub(crate) mod links;
pub(crate) mod notices;
pub(crate) mod passkeys;
pub(crate) mod password_requests;
pub(crate) mod passwords;
pub(crate) mod people;
pub(crate) mod provider_requests;
pub(crate) mod provider_subjects;
pub(crate) mod recovery_codes;
pub(crate) mod refresh_tokens;
pub(crate) mod reset_requests;
pub(crate) mod session_row;
pub(crate) mod sessions;
pub(crate) mod sign_in_attempts;
pub(crate) mod sign_in_failures;
pub(crate) mod signing_keys;
pub(crate) mod totp_secrets;
pub(crate) mod used_assertions;

use std::{ops::Deref, sync::Arc};

use jiff::Timestamp;
use quick_cache::sync::Cache;
use tacenda_postgres::{Catalogue, Database, DatabaseError};

use crate::{pending::Pending, row_seal::RowKey};

/// The accounts database, with the key under which its rows are believed.
pub(crate) struct SealedDatabase {
    database: Arc<Database>,
    pub(crate) key: RowKey,
    /// Proofs that were used here, and until when they would be good.
    used: Cache<[u8; 32], Timestamp>,
    pending: Arc<Pending>,
}

/// How many used proofs are remembered beside their table.
const USED: usize = 100_000;

impl SealedDatabase {
    pub(crate) fn new(database: Arc<Database>, key: RowKey, pending: Arc<Pending>) -> Self {
        Self { database, key, used: Cache::new(USED), pending }
    }
}

impl SealedDatabase {
    /// A change was committed: from now on nothing older is believed.
    pub(crate) fn committed(&self, kept: Option<held::Kept>) {
        if let Some(kept) = kept {
            self.key.is_newest(kept.account, kept.counter);
            self.pending.put(kept);
        }
    }
}

impl Deref for SealedDatabase {
    type Target = Database;

    fn deref(&self) -> &Database {
        &self.database
    }
}

/// What was to touch one row did. Less is a failure: whatever it is part of is not committed.
pub(crate) fn one(touched: Result<u64, DatabaseError>) -> Result<(), DatabaseError> {
    these(1, touched)
}

/// The same for several rows.
pub(crate) fn these(number: usize, touched: Result<u64, DatabaseError>) -> Result<(), DatabaseError> {
    if usize::try_from(touched?) == Ok(number) { Ok(()) } else { Err(DatabaseError::DidLess) }
}

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// The migrations of the accounts database.
#[must_use]
pub fn migrations() -> refinery::Runner {
    embedded::migrations::runner()
}

/// What the migrations make, as it was reviewed. `UPDATE_GOLDEN=1 cargo test -p tacenda-accounts catalogue` writes it anew.
pub const CATALOGUE: Catalogue = Catalogue::reviewed(include_str!("../../catalogue.txt"));

/// What the runtime role may do, table by table. It can define nothing, and removes no account.
pub const GRANTS: &[(&str, &str)] = &[
    ("signing_keys", "select, insert, delete"),
    ("accounts", "select, insert, update"),
    ("account_roles", "select, insert, update, delete"),
    ("passwords", "select, insert, update"),
    ("reset_requests", "select, insert, update"),
    ("notices", "select, insert, update, delete"),
    ("clients", "select, insert"),
    ("consents", "select, insert, update, delete"),
    ("authorisations", "select, insert, update, delete"),
    ("authorisation_codes", "select, insert, update"),
    ("refresh_tokens", "select, insert, update"),
    ("used_assertions", "select, insert, delete"),
    ("old_passwords", "select, insert, delete"),
    ("sessions", "select, insert, update, delete"),
    ("devices", "select, insert, update, delete"),
    ("sign_in_failures", "select, insert, update, delete"),
    ("sign_in_attempts", "select, insert, delete"),
    ("totp_secrets", "select, insert, update, delete"),
    ("recovery_codes", "select, insert, update, delete"),
    ("passkeys", "select, insert, update, delete"),
    ("links", "select, insert, update, delete"),
    ("password_requests", "select, insert, delete"),
    ("provider_subjects", "select, insert"),
    ("provider_requests", "select, insert, delete"),
];
