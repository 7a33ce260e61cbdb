//! The comparison of ledger and vaults: a version without an entry, or an entry without its version, is found.

mod announced;
mod cross_check;
mod finding;
mod settle_writes;

pub use cross_check::CrossReport;
pub(crate) use cross_check::{cross_check, watch};
pub use finding::CrossFinding;
pub(crate) use settle_writes::{Mark as SettledMark, about_nobody, settle};
