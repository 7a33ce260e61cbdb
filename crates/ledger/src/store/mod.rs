//! The ledger's tables. Each file holds one table's SQL.

pub(crate) mod checkpoints;
pub(crate) mod columns;
pub(crate) mod entries;
pub(crate) mod tiles;

use tacenda_postgres::Catalogue;

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// The migrations of the ledger's database.
#[must_use]
pub fn migrations() -> refinery::Runner {
    embedded::migrations::runner()
}

/// What the migrations make, as it was reviewed. `UPDATE_GOLDEN=1 cargo test -p tacenda-ledger catalogue` writes it anew.
pub const CATALOGUE: Catalogue = Catalogue::reviewed(include_str!("../../catalogue.txt"));

/// What the runtime role may do, table by table.
///
/// SECURITY: it can add and read, and change or take away nothing. Whoever can is found by `verify`.
pub const GRANTS: &[(&str, &str)] =
    &[("entries", "select, insert"), ("tiles", "select, insert"), ("checkpoints", "select, insert")];
