//! The comparison of ledger and vaults: a version without an entry, or an entry without its version, is found.

mod announced;
mod cross_check;
mod settle_writes;

pub(crate) use cross_check::cross_check;
pub use cross_check::{CrossFinding, CrossReport};
pub(crate) use settle_writes::settle;
