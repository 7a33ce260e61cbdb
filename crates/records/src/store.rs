//! The tables of the records database.

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// The migrations of the records database.
#[must_use]
pub fn migrations() -> refinery::Runner {
    embedded::migrations::runner()
}

/// What the runtime role may do, table by table.
pub const GRANTS: &[(&str, &str)] =
    &[("sagas", "select, insert, update, delete"), ("submissions", "select, insert")];
