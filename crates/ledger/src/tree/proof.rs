//! Checking proofs, as anyone outside would: RFC 9162 §2.1.3.2 and §2.1.4.2, which hold for RFC 6962 trees too.

use super::hash::{Hash, node_hash};

/// The proof does not prove it.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the proof does not lead to the root")]
pub struct InvalidProof;

/// Checks that the leaf with that hash is at `position` in the tree of `size` leaves with that root.
///
/// # Errors
/// [`InvalidProof`] where that is not shown.
pub fn verify_inclusion(
    leaf: &Hash,
    position: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), InvalidProof> {
    if position >= size {
        return Err(InvalidProof);
    }
    let (mut node, mut last, mut hash) = (position, size - 1, *leaf);
    for step in proof {
        if last == 0 {
            return Err(InvalidProof);
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(step, &hash);
            rise(&mut node, &mut last);
        } else {
            hash = node_hash(&hash, step);
        }
        node >>= 1;
        last >>= 1;
    }
    if last == 0 && hash == *root { Ok(()) } else { Err(InvalidProof) }
}

/// Checks that the tree of `to` leaves begins with the tree of `from` leaves.
///
/// # Errors
/// [`InvalidProof`] where that is not shown.
pub fn verify_consistency(
    (from, from_root): (u64, &Hash),
    (to, to_root): (u64, &Hash),
    proof: &[Hash],
) -> Result<(), InvalidProof> {
    if from == to || from == 0 {
        let same = from == 0 || from_root == to_root;
        return if same && from <= to && proof.is_empty() { Ok(()) } else { Err(InvalidProof) };
    }
    if from > to {
        return Err(InvalidProof);
    }
    let start: &[Hash] = if from.is_power_of_two() { std::slice::from_ref(from_root) } else { &[] };
    let mut path = start.iter().chain(proof);
    let first = *path.next().ok_or(InvalidProof)?;
    let shift = (from - 1).trailing_ones();
    let (mut node, mut last) = ((from - 1) >> shift, (to - 1) >> shift);
    let (mut old, mut new) = (first, first);
    for step in path {
        if last == 0 {
            return Err(InvalidProof);
        }
        if node & 1 == 1 || node == last {
            old = node_hash(step, &old);
            new = node_hash(step, &new);
            rise(&mut node, &mut last);
        } else {
            new = node_hash(&new, step);
        }
        node >>= 1;
        last >>= 1;
    }
    if last == 0 && old == *from_root && new == *to_root { Ok(()) } else { Err(InvalidProof) }
}

/// A node on the right edge may have no sibling: go up to the level where it was joined.
fn rise(node: &mut u64, last: &mut u64) {
    let levels = node.trailing_zeros();
    *node = node.checked_shr(levels).unwrap_or(0);
    *last = last.checked_shr(levels).unwrap_or(0);
}
