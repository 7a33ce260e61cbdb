//! Entries turned into the parallel arrays that one statement takes, and rows turned back into entries.

use std::error::Error;

use bytes::BytesMut;
use tacenda_contracts::{
    entry::{EntrySubject, Outcome, SealedEntry},
    ledger::StoredEntry,
};
use tacenda_kernel::{Pseudonym, Service};
use tokio_postgres::{
    Row,
    types::{IsNull, ToSql, Type, to_sql_checked},
};

use crate::{
    leaf::{self, TAG_LENGTH, places_from_bytes, places_to_bytes, writes_from_bytes, writes_to_bytes},
    tree::{FilledTile, Hash},
};

/// Bytes of a fixed number as a `bytea`, without a copy on the heap.
#[derive(Debug)]
pub(crate) struct Fixed<const N: usize>([u8; N]);

impl<const N: usize> ToSql for Fixed<N> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        self.0.as_slice().to_sql(kind, out)
    }
    fn accepts(kind: &Type) -> bool {
        <&[u8] as ToSql>::accepts(kind)
    }
    to_sql_checked!();
}

/// What one batch inserts.
#[derive(Default)]
pub(crate) struct Columns<'a> {
    pub(super) position: Vec<i64>,
    pub(super) id: Vec<&'a [u8]>,
    pub(super) subject: Vec<Option<Fixed<16>>>,
    pub(super) service: Vec<Option<i16>>,
    pub(super) writes: Vec<Option<Vec<u8>>>,
    pub(super) gives_up: Vec<Option<i64>>,
    pub(super) arrived: Vec<Option<Vec<u8>>>,
    pub(super) outcome: Vec<i16>,
    pub(super) sealed: Vec<&'a [u8]>,
    pub(super) leaf: Vec<Fixed<32>>,
    pub(super) tag: Vec<Fixed<TAG_LENGTH>>,
    pub(super) tiles: Vec<FilledTile>,
}

impl<'a> Columns<'a> {
    pub(crate) fn push(
        &mut self,
        position: u64,
        entry: &'a SealedEntry,
        arrived: &[u64],
        leaf: Hash,
        tag: [u8; TAG_LENGTH],
    ) {
        self.position.push(to_sql(position));
        self.id.push(&entry.id);
        self.subject.push(entry.subject.patient().map(|subject| Fixed(subject.to_bytes())));
        self.service.push(entry.subject.service().map(|service| i16::from(service.number())));
        self.writes.push((!entry.writes.is_empty()).then(|| writes_to_bytes(&entry.writes)));
        self.gives_up.push(entry.gives_up.map(to_sql));
        self.arrived.push((!arrived.is_empty()).then(|| places_to_bytes(arrived)));
        self.outcome.push(entry.outcome as i16);
        self.sealed.push(&entry.sealed);
        self.leaf.push(Fixed(leaf));
        self.tag.push(Fixed(tag));
    }

    /// Whether rows are these, in order.
    ///
    /// INVARIANT: a leaf hash covers every column but the tag.
    pub(super) fn are(&self, rows: impl Iterator<Item = RawEntry>) -> bool {
        let given = self.leaf.iter().zip(&self.tag).map(|(leaf, tag)| Some((leaf.0, tag.0)));
        rows.map(RawEntry::leaf_and_tag).eq(given)
    }

    /// The positions that the rows take.
    pub(crate) fn range(&self) -> Option<(i64, i64)> {
        Some((*self.position.first()?, *self.position.last()?))
    }

    pub(crate) fn push_tile(&mut self, tile: FilledTile) {
        self.tiles.push(tile);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.position.is_empty()
    }
}

/// One row of `entries` as it is, which may not be as it was written.
pub(crate) struct RawEntry {
    pub(crate) position: i64,
    /// None where no entry can have such columns.
    pub(crate) entry: Option<SealedEntry>,
    pub(crate) arrived: Option<Vec<u64>>,
    pub(crate) leaf: Option<Hash>,
    pub(crate) tag: Option<[u8; TAG_LENGTH]>,
}

impl RawEntry {
    /// Reads the columns of [`super::entries::COLUMNS`].
    pub(super) fn read(row: &Row) -> Self {
        Self {
            position: row.try_get(0).unwrap_or(i64::MIN),
            entry: entry(row),
            arrived: arrived(row),
            leaf: row.try_get::<_, &[u8]>(9).ok().and_then(|leaf| leaf.try_into().ok()),
            tag: row.try_get::<_, &[u8]>(10).ok().and_then(|tag| tag.try_into().ok()),
        }
    }

    /// Both, where the other columns are those that the leaf hash was made of.
    fn leaf_and_tag(self) -> Option<(Hash, [u8; TAG_LENGTH])> {
        let tag = self.tag?;
        let stored = self.stored()?;
        (leaf::hash_of(&stored) == stored.leaf).then_some((stored.leaf, tag))
    }

    /// The entry with its place, unless its columns are impossible. A leaf hash that is none is one that fits nothing.
    pub(crate) fn stored(self) -> Option<StoredEntry> {
        let position = u64::try_from(self.position).ok()?;
        let (entry, arrived) = (self.entry?, self.arrived?);
        Some(StoredEntry { position, entry, arrived, leaf: self.leaf.unwrap_or_default() })
    }
}

fn entry(row: &Row) -> Option<SealedEntry> {
    let writes: Option<&[u8]> = row.try_get(4).ok().filter(whole)?;
    let gives_up: Option<i64> = row.try_get(5).ok()?;
    Some(SealedEntry {
        id: row.try_get::<_, &[u8]>(1).ok()?.try_into().ok()?,
        subject: subject(row)?,
        writes: writes_from_bytes(writes.unwrap_or_default())?,
        gives_up: gives_up.map(u64::try_from).transpose().ok()?,
        outcome: Outcome::from_number(row.try_get(7).ok()?)?,
        sealed: row.try_get(8).ok()?,
    })
}

/// None where the two columns do not belong together.
fn subject(row: &Row) -> Option<EntrySubject> {
    let patient: Option<&[u8]> = row.try_get(2).ok()?;
    let service: Option<i16> = row.try_get(3).ok()?;
    match (patient, service) {
        (Some(patient), None) => Some(EntrySubject::Patient(Pseudonym::from_bytes(patient.try_into().ok()?))),
        (None, Some(number)) => Some(EntrySubject::Nobody(Service::from_number(u8::try_from(number).ok()?)?)),
        _ => None,
    }
}

/// None of something is written as null, and as nothing else.
fn whole(bytes: &Option<&[u8]>) -> bool {
    bytes.is_none_or(|bytes| !bytes.is_empty())
}

fn arrived(row: &Row) -> Option<Vec<u64>> {
    let places: Option<&[u8]> = row.try_get(6).ok().filter(whole)?;
    places_from_bytes(places.unwrap_or_default())
}

/// Sizes and positions fit `bigint`: 2^63 entries are more than can ever be.
pub(crate) fn to_sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
