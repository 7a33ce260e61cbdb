//! What a vault is searched by, and what it finds.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use tacenda_fhir::{Criterion, Rank, TermScope};
use tacenda_kernel::{Phi, RecordId};

use super::Disclosed;

/// A value to search by, in its normalised form. It leaves the vault only as a blind token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// The search parameter's name.
    pub parameter: Cow<'static, str>,
    /// The normalised value.
    #[serde(with = "tacenda_kernel::kept")]
    pub value: Phi<String>,
    /// Whether it may be searched for across patients. Otherwise its token is keyed by the patient.
    pub population: bool,
}

impl From<tacenda_fhir::Term> for Term {
    fn from(term: tacenda_fhir::Term) -> Self {
        let population = term.scope == TermScope::Population;
        Self { parameter: Cow::Borrowed(term.parameter), value: Phi::new(term.value), population }
    }
}

impl Term {
    /// The term that every deleted record of a type has among its patient's.
    #[must_use]
    pub fn of_deleted(kind: &str) -> Self {
        Self { parameter: Cow::Borrowed("_deleted"), value: Phi::new(kind.to_owned()), population: false }
    }
}

/// A search among one patient's records, or in the directory.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Query {
    /// What narrows: only records that have at least one term of each group are opened. The first group finds, the
    /// others are looked at on what it found.
    pub terms: Vec<Vec<Term>>,
    /// What decides, on the opened record: each must match. References are to [`own_name`]s.
    pub exactly: Vec<Criterion>,
    /// Only these records, in this order, which must be the vault's own where `after` is used; all where there is none.
    pub only: Vec<RecordId>,
    /// Only records after this one, in the vault's order.
    pub after: Option<RecordId>,
    /// At most so many.
    pub limit: u32,
}

/// What a search found, and where it stopped looking.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Found {
    /// What matches, in the vault's order, or in that of the names that were asked for. It ends before it is too large.
    pub matches: Vec<Disclosed>,
    /// The last record that was looked at, where there may be more.
    pub next: Option<RecordId>,
}

/// A match and where it comes in an order: by its ranks, and among equals by its record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// By each key.
    #[serde(with = "tacenda_kernel::kept::binary")]
    pub ranks: Vec<Rank>,
    /// Which record.
    pub record: RecordId,
}

/// What matches, in order. Nothing of it is disclosed yet.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Ranked {
    /// The first matches.
    pub places: Vec<Place>,
    /// How many match in all, wherever they come.
    pub total: u32,
}

/// What a vault calls a record where a search compares references.
#[must_use]
pub fn own_name(record: RecordId) -> String {
    record.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a vault calls the patient whose records are searched, where a search compares references.
pub const OWN_PATIENT: &str = "patient";

/// A record that a look-up across patients points at. It says nothing but whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Which record.
    pub record: RecordId,
    /// The patient under this vault's pseudonym.
    pub patient: [u8; 16],
}
