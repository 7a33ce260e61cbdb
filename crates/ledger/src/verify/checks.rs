//! The checks themselves, fed row by row: no database here.

use std::collections::{BTreeMap, VecDeque};

use tacenda_contracts::ledger::{Checkpoint, StoredEntry};
use tacenda_crypto::{CheckpointVerifier, MacKey};

use super::{
    Outside,
    finding::Finding,
    moved::{Misfit, explain},
    report::Report,
};
use crate::{
    checkpoint::{self, Previous},
    leaf,
    store::{checkpoints::StoredCheckpoint, columns::RawEntry},
    tree::{Frontier, Hash, TILE_HEIGHT},
};

/// Misfits kept to be explained; after so many each is simply called edited.
const MOST_MISFITS: usize = 1000;

pub(super) struct Checks<'a> {
    verifier: &'a CheckpointVerifier,
    key: &'a MacKey,
    outside: Outside<'a>,
    /// The roots that authentic checkpoints give, by size.
    signed: VecDeque<(u64, Hash)>,
    newest_signed: u64,
    /// The last one that came, where it was authentic.
    last: Option<Previous>,
    /// The size of the last one that came and was not.
    forged: Option<u64>,
    /// Whether the one that the witness keeps is stored.
    has_witnessed: bool,
    /// Whether the witness saw other entries.
    differs: bool,
    /// The tree over the rows up to the first one that is missing.
    frontier: Frontier,
    whole: bool,
    rewritten: bool,
    next: u64,
    misfits: Vec<Misfit>,
    /// Tiles that must be stored: removed as they are met.
    tiles: BTreeMap<(u32, u64), Hash>,
    /// Tiles that are stored and that no entry so far fills.
    not_awaited: Vec<(u32, u64)>,
    report: Report,
}

impl<'a> Checks<'a> {
    pub(super) fn new(verifier: &'a CheckpointVerifier, key: &'a MacKey, outside: Outside<'a>) -> Self {
        Self {
            verifier,
            key,
            outside,
            signed: VecDeque::new(),
            newest_signed: 0,
            last: None,
            forged: None,
            has_witnessed: false,
            differs: false,
            frontier: Frontier::default(),
            whole: true,
            rewritten: false,
            next: 0,
            misfits: Vec::new(),
            tiles: BTreeMap::new(),
            not_awaited: Vec::new(),
            report: Report::default(),
        }
    }

    /// Takes a stored checkpoint; they come in order of size, before all else.
    pub(super) fn checkpoint(&mut self, stored: &StoredCheckpoint) {
        self.report.checkpoints += 1;
        let Some(signed) = stored.signed(self.verifier) else {
            self.forged = Some(stored.checkpoint.size);
            return self.report.add(Finding::CheckpointForged(stored.checkpoint.size));
        };
        let checkpoint = signed.checkpoint;
        self.has_witnessed |= self.outside.witnessed == Some(&checkpoint);
        let this = Previous::of(&checkpoint);
        if self.last == Some(this) {
            return self.report.add(Finding::CheckpointDoubled(checkpoint.size));
        }
        // One whose row was edited is there, and has a finding of its own.
        if let Some(before) = signed.after
            && self.last != Some(before)
            && self.forged != Some(before.size)
        {
            self.report.add(Finding::CheckpointDeleted(before.size));
        }
        self.last = Some(this);
        self.signed.push_back((checkpoint.size, checkpoint.root));
        self.newest_signed = checkpoint.size;
    }

    /// After the checkpoints, before the entries.
    pub(super) fn begin(&mut self) {
        if let Some(witnessed) = self.outside.witnessed
            && !is_authentic(witnessed, self.verifier)
        {
            self.report.add(Finding::WitnessForged(witnessed.size));
            self.outside.witnessed = None;
        }
        self.compare_roots();
    }

    /// Takes a row of `entries`; they come in order of position. Gives it back as an entry where it is one.
    pub(super) fn entry(&mut self, row: RawEntry) -> Option<StoredEntry> {
        let position = u64::try_from(row.position).ok()?;
        self.report.entries += 1;
        if position < self.next {
            self.report.add(Finding::EntryDoubled(position));
            return None;
        }
        if position > self.next {
            self.report.add(Finding::EntriesDeleted { first: self.next, last: position - 1 });
            self.whole = false;
        }
        self.next = position + 1;
        let (leaf, tag) = (row.leaf, row.tag);
        let stored = row.stored();
        let computed = stored.as_ref().map(leaf::hash_of);
        if computed.is_none() || computed != leaf {
            let entry = stored.as_ref().map(|stored| (stored.entry.clone(), stored.arrived.clone()));
            self.misfit(Misfit { position, entry, leaf });
        } else if tag != leaf.map(|leaf| leaf::tag(self.key, &leaf)) {
            self.report.add(Finding::EntryForeign(position));
        }
        // The tree is over the leaf hashes as stored: so one edited row is one finding, and not one more per root.
        match leaf {
            Some(leaf) if self.whole => self.grow(leaf),
            _ => self.whole = false,
        }
        stored
    }

    /// Takes a stored tile; they come after the entries.
    pub(super) fn tile(&mut self, key: (u32, u64), hash: Hash) {
        match self.tiles.remove(&key) {
            Some(expected) if expected != hash => {
                let (first, last) = below(key);
                self.report.add(Finding::TileEdited { first, last });
            }
            Some(_) => {}
            None => self.not_awaited.push(key),
        }
    }

    /// A tile that is not awaited was filled since the entries were read, of which there are so many now, or lies after a
    /// gap; else its entries are not there, and somebody else put it there.
    fn check_ahead(&mut self, entries: u64) {
        let cut_off =
            |finding: &Finding| matches!(finding, Finding::TailCutOff { .. } | Finding::RolledBack { .. });
        if self.report.findings.iter().any(cut_off) {
            return;
        }
        for (first, last) in std::mem::take(&mut self.not_awaited).into_iter().map(below) {
            if last >= entries {
                self.report.add(Finding::TileAhead { first, last });
            }
        }
    }

    /// There are so many entries now.
    pub(super) fn finish(mut self, entries: u64) -> Report {
        for finding in explain(&self.misfits) {
            self.report.add(finding);
        }
        for key in std::mem::take(&mut self.tiles).into_keys() {
            let (first, last) = below(key);
            self.report.add(Finding::TileDeleted { first, last });
        }
        self.check_end();
        self.check_ahead(entries);
        self.report.size = self.frontier.size();
        self.report.root = self.frontier.root();
        self.report
    }

    fn check_end(&mut self) {
        let stored = self.next;
        if self.newest_signed > stored {
            self.report.add(Finding::TailCutOff { stored, signed: self.newest_signed });
        }
        let Some(seen) = self.seen().map(|(size, _)| size).max() else { return };
        let witnessed = self.outside.witnessed.map(|witnessed| witnessed.size);
        if seen > stored.max(self.newest_signed) {
            self.report.add(Finding::RolledBack { stored, witnessed: seen });
        } else if let Some(witnessed) = witnessed
            && !self.has_witnessed
            && self.forged != Some(witnessed)
            && !self.differs
        {
            self.report.add(Finding::CheckpointDeleted(witnessed));
        }
    }

    fn misfit(&mut self, misfit: Misfit) {
        if self.misfits.len() < MOST_MISFITS {
            self.misfits.push(misfit);
        } else {
            self.report.add(Finding::EntryEdited(misfit.position));
        }
    }

    fn grow(&mut self, leaf: Hash) {
        let tiles = &mut self.tiles;
        self.frontier.push(leaf, |tile| {
            tiles.insert((tile.level, tile.index), tile.hash);
        });
        self.compare_roots();
    }

    fn compare_roots(&mut self) {
        let size = self.frontier.size();
        while let Some((signed_size, root)) = self.signed.front().copied()
            && signed_size <= size
        {
            self.signed.pop_front();
            self.compare_signed(signed_size, root);
        }
        if self.seen().any(|(seen, root)| seen == size && root != self.frontier.root()) {
            self.differs = true;
            self.report.add(Finding::WitnessDiffers(size));
        }
    }

    /// What was seen outside.
    fn seen(&self) -> impl Iterator<Item = (u64, Hash)> {
        let witnessed = self.outside.witnessed.map(|witnessed| (witnessed.size, witnessed.root));
        witnessed.into_iter().chain(self.outside.acknowledged.iter().copied())
    }

    /// Once one root differs, all later ones do: the first says where.
    fn compare_signed(&mut self, size: u64, root: Hash) {
        if self.rewritten {
            return;
        }
        if root == self.frontier.root() {
            self.report.signed = size;
        } else {
            self.rewritten = true;
            self.report.add(Finding::Rewritten { first: self.report.signed, size });
        }
    }
}

fn is_authentic(witnessed: &Checkpoint, verifier: &CheckpointVerifier) -> bool {
    checkpoint::open(&witnessed.note, verifier).is_ok_and(|signed| signed.checkpoint == *witnessed)
}

/// The first and the last entry below a tile.
fn below((level, index): (u32, u64)) -> (u64, u64) {
    // What was made up may lie further than any entry can.
    let height = level.saturating_mul(TILE_HEIGHT).min(u64::BITS);
    let at = |index: u128| u64::try_from(index << height).unwrap_or(u64::MAX);
    let index = u128::from(index);
    (at(index), at(index + 1).saturating_sub(1))
}
