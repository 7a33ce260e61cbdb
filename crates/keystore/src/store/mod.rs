//! The keystore's tables. Each file holds one table's SQL.

pub(crate) mod compartment_keys;
pub(crate) mod directory_keys;
pub(crate) mod grants;
pub(crate) mod master_keys;
pub(crate) mod patient_keys;
pub(crate) mod patients;
pub(crate) mod standings;

use tacenda_postgres::Catalogue;

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// The migrations of the keystore's database.
#[must_use]
pub fn migrations() -> refinery::Runner {
    embedded::migrations::runner()
}

/// What the migrations make, as it was reviewed. `UPDATE_GOLDEN=1 cargo test -p tacenda-keystore catalogue` writes it anew.
pub const CATALOGUE: Catalogue = Catalogue::reviewed(include_str!("../../catalogue.txt"));

/// What the runtime role may do, table by table. It can define nothing, and give no grant another end.
pub const GRANTS: &[(&str, &str)] = &[
    ("master_keys", "select, insert"),
    ("compartment_keys", "select, insert"),
    ("directory_keys", "select, insert"),
    ("patients", "select, insert, update (state, erased_at, tag), delete"),
    ("patient_keys", "select, insert, delete"),
    ("grants", "select, insert, update (state, withdrawn_at, tag)"),
];
