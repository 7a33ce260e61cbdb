//! What has to be looked up for a proof: RFC 6962 §2.1.1 and §2.1.2 in terms of perfect subtrees.

use super::{
    frontier::fold_peaks,
    hash::{Hash, node_hash},
};

/// The binary logarithm of a tile's width.
pub const TILE_HEIGHT: u32 = 8;

/// The perfect subtree over the leaves from `index << height` to `(index + 1) << height`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subtree {
    /// Its height: 0 is a leaf.
    pub height: u32,
    /// Which one of its height, from 0.
    pub index: u64,
}

impl Subtree {
    /// The perfect subtrees that make up the leaves from `low` to before `high`, largest first. `low` must be a
    /// multiple of a power of two that is not less than `high - low`, as every range in a proof's is.
    pub(super) fn of_range(low: u64, high: u64) -> Vec<Self> {
        let mut subtrees = Vec::new();
        let mut start = low;
        while start < high {
            let height = (high - start).ilog2();
            subtrees.push(Self { height, index: start >> height });
            start += 1 << height;
        }
        subtrees
    }

    /// The level whose stored hashes give this subtree's root: 0 for leaves, from 1 for tiles.
    #[must_use]
    pub const fn level(self) -> u32 {
        self.height / TILE_HEIGHT
    }

    /// The indices of those hashes on that level, at most 128 of them.
    #[must_use]
    pub const fn stored(self) -> std::ops::Range<u64> {
        let width = self.height % TILE_HEIGHT;
        (self.index << width)..((self.index + 1) << width)
    }

    /// The subtree's root from those hashes, if they are as many as there must be.
    #[must_use]
    pub fn root(self, mut stored: Vec<Hash>) -> Option<Hash> {
        if stored.len() != 1 << (self.height % TILE_HEIGHT) {
            return None;
        }
        while stored.len() > 1 {
            stored = stored.as_chunks().0.iter().map(|[left, right]| node_hash(left, right)).collect();
        }
        stored.pop()
    }
}

/// Which subtrees each hash of a proof is folded from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan(Vec<Vec<Subtree>>);

impl Plan {
    /// The plan of the root itself of a tree of `size` leaves, at least 1.
    #[must_use]
    pub fn root(size: u64) -> Self {
        Self(vec![Subtree::of_range(0, size)])
    }

    /// The plan of the audit path of the leaf at `position` in the tree of `size` leaves; none where it is not in it.
    #[must_use]
    pub fn inclusion(position: u64, size: u64) -> Option<Self> {
        let mut plan = Self(Vec::new());
        if position >= size {
            return None;
        }
        plan.path(position, 0, size);
        Some(plan)
    }

    /// The plan of the consistency proof from the tree of `from` leaves to that of `to`; none where `from` is larger.
    /// Nothing needs proof where either tree is empty or both are the same.
    #[must_use]
    pub fn consistency(from: u64, to: u64) -> Option<Self> {
        let mut plan = Self(Vec::new());
        if from > to {
            return None;
        }
        if from != 0 && from != to {
            plan.subproof(from, 0, to, true);
        }
        Some(plan)
    }

    /// Every subtree that has to be looked up.
    pub fn subtrees(&self) -> impl Iterator<Item = Subtree> + '_ {
        self.0.iter().flatten().copied()
    }

    /// The proof, given the roots of [`Plan::subtrees`] in their order; none where they are too few.
    #[must_use]
    pub fn fold(&self, roots: &[Hash]) -> Option<Vec<Hash>> {
        let mut rest = roots;
        self.0
            .iter()
            .map(|subtrees| {
                let (these, others) = rest.split_at_checked(subtrees.len())?;
                rest = others;
                fold_peaks(these)
            })
            .collect()
    }

    /// PATH(m, D\[low:high\]) of RFC 6962 §2.1.1, with `m` counted from the first leaf of the whole tree.
    fn path(&mut self, position: u64, low: u64, high: u64) {
        if high - low <= 1 {
            return;
        }
        let middle = split(low, high);
        if position < middle {
            self.path(position, low, middle);
            self.push(middle, high);
        } else {
            self.path(position, middle, high);
            self.push(low, middle);
        }
    }

    /// SUBPROOF(m, D\[low:high\], b) of RFC 6962 §2.1.2, with `m` counted from the first leaf of the whole tree.
    fn subproof(&mut self, from: u64, low: u64, high: u64, known: bool) {
        if from == high {
            if !known {
                self.push(low, high);
            }
            return;
        }
        let middle = split(low, high);
        if from <= middle {
            self.subproof(from, low, middle, known);
            self.push(middle, high);
        } else {
            self.subproof(from, middle, high, false);
            self.push(low, middle);
        }
    }

    fn push(&mut self, low: u64, high: u64) {
        self.0.push(Subtree::of_range(low, high));
    }
}

/// Where RFC 6962 divides a range of at least two leaves: the left part is the largest power of two that leaves a rest.
const fn split(low: u64, high: u64) -> u64 {
    low + (1 << (high - low - 1).ilog2())
}
