//! What a service's database consists of, compared with what its migrations make.
//!
//! A trigger, a rule, a policy or a view needs no key to keep rows from a service or to change them, and no statement of
//! the service shows it. So the catalogue of each service is a reviewed text, made from its migrations; anything beside
//! it is a stranger and has a name.
//!
//! SECURITY: the database is asked about itself. Whoever replaces the server's program or its own catalogues can have it
//! lie; a count for every write and the comparison with the ledger are for that.

mod difference;
mod watch;

use aws_lc_rs::digest;
pub use difference::{Difference, Differences};
pub use watch::Watch;

use crate::{Database, DatabaseError};

const READ: &str = concat!(
    "select coalesce(string_agg(line, E'\\n' order by line collate \"C\"), '') from (",
    include_str!("facts.sql"),
    ") facts"
);
const FINGERPRINT: &str = concat!(
    "select pg_catalog.sha256(pg_catalog.convert_to(coalesce(\
       string_agg(line, E'\\n' order by line collate \"C\"), ''), 'UTF8')) from (",
    include_str!("facts.sql"),
    ") facts"
);

/// What a service's database must consist of.
#[derive(Clone, Copy, Debug)]
pub struct Catalogue {
    text: &'static str,
}

/// The database is not what its migrations make.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// It holds something else, or something is missing.
    #[error("{0}")]
    Differs(Differences),
    /// It was not asked.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl Catalogue {
    /// The catalogue that a reviewed text describes, as [`read_catalogue`] writes it.
    #[must_use]
    pub const fn reviewed(text: &'static str) -> Self {
        Self { text }
    }

    /// The SHA-256 of the reviewed text.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        let mut fingerprint = [0; 32];
        let hash = digest::digest(&digest::SHA256, self.text.trim_end().as_bytes());
        fingerprint.copy_from_slice(hash.as_ref());
        fingerprint
    }

    /// Compares, as the runtime role: one statement of a few milliseconds while all is well.
    ///
    /// # Errors
    /// [`CatalogueError::Differs`] names every stranger, or that the database refuses to say what it holds.
    pub async fn check(&self, database: &Database) -> Result<(), CatalogueError> {
        match self.compare(database).await {
            // SECURITY: the right to look can be taken away before a trigger is laid.
            Err(CatalogueError::Database(DatabaseError::Other(why))) => {
                Err(CatalogueError::Differs(Differences::untold(&why)))
            }
            compared => compared,
        }
    }

    async fn compare(&self, database: &Database) -> Result<(), CatalogueError> {
        let rows = database.lanes().query(FINGERPRINT, &[]).await?;
        let found: Option<&[u8]> = rows.first().and_then(|row| row.try_get(0).ok());
        if found == Some(self.fingerprint().as_slice()) {
            return Ok(());
        }
        let differences = difference::between(self.text, &read_catalogue(database).await?);
        // It may have been mended between the two statements.
        if differences.is_empty() { Ok(()) } else { Err(CatalogueError::Differs(differences)) }
    }
}

/// The canonical text of a database's catalogue, a line for each thing, in the order of its bytes.
///
/// # Errors
/// See [`DatabaseError`].
pub async fn read_catalogue(database: &Database) -> Result<String, DatabaseError> {
    let rows = database.lanes().query(READ, &[]).await?;
    let text: &str = rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or_default();
    Ok(format!("{text}\n"))
}
