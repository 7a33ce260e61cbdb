//! Numbers that stand for other numbers: one AES-256 block, one key for each use.

mod link_key;
mod permutation;
mod realm_key;
mod record_codec;

pub use link_key::{LINK_LENGTH, LinkKey};
pub use realm_key::RealmKey;
pub use record_codec::RecordCodec;
