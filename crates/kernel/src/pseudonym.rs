//! Numbers a patient goes by, typed by the realm in which each is valid.

use std::{fmt, hash::Hash, marker::PhantomData};

use serde::{Deserialize, Serialize};

/// A realm: one place in which a patient is known by one number.
pub trait Realm: Send + Sync + 'static {
    /// Separates the realm's key from every other's. Changing it changes every pseudonym of the realm.
    const NAME: &'static str;
}

/// A patient's number in realm `R`.
///
/// INVARIANT: pseudonyms of two realms neither compare nor convert; only `keystore`, which holds the realm keys,
/// translates.
pub struct Pseudonym<R: Realm>([u8; 16], PhantomData<fn() -> R>);

impl<R: Realm> Pseudonym<R> {
    /// Takes the number's bytes as stored by this realm's owner.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes, PhantomData)
    }

    /// The number's bytes, to be stored by this realm's owner.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }
}

impl<R: Realm> Clone for Pseudonym<R> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<R: Realm> Copy for Pseudonym<R> {}
impl<R: Realm> PartialEq for Pseudonym<R> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<R: Realm> Eq for Pseudonym<R> {}
impl<R: Realm> Hash for Pseudonym<R> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<R: Realm> fmt::Debug for Pseudonym<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pseudonym<{}>", R::NAME)
    }
}
impl<R: Realm> Serialize for Pseudonym<R> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
impl<'de, R: Realm> Deserialize<'de> for Pseudonym<R> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <[u8; 16]>::deserialize(deserializer).map(Self::from_bytes)
    }
}

/// The realms there are.
pub mod realms {
    use super::Realm;

    macro_rules! realms {
        ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {$(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            pub struct $name;
            impl Realm for $name {
                const NAME: &'static str = $text;
            }
        )*};
    }

    realms! {
        /// The random number itself, known to `keystore` alone.
        Root = "root";
        /// The contact vault's number (I#).
        Contact = "contact";
        /// The identity vault's number (XID).
        Identity = "identity";
        /// The clinical vault's number (DataNick).
        Clinical = "clinical";
        /// The stream vault's number (SID).
        Stream = "stream";
        /// The field vault's number (HouseNick).
        Field = "field";
        /// The ledger's number: which entries concern the same patient.
        Ledger = "ledger";
        /// The number a patient's own account holds.
        Account = "account";
        /// The API's number for those who care for or are the patient.
        Care = "care";
        /// The API's number for those who look after the installation.
        House = "house";
        /// The API's number for those who study.
        Data = "data";
    }
}
