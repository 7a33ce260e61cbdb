//! The RFC 6962 Merkle tree over the entries' leaf hashes: growing it, proving with it, checking proofs.
//!
//! ```text
//!            root                  frontier: the roots of the perfect subtrees, largest first
//!        ┌────┴────┐               (here: of leaves 0–3 and of leaf 4)
//!      ┌─┴─┐       │
//!    ┌─┴┐ ┌┴─┐     │               tile: the root of 256 aligned leaves or tiles, stored once it is full,
//!    0  1 2  3     4               so that a proof reads hundreds of hashes and never the whole tree
//! ```

mod frontier;
mod hash;
mod plan;
mod proof;

pub use frontier::{FilledTile, Frontier};
pub(crate) use hash::sha_256;
pub use hash::{Hash, empty_root, leaf_hash, node_hash};
pub use plan::{Plan, Subtree, TILE_HEIGHT};
pub use proof::{InvalidProof, verify_consistency, verify_inclusion};
