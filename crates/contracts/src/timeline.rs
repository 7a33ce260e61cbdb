//! Versions by their names, newest first: what a history is chosen from before any of it is opened.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tacenda_kernel::{RecordId, Version};

use crate::vault::Term;

/// A version by its name, and when it was written. They are ordered by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Moment {
    /// When it was written.
    pub recorded_at: Timestamp,
    /// Which record.
    pub record: RecordId,
    /// Which version.
    pub version: Version,
}

/// Whose versions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Of {
    /// One record's, those before a version only.
    Record(RecordId, Option<Version>),
    /// Those of all records of the permit's patient (or of the directory) that have one of these terms now, those before
    /// a moment only.
    Any(Vec<Term>, Option<Moment>),
}

/// Which versions, newest first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Timeline {
    /// Whose.
    pub of: Of,
    /// Only those written then or later.
    pub since: Option<Timestamp>,
    /// At most so many.
    pub limit: u32,
}

/// Names of versions, and where the vault stopped looking.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Moments {
    /// What was found, newest first.
    pub found: Vec<Moment>,
    /// The last that was looked at, where there may be more after it.
    pub next: Option<Moment>,
}
