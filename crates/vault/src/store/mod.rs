//! The vault's tables. Each file holds one table's SQL.

pub(crate) mod commit;
pub(crate) mod fences;
#[cfg(test)]
mod plans;
pub(crate) mod records;
pub(crate) mod reindexes;
pub(crate) mod rows;
pub(crate) mod staged;
pub(crate) mod tokens;
pub(crate) mod versions;

use tacenda_postgres::Catalogue;

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// The migrations of a vault's database.
#[must_use]
pub fn migrations() -> refinery::Runner {
    embedded::migrations::runner()
}

/// What the migrations make, as it was reviewed. `UPDATE_GOLDEN=1 cargo test -p tacenda-vault catalogue` writes it anew.
pub const CATALOGUE: Catalogue = Catalogue::reviewed(include_str!("../../catalogue.txt"));

/// What the runtime role may do, table by table. It can define nothing and empty nothing.
pub const GRANTS: &[(&str, &str)] = &[
    ("records", "select, insert, update"),
    ("versions", "select, insert"),
    ("tokens", "select, insert, delete"),
    ("staged", "select, insert, delete"),
    ("fences", "select, update"),
    ("reindexes", "select, insert, update"),
];
