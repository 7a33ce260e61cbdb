//! Plain digests, for what is no secret or has enough entropy of its own.

use aws_lc_rs::digest::{SHA256, digest};

/// SHA-256 of `bytes` (FIPS 180-4).
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, bytes).as_ref());
    out
}
