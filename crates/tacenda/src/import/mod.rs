//! Importing: FHIR bundles and NDJSON from files, into a data folder or over HTTP.
//!
//! INVARIANT: everything is sent as transactions, each all or nothing, under an idempotency key made from what was in
//! the files. So an import that was interrupted is run again, and adds nothing twice.
//!
//! ```text
//! files ──▶ a bundle file ───────────────────────────▶ submission ──▶ target ──▶ summary
//!      └──▶ an NDJSON set ──▶ its directory, then ──▶ one for each      (in this process,
//!                             its patients' groups     patient           or over HTTP)
//! ```

mod brake;
mod bundle_file;
mod failure;
mod files;
mod ndjson;
mod progress;
mod references;
mod run;
mod submission;
mod summary;
mod target;

pub use failure::{Failure, Problem};
pub use run::{ImportOptions, import};
pub use summary::ImportSummary;
pub use target::Target;
