//! Sealed rows: one version of one record.

mod header;
mod packing;
mod patient_key;

pub use header::RowHeader;
pub use packing::LARGEST_ROW;
pub use patient_key::{OpenError, PatientKey, SealError};
