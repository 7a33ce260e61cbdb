//! A record's internal name.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Compartment, Random};

/// The name of a record inside its vault: the compartment's discriminant, then 15 random bytes.
///
/// Callers never see it; at the edge it is permuted into the caller's realm.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RecordId([u8; 16]);

impl RecordId {
    /// A new random name in `compartment`.
    pub fn make(compartment: Compartment, random: &dyn Random) -> Self {
        let mut bytes = [0; 16];
        random.fill(&mut bytes);
        bytes[0] = compartment as u8;
        Self(bytes)
    }

    /// The name with these bytes, if they name a compartment.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Option<Self> {
        Compartment::from_discriminant(bytes[0]).map(|_| Self(bytes))
    }

    /// The name's bytes, as stored.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }

    /// The vault that holds the record.
    #[must_use]
    pub fn compartment(self) -> Compartment {
        // INVARIANT: both constructors admit only bytes that name a compartment.
        Compartment::from_discriminant(self.0[0]).unwrap_or(Compartment::Directory)
    }
}

impl fmt::Debug for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecordId<{}>", self.compartment())
    }
}

/// A record's version: 1 when created, one more with each change, deletion included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Version(u32);

impl Version {
    /// The version a record is created with.
    pub const FIRST: Self = Self(1);

    /// The version with this number, if it is one a record can have (at least 1).
    #[must_use]
    pub const fn new(number: u32) -> Option<Self> {
        if number == 0 { None } else { Some(Self(number)) }
    }

    /// The version that follows.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The number, from 1.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
