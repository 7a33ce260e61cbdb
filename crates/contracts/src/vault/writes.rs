//! What is written to a vault.

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tacenda_fhir::ResourceType;
use tacenda_kernel::{Phi, RecordId, Version};

use super::Term;

/// What to do to a record.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Write {
    /// Which record.
    pub record: RecordId,
    /// How.
    pub change: Change,
}

impl Write {
    /// Whether it changes a record that is there, which staging locks.
    #[must_use]
    pub const fn changes_what_is(&self) -> bool {
        !matches!(self.change, Change::Create(_))
    }
}

/// How a record changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Change {
    /// It comes to be, as version 1.
    Create(Content),
    /// It gets a new version; the version it must have now, where the caller named one (`If-Match`).
    Update(Content, Option<Version>),
    /// It gets what an earlier version of it held, also where it is deleted; the version it must have now, where the
    /// caller named one.
    Restore(Content, Option<Version>),
    /// It gets a version that says it is deleted.
    Delete {
        /// The FHIR type the caller takes it for: under another type's URL there is nothing.
        kind: ResourceType,
        /// The version it must have now, where the caller named one.
        expected: Option<Version>,
    },
}

/// What a version holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Content {
    /// The stored form (`tacenda_fhir::Template` as bytes).
    #[serde(with = "tacenda_kernel::kept")]
    pub document: Phi<Bytes>,
    /// What it can be found by.
    pub terms: Vec<Term>,
}

impl Content {
    /// What a version that says "deleted" holds: nothing but the term by which a history finds it.
    #[must_use]
    pub fn deleted(kind: &str) -> Self {
        Self { document: Phi::new(Bytes::new()), terms: vec![Term::of_deleted(kind)] }
    }
}

/// A version that is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// Which record.
    pub record: RecordId,
    /// Its version now.
    pub version: Version,
    /// When it was written.
    pub recorded_at: Timestamp,
    /// The place of the ledger entry that announced it.
    pub announced_at: u64,
}
