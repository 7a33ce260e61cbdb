//! Where each version comes from, as a FHIR Provenance: derived from the ledger entry that announced it, and not stored
//! a second time.
//!
//! Provenances that callers store themselves are records as others are; a search finds both, the derived ones first.

mod about;
mod id;
mod read_provenance;
mod resource;
mod search_provenances;

pub(crate) use id::{VersionId, is_derived};
pub(crate) use read_provenance::read;
pub(crate) use search_provenances::{search, search_stored};
