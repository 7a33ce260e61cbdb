//! The parts of a record that are kept in different databases under different numbers.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// One of the six vaults. The discriminant is part of every [`RecordId`](crate::RecordId) and is never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Compartment {
    /// Who to reach: names, addresses, telephone numbers, related persons.
    Contact = 1,
    /// Who it is before the law: identifiers, birth, sex, consent.
    Identity = 2,
    /// What the patient has: conditions, results, medication, documents.
    Clinical = 3,
    /// What sensors in the home measured.
    Stream = 4,
    /// Installations in homes and their tickets.
    Field = 5,
    /// Practitioners, organisations and places: belongs to no patient.
    Directory = 6,
}

impl Compartment {
    /// Every compartment, in discriminant order.
    pub const ALL: [Self; 6] =
        [Self::Contact, Self::Identity, Self::Clinical, Self::Stream, Self::Field, Self::Directory];

    /// The compartments that hold a patient's records: all but the directory.
    pub const OF_A_PATIENT: [Self; 5] =
        [Self::Contact, Self::Identity, Self::Clinical, Self::Stream, Self::Field];

    /// The name used in configuration, database names and ledger entries.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Identity => "identity",
            Self::Clinical => "clinical",
            Self::Stream => "stream",
            Self::Field => "field",
            Self::Directory => "directory",
        }
    }

    /// The compartment with this discriminant, if there is one.
    #[must_use]
    pub fn from_discriminant(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|compartment| *compartment as u8 == byte)
    }
}

impl fmt::Display for Compartment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no compartment.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown compartment; use contact, identity, clinical, stream, field or directory")]
pub struct UnknownCompartment;

impl FromStr for Compartment {
    type Err = UnknownCompartment;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|compartment| compartment.as_str() == text).ok_or(UnknownCompartment)
    }
}

/// A set of compartments, small enough to copy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CompartmentSet(u8);

impl CompartmentSet {
    /// Whether the set has this compartment.
    #[must_use]
    pub const fn contains(self, compartment: Compartment) -> bool {
        self.0 & (1 << compartment as u8) != 0
    }

    /// The set with one more compartment.
    #[must_use]
    pub const fn with(self, compartment: Compartment) -> Self {
        Self(self.0 | (1 << compartment as u8))
    }

    /// Whether the set has no compartment.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The members, in discriminant order.
    pub fn iter(self) -> impl Iterator<Item = Compartment> {
        Compartment::ALL.into_iter().filter(move |compartment| self.contains(*compartment))
    }
}

impl From<Compartment> for CompartmentSet {
    fn from(compartment: Compartment) -> Self {
        Self::default().with(compartment)
    }
}

impl FromIterator<Compartment> for CompartmentSet {
    fn from_iter<I: IntoIterator<Item = Compartment>>(members: I) -> Self {
        members.into_iter().fold(Self::default(), Self::with)
    }
}
