//! The tree against another implementation of RFC 6962, and against every change to a proof.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use sha2::Sha256;
use tacenda_ledger::tree::{
    Frontier, Hash, Plan, Subtree, TILE_HEIGHT, empty_root, leaf_hash, verify_consistency, verify_inclusion,
};

/// A tree with its leaves and filled tiles, as the database keeps them.
struct Stored {
    levels: Vec<Vec<Hash>>,
    frontier: Frontier,
}

impl Stored {
    fn of(size: u32) -> Self {
        let mut stored = Self { levels: vec![Vec::new(); 4], frontier: Frontier::default() };
        for number in 0..size {
            let leaf = leaf_hash(&number.to_be_bytes());
            stored.levels[0].push(leaf);
            let levels = &mut stored.levels;
            stored.frontier.push(leaf, |tile| levels[tile.level as usize].push(tile.hash));
        }
        stored
    }

    fn root_of(&self, subtree: Subtree) -> Hash {
        let range = subtree.stored();
        assert!(range.end - range.start < 1 << TILE_HEIGHT);
        let level = &self.levels[subtree.level() as usize];
        subtree.root(level[range.start as usize..range.end as usize].to_vec()).unwrap()
    }

    fn fold(&self, plan: &Plan) -> Vec<Hash> {
        let roots: Vec<Hash> = plan.subtrees().map(|subtree| self.root_of(subtree)).collect();
        plan.fold(&roots).unwrap()
    }

    fn root(&self, size: u64) -> Hash {
        if size == 0 { empty_root() } else { self.fold(&Plan::root(size))[0] }
    }
}

fn oracle(size: u32) -> MemoryBackedTree<Sha256, Vec<u8>> {
    let mut tree = MemoryBackedTree::new();
    for number in 0..size {
        tree.push(number.to_be_bytes().to_vec());
    }
    tree
}

#[test]
fn every_root_and_proof_of_small_trees_is_the_oracles() {
    for size in 1..40 {
        let (stored, other) = (Stored::of(size), oracle(size));
        let root = stored.frontier.root();
        assert_eq!(root[..], other.root().as_bytes()[..]);
        for position in 0..size {
            let proof = stored.fold(&Plan::inclusion(position.into(), size.into()).unwrap());
            assert_eq!(proof.concat(), other.prove_inclusion(position as usize).as_bytes());
            let leaf = leaf_hash(&position.to_be_bytes());
            assert_eq!(verify_inclusion(&leaf, position.into(), size.into(), &proof, &root), Ok(()));
        }
        for from in 1..size {
            let proof = stored.fold(&Plan::consistency(from.into(), size.into()).unwrap());
            assert_eq!(proof.concat(), other.prove_consistency((size - from) as usize).as_bytes());
            let old = stored.root(from.into());
            assert_eq!(verify_consistency((from.into(), &old), (size.into(), &root), &proof), Ok(()));
        }
    }
}

#[test]
fn what_is_not_in_the_tree_has_no_proof() {
    assert_eq!(Plan::inclusion(5, 5), None);
    assert_eq!(Plan::consistency(6, 5), None);
    assert!(verify_inclusion(&[0; 32], 0, 0, &[], &empty_root()).is_err());
    assert!(verify_consistency((6, &[0; 32]), (5, &[0; 32]), &[]).is_err());
    assert!(verify_consistency((5, &[0; 32]), (5, &[1; 32]), &[]).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn proofs_from_tiles_hold_in_large_trees(size in 1_u32..140_000, position: prop::sample::Index, from: prop::sample::Index) {
        let stored = Stored::of(size);
        let root = stored.frontier.root();
        let size = u64::from(size);
        prop_assert_eq!(stored.root(size), root);

        let position = position.index(size as usize) as u64;
        let proof = stored.fold(&Plan::inclusion(position, size).unwrap());
        let leaf = stored.levels[0][position as usize];
        prop_assert_eq!(verify_inclusion(&leaf, position, size, &proof, &root), Ok(()));

        let from = from.index(size as usize) as u64 + 1;
        let proof = stored.fold(&Plan::consistency(from, size).unwrap());
        prop_assert_eq!(verify_consistency((from, &stored.root(from)), (size, &root), &proof), Ok(()));
    }

    #[test]
    fn a_changed_inclusion_proof_fails(size in 2_u32..600, position: prop::sample::Index, byte: prop::sample::Index, bit in 0_u8..8) {
        let stored = Stored::of(size);
        let root = stored.frontier.root();
        let position = position.index(size as usize) as u64;
        let proof = stored.fold(&Plan::inclusion(position, size.into()).unwrap());
        let leaf = stored.levels[0][position as usize];
        let mut changed = proof.clone();
        let byte = byte.index(changed.len() * 32);
        changed[byte / 32][byte % 32] ^= 1 << bit;
        prop_assert!(verify_inclusion(&leaf, position, size.into(), &changed, &root).is_err());
        prop_assert!(verify_inclusion(&leaf, position, size.into(), &proof[1..], &root).is_err());
        let longer = [&proof[..], &[[0; 32]]].concat();
        prop_assert!(verify_inclusion(&leaf, position, size.into(), &longer, &root).is_err());
        prop_assert!(verify_inclusion(&root, position, size.into(), &proof, &root).is_err());
    }

    #[test]
    fn a_changed_consistency_proof_fails(size in 2_u32..600, from: prop::sample::Index, byte: prop::sample::Index, bit in 0_u8..8) {
        let stored = Stored::of(size);
        let root = stored.frontier.root();
        let from = from.index(size as usize - 1) as u64 + 1;
        let old = stored.root(from);
        let proof = stored.fold(&Plan::consistency(from, size.into()).unwrap());
        let mut changed = proof.clone();
        let byte = byte.index(changed.len() * 32);
        changed[byte / 32][byte % 32] ^= 1 << bit;
        prop_assert!(verify_consistency((from, &old), (size.into(), &root), &changed).is_err());
        prop_assert!(verify_consistency((from, &old), (size.into(), &root), &proof[1..]).is_err());
        prop_assert!(verify_consistency((from, &root), (size.into(), &old), &proof).is_err());
    }

    #[test]
    fn no_proof_makes_the_check_panic(from: u64, to: u64, proof: Vec<Hash>, root: Hash) {
        let _ = verify_inclusion(&root, from, to, &proof, &root);
        let _ = verify_consistency((from, &root), (to, &root), &proof);
    }
}
