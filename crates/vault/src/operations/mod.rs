//! What a vault does, one verb a file.

pub(crate) mod compare_versions;
pub(crate) mod find_candidates;
pub(crate) mod find_origins;
pub(crate) mod rank_records;
pub(crate) mod read_record;
pub(crate) mod read_versions;
pub(crate) mod reindex_records;
pub(crate) mod search_records;
pub(crate) mod stage_writes;
pub(crate) mod write_records;
