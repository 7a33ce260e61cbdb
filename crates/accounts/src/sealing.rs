//! Keeps what the database must not tell: names, addresses, hashes.

use std::sync::Arc;

use tacenda_crypto::WrappingKey;
use tacenda_kernel::{ActorId, Random, Secret};

use crate::error::Unanswered;

/// A sealed value does not open: another root key, or an altered or moved one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SealingFailed;

/// What a sealed value is and whose, so that none opens in another's place.
pub(crate) enum Sealed<'a> {
    Profile(ActorId),
    Password(ActorId),
    ClientSecret(&'a str),
}
