//! NDJSON in the manner of FHIR's bulk data: `Patient.ndjson`, `Observation.ndjson`, … All files given together are one
//! set: its directory is one transaction, and each patient, with all that is about them, is another.
//!
//! Not supported, and said so where it is met: a reference to the patient by absolute URL or query, resources that are
//! about nobody and not of the directory, and a set larger than 1 GB.

mod group;
mod ids_file;
mod line;
mod set;

pub(super) use ids_file::{DirectoryIds, IdsFile};
pub(super) use set::{Set, jobs};
