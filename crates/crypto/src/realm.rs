//! Numbers of realms: each is one keyed permutation away from the root's.

use std::{fmt, marker::PhantomData, sync::Arc};

use tacenda_kernel::{Pseudonym, Realm, RecordId, realms};

use crate::block::Permutation;

/// Translates between the root's patient numbers and those of realm `R`.
pub struct RealmKey<R: Realm>(Arc<Permutation>, PhantomData<fn() -> R>);

impl<R: Realm> RealmKey<R> {
    pub(crate) fn new(bytes: &[u8; 32]) -> Self {
        Self(Arc::new(Permutation::new(bytes)), PhantomData)
    }

    /// The patient's number in this realm.
    #[must_use]
    pub fn pseudonym(&self, root: Pseudonym<realms::Root>) -> Pseudonym<R> {
        Pseudonym::from_bytes(self.0.apply(root.to_bytes()))
    }

    /// The root number behind a number of this realm. Every number has one; whether a patient has it is another
    /// question.
    #[must_use]
    pub fn root(&self, pseudonym: Pseudonym<R>) -> Pseudonym<realms::Root> {
        Pseudonym::from_bytes(self.0.invert(pseudonym.to_bytes()))
    }
}

impl<R: Realm> Clone for RealmKey<R> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0), PhantomData)
    }
}

impl<R: Realm> fmt::Debug for RealmKey<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RealmKey<{}>", R::NAME)
    }
}

/// Translates record ids at the edge of one API realm.
#[derive(Clone)]
pub struct RecordCodec(Arc<Permutation>);

impl RecordCodec {
    pub(crate) fn new(bytes: &[u8; 32]) -> Self {
        Self(Arc::new(Permutation::new(bytes)))
    }

    /// The number a caller of this realm sees.
    #[must_use]
    pub fn encode(&self, record: RecordId) -> [u8; 16] {
        self.0.apply(record.to_bytes())
    }

    /// The record behind a number, if it can be one.
    #[must_use]
    pub fn decode(&self, number: [u8; 16]) -> Option<RecordId> {
        RecordId::from_bytes(self.0.invert(number))
    }
}

impl fmt::Debug for RecordCodec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecordCodec")
    }
}
