#![doc = include_str!("../README.md")]

mod audit;
mod caller;
mod cursor;
mod disclosures;
mod documents;
mod error;
mod ids;
mod launch;
mod operations;
mod permits;
mod provenance;
mod references;
mod room;
mod saga;
mod service;
mod settle;
mod store;
mod vault_client;
mod writes;

pub use audit::InclusionProof;
pub use caller::Caller;
pub use cursor::{Cursor, Mark};
pub use disclosures::Disclosures;
pub use documents::Resource;
pub use error::RecordsError;
pub use launch::LaunchPicker;
pub use operations::{
    everything::{EverythingPage, EverythingQuestion, SoFar},
    history::{HistoryAnswer, HistoryOf, HistoryQuestion},
    search_question::{NotTaken, SearchQuestion},
    search_records::SearchAnswer,
};
pub use room::Room;
pub use service::{Records, RecordsParts};
pub use settle::{CrossFinding, CrossReport};
pub use store::{CATALOGUE, GRANTS, migrations};
pub use vault_client::VaultHandles;
pub use writes::{Done, Interaction, Which};
