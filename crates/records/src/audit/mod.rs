//! What the ledger knows, as FHIR shows it: AuditEvents for a security officer and for a patient about themselves.
//!
//! Nothing of it is stored a second time. Whoever looks is in the ledger before anything is opened for them.

mod audit_event;
mod codes;
mod id;
mod log;
mod prove;
mod read_event;
mod search_events;
mod unreadable_event;

pub use prove::InclusionProof;
pub(crate) use read_event::read;
pub(crate) use search_events::{comparable, search};
