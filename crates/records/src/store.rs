//! The tables of the records database.

use tacenda_postgres::Catalogue;

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// The migrations of the records database.
#[must_use]
pub fn migrations() -> refinery::Runner {
    embedded::migrations::runner()
}

/// What the migrations make, as it was reviewed. `UPDATE_GOLDEN=1 cargo test -p tacenda-records catalogue` writes it anew.
pub const CATALOGUE: Catalogue = Catalogue::reviewed(include_str!("../catalogue.txt"));

/// What the runtime role may do, table by table.
pub const GRANTS: &[(&str, &str)] =
    &[("sagas", "select, insert, update, delete"), ("submissions", "select, insert")];
