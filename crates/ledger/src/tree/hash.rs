//! RFC 6962 §2.1: a leaf and a node are hashed under different first bytes, so that neither passes for the other.

use aws_lc_rs::digest::{Context, SHA256, digest};

/// A SHA-256 hash of a leaf, a node or a tree.
pub type Hash = [u8; 32];

/// The hash of a leaf with this content.
#[must_use]
pub fn leaf_hash(content: &[u8]) -> Hash {
    hash(&[&[0], content])
}

/// The hash of the node over two others.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    hash(&[&[1], left, right])
}

/// The root of the tree without leaves.
#[must_use]
pub fn empty_root() -> Hash {
    to_hash(digest(&SHA256, &[]).as_ref())
}

/// The plain hash of something that is no tree.
pub(crate) fn sha_256(content: &[u8]) -> Hash {
    hash(&[content])
}

fn hash(parts: &[&[u8]]) -> Hash {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    to_hash(context.finish().as_ref())
}

fn to_hash(bytes: &[u8]) -> Hash {
    let mut hash = [0; 32];
    // SHA-256 gives 32 bytes always.
    hash.copy_from_slice(bytes);
    hash
}
