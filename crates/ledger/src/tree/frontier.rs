//! The right edge of the tree: all that is needed to append to it and to know its root.

use super::{
    hash::{Hash, empty_root, node_hash},
    plan::{Subtree, TILE_HEIGHT},
};

/// A tile that an appended leaf completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilledTile {
    /// From 1: level 1 is over 256 leaves, each further level over 256 tiles of the one below.
    pub level: u32,
    /// Which one of its level, from 0.
    pub index: u64,
    /// Its root.
    pub hash: Hash,
}

/// The roots of the perfect subtrees of which a tree is made, largest first.
///
/// INVARIANT: there is one peak for each bit set in `size`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The frontier of a tree with these peaks, if they are as many as a tree of that size has.
    #[must_use]
    pub fn from_peaks(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        (peaks.len() == size.count_ones() as usize).then_some(Self { size, peaks })
    }

    /// How many leaves there are.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        fold_peaks(&self.peaks).unwrap_or_else(empty_root)
    }

    /// Appends a leaf. Every tile that it completes is handed to `filled`, lower levels first.
    pub fn push(&mut self, leaf: Hash, mut filled: impl FnMut(FilledTile)) {
        let mut hash = leaf;
        for height in 1..=self.size.trailing_ones() {
            let Some(left) = self.peaks.pop() else { break };
            hash = node_hash(&left, &hash);
            if height % TILE_HEIGHT == 0 {
                filled(FilledTile { level: height / TILE_HEIGHT, index: self.size >> height, hash });
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The subtrees whose roots are the peaks of a tree of that size.
    #[must_use]
    pub fn subtrees(size: u64) -> Vec<Subtree> {
        Subtree::of_range(0, size)
    }
}

/// The root over perfect subtrees that lie side by side, largest first.
pub(super) fn fold_peaks(peaks: &[Hash]) -> Option<Hash> {
    peaks.iter().rev().copied().reduce(|right, left| node_hash(&left, &right))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::leaf_hash;

    /// The leaves and roots that Certificate Transparency implementations test with.
    const LEAVES: [&str; 8] =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    const ROOTS: [&str; 8] = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    fn unhex(text: &str) -> Vec<u8> {
        data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap()
    }

    #[test]
    fn roots_are_those_certificate_transparency_publishes() {
        let mut frontier = Frontier::default();
        assert_eq!(
            frontier.root().to_vec(),
            unhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        );
        for (leaf, root) in LEAVES.iter().zip(ROOTS) {
            frontier.push(leaf_hash(&unhex(leaf)), |_| ());
            assert_eq!(frontier.root().to_vec(), unhex(root));
        }
    }

    #[test]
    fn a_tile_is_handed_out_when_it_is_full() {
        let mut frontier = Frontier::default();
        let mut tiles = Vec::new();
        for number in 0..65_536_u32 {
            frontier.push(leaf_hash(&number.to_be_bytes()), |tile| tiles.push(tile));
        }
        assert_eq!(tiles.iter().filter(|tile| tile.level == 1).count(), 256);
        let top = tiles.last().unwrap();
        assert_eq!((top.level, top.index, top.hash), (2, 0, frontier.root()));
        let first_level: Vec<u64> =
            tiles.iter().filter(|tile| tile.level == 1).map(|tile| tile.index).collect();
        assert_eq!(first_level, (0..256).collect::<Vec<_>>());
    }

    #[test]
    fn peaks_must_fit_the_size() {
        assert!(Frontier::from_peaks(5, vec![[0; 32]; 2]).is_some());
        assert!(Frontier::from_peaks(5, vec![[0; 32]; 3]).is_none());
    }
}
