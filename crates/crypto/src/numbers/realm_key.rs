//! A patient's number, and the number they go by in one realm.

use std::{fmt, marker::PhantomData};

use tacenda_kernel::{Pseudonym, Realm, realms};

use super::permutation::Permutation;
use crate::key_bytes::KeyBytes;

/// Translates patients' numbers into and out of realm `R`.
pub struct RealmKey<R: Realm>(Permutation, PhantomData<fn() -> R>);

impl<R: Realm> RealmKey<R> {
    /// The number the patient goes by in the realm.
    #[must_use]
    pub fn pseudonym(&self, root: Pseudonym<realms::Root>) -> Pseudonym<R> {
        Pseudonym::from_bytes(self.0.forward(root.to_bytes()))
    }

    /// The patient who goes by that number. Every number stands for one; whether they exist, `keystore` knows.
    #[must_use]
    pub fn root(&self, pseudonym: Pseudonym<R>) -> Pseudonym<realms::Root> {
        Pseudonym::from_bytes(self.0.inverse(pseudonym.to_bytes()))
    }

    pub(crate) fn from_key(key: &KeyBytes) -> Self {
        Self(Permutation::from_key(key), PhantomData)
    }
}

impl<R: Realm> Clone for RealmKey<R> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl<R: Realm> fmt::Debug for RealmKey<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RealmKey<{}>", R::NAME)
    }
}
