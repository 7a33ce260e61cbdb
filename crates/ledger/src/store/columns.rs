//! Entries turned into the parallel arrays that one statement takes, and rows turned back into entries.

use std::error::Error;

use bytes::BytesMut;
use tacenda_contracts::{
    entry::{Outcome, SealedEntry, WriteLink},
    ledger::StoredEntry,
};
use tacenda_kernel::{Pseudonym, Version};
use tokio_postgres::{
    Row,
    types::{IsNull, ToSql, Type, to_sql_checked},
};

use crate::tree::{FilledTile, Hash};

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
    pub(super) link: Vec<Option<&'a [u8]>>,
    pub(super) version: Vec<Option<i32>>,
    pub(super) digest: Vec<Option<&'a [u8]>>,
    pub(super) outcome: Vec<i16>,
    pub(super) sealed: Vec<&'a [u8]>,
    pub(super) leaf: Vec<Fixed<32>>,
    pub(super) tiles: Vec<FilledTile>,
}

impl<'a> Columns<'a> {
    pub(crate) fn push(&mut self, position: u64, entry: &'a SealedEntry, leaf: Hash) {
        let write = entry.write.as_ref();
        self.position.push(to_sql(position));
        self.id.push(&entry.id);
        self.subject.push(entry.subject.map(|subject| Fixed(subject.to_bytes())));
        self.link.push(write.map(|write| write.link.as_slice()));
        self.version.push(write.map(|write| i32::try_from(write.version.number()).unwrap_or(i32::MAX)));
        self.digest.push(write.map(|write| write.digest.as_slice()));
        self.outcome.push(entry.outcome as i16);
        self.sealed.push(&entry.sealed);
        self.leaf.push(Fixed(leaf));
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
    pub(crate) leaf: Option<Hash>,
}

impl RawEntry {
    /// Reads the columns of [`super::entries::COLUMNS`].
    pub(super) fn read(row: &Row) -> Self {
        Self {
            position: row.try_get(0).unwrap_or(i64::MIN),
            entry: entry(row),
            leaf: row.try_get::<_, &[u8]>(8).ok().and_then(|leaf| leaf.try_into().ok()),
        }
    }

    /// The entry with its place, unless its columns are impossible. A leaf hash that is none is one that fits nothing.
    pub(crate) fn stored(self) -> Option<StoredEntry> {
        let position = u64::try_from(self.position).ok()?;
        Some(StoredEntry { position, entry: self.entry?, leaf: self.leaf.unwrap_or_default() })
    }
}

fn entry(row: &Row) -> Option<SealedEntry> {
    let subject = match row.try_get::<_, Option<&[u8]>>(2).ok()? {
        None => None,
        Some(bytes) => Some(Pseudonym::from_bytes(bytes.try_into().ok()?)),
    };
    Some(SealedEntry {
        id: row.try_get::<_, &[u8]>(1).ok()?.try_into().ok()?,
        subject,
        write: write(row)?,
        outcome: Outcome::from_number(row.try_get(6).ok()?)?,
        sealed: row.try_get(7).ok()?,
    })
}

/// None where the three columns do not belong together.
fn write(row: &Row) -> Option<Option<WriteLink>> {
    let link: Option<&[u8]> = row.try_get(3).ok()?;
    let version: Option<i32> = row.try_get(4).ok()?;
    let digest: Option<&[u8]> = row.try_get(5).ok()?;
    match (link, version, digest) {
        (None, None, None) => Some(None),
        (Some(link), Some(version), Some(digest)) => Some(Some(WriteLink {
            link: link.try_into().ok()?,
            version: Version::new(u32::try_from(version).ok()?)?,
            digest: digest.try_into().ok()?,
        })),
        _ => None,
    }
}

/// Sizes and positions fit `bigint`: 2^63 entries are more than can ever be.
pub(crate) fn to_sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
