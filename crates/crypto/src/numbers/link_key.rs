//! How the ledger and one vault recognise each other's rows without sharing a number.

use aws_lc_rs::hmac;
use tacenda_kernel::{RecordId, Version};

use super::permutation::Permutation;
use crate::{
    RowHeader,
    key_bytes::{KeyBytes, opaque},
};

/// How many bytes a link has.
pub const LINK_LENGTH: usize = 20;

/// Links the versions in one vault with the ledger entries that announce them.
#[derive(Clone)]
pub struct LinkKey {
    names: Permutation,
    digests: hmac::Key,
    announcements: Permutation,
}

opaque!(LinkKey);

impl LinkKey {
    /// What the ledger calls the record: its name permuted, and 32 bits by which the vault knows its own links.
    #[must_use]
    pub fn link(&self, record: RecordId) -> [u8; LINK_LENGTH] {
        let mut link = [0; LINK_LENGTH];
        link[..16].copy_from_slice(&self.names.forward(record.to_bytes()));
        link[16..].copy_from_slice(&self.own(record));
        link
    }

    /// The record that the ledger calls so; none where it is no link of this vault.
    #[must_use]
    pub fn record(&self, link: [u8; LINK_LENGTH]) -> Option<RecordId> {
        let (name, own) = link.split_first_chunk()?;
        let record = RecordId::from_bytes(self.names.inverse(*name))?;
        (own == self.own(record)).then_some(record)
    }

    /// HMAC-SHA256 of the header and the sealed row, cut to 128 bits.
    #[must_use]
    pub fn digest(&self, header: &RowHeader, sealed: &[u8]) -> [u8; 16] {
        let mut context = hmac::Context::with_key(&self.digests);
        // The header has a fixed length, so where the row begins is never in doubt.
        context.update(&header.canonical());
        context.update(sealed);
        cut(&context.sign())
    }

    /// HMAC-SHA256 of a version's search tokens, which must be sorted, cut to 64 bits: nobody can try values against it
    /// without the key.
    #[must_use]
    pub fn tokens_digest(&self, record: RecordId, version: Version, sorted: &[i64]) -> [u8; 8] {
        let mut context = hmac::Context::with_key(&self.digests);
        // Shorter than any header, so that no digest of tokens is one of a row.
        context.update(b"tokens");
        context.update(&record.to_bytes());
        context.update(&version.number().to_be_bytes());
        sorted.iter().for_each(|token| context.update(&token.to_be_bytes()));
        cut(&context.sign())
    }

    /// How a row says which ledger entry announced it: the entry's position, which only this key reads back.
    #[must_use]
    pub fn announcement(&self, record: RecordId, version: Version, position: u64) -> [u8; 16] {
        let mut block = [0; 16];
        block[..8].copy_from_slice(&position.to_be_bytes());
        block[8..].copy_from_slice(&self.whose(record, version));
        self.announcements.forward(block)
    }

    /// The position that a row of this version says; none where it was altered, or is another row's.
    #[must_use]
    pub fn announced_at(&self, record: RecordId, version: Version, announcement: [u8; 16]) -> Option<u64> {
        let block = self.announcements.inverse(announcement);
        let (position, whose) = block.split_first_chunk()?;
        (whose == self.whose(record, version)).then(|| u64::from_be_bytes(*position))
    }

    fn own(&self, record: RecordId) -> [u8; 4] {
        let mut context = hmac::Context::with_key(&self.digests);
        context.update(b"own");
        context.update(&record.to_bytes());
        cut(&context.sign())
    }

    fn whose(&self, record: RecordId, version: Version) -> [u8; 8] {
        let mut context = hmac::Context::with_key(&self.digests);
        context.update(b"whose");
        context.update(&record.to_bytes());
        context.update(&version.number().to_be_bytes());
        cut(&context.sign())
    }

    pub(crate) fn from_keys(names: &KeyBytes, digests: &KeyBytes, announcements: &KeyBytes) -> Self {
        Self {
            names: Permutation::from_key(names),
            digests: hmac::Key::new(hmac::HMAC_SHA256, digests.as_slice()),
            announcements: Permutation::from_key(announcements),
        }
    }
}

fn cut<const N: usize>(tag: &hmac::Tag) -> [u8; N] {
    let mut cut = [0; N];
    cut.copy_from_slice(&tag.as_ref()[..N]);
    cut
}
