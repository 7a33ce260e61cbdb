//! The stored form of a resource.
//!
//! A template is the resource's JSON text with holes where ids of other records go, so that rendering it for a caller
//! copies text and splices ids and parses nothing:
//!
//! ```text
//! {"resourceType":"Observation" ▲ "profile":["…"] ,"status":"final","subject":{"reference":"Patient/▲"},…}
//!                               │ └── meta ─────┘                                                   └ slot: patient
//!                               └ head: id and meta go here
//! ```
//!
//! INVARIANT: holes lie between bytes of valid JSON and inside a string; what fills them is an id, which needs no
//! escaping.

mod build;
mod elements;
mod instant;
mod render;
mod stored;

use bytes::Bytes;
use tacenda_kernel::RecordId;

use crate::scan;

pub use build::{EDUCATION, ReferenceSite, Resolved, reference_in};

pub use instant::write_instant;
pub use render::RenderMeta;
pub use stored::MalformedTemplate;

/// What a hole is filled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// The id of the patient the record is about.
    Patient,
    /// The id of this record: one of the same patient, or of the directory.
    Record(RecordId),
}

/// A resource as it is stored: text, where id and meta go, and slots.
#[derive(Clone, PartialEq, Eq)]
pub struct Template {
    /// The JSON text, without `id`, and with the inside of the client's `meta` right after the head. It is shared with
    /// the bytes that it was read from: a page of records is read without copying any.
    text: Bytes,
    /// How much of the text comes before `id`.
    head: usize,
    /// How much of the text after the head is the inside of `meta`.
    meta: usize,
    /// Where the holes are, ascending.
    slots: Vec<(usize, Slot)>,
    /// How long each member after the meta is, without the comma before it: the names of a page of records are read
    /// without looking through their texts.
    members: Vec<usize>,
}

impl Template {
    fn new(text: Bytes, head: usize, meta: usize, slots: Vec<(usize, Slot)>) -> Self {
        let body = head + meta..text.len().saturating_sub(1);
        let members = scan::members(&text, body).into_iter().map(|member| member.whole.len()).collect();
        Self { text, head, meta, slots, members }
    }

    /// What the resource refers to, in the order of the text. The same record may come more than once.
    pub fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.slots.iter().map(|(_, slot)| slot)
    }

    /// Of which type the resource is.
    #[must_use]
    pub fn kind(&self) -> &str {
        let head = self.text.get(..self.head).and_then(|head| head.strip_prefix(b"{\"resourceType\":\""));
        let kind = head.and_then(|head| head.strip_suffix(b"\"")).unwrap_or_default();
        std::str::from_utf8(kind).unwrap_or_default()
    }

    /// Whether it is a resource of this type.
    #[must_use]
    pub fn is_of_type(&self, kind: &str) -> bool {
        self.kind() == kind
    }

    /// Whether both are resources of the same type.
    #[must_use]
    pub fn is_of_type_of(&self, other: &Self) -> bool {
        self.text.get(..self.head) == other.text.get(..other.head)
    }
}

impl std::fmt::Debug for Template {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Template({} bytes, {} slots)", self.text.len(), self.slots.len())
    }
}
