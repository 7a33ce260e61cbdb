//! The services that record: each seals what is about nobody under a key of its own.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Compartment;

/// A service that puts entries into the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Service {
    /// Knows who somebody is.
    Accounts,
    /// Decides, and holds every key.
    Keystore,
    /// The application: sagas, settling.
    Records,
    /// The ledger itself: its own entries have nothing sealed in them.
    Ledger,
    /// The vault of one compartment.
    Vault(Compartment),
}

impl Service {
    /// Every service that records.
    pub const ALL: [Self; 10] = [
        Self::Accounts,
        Self::Keystore,
        Self::Records,
        Self::Ledger,
        Self::Vault(Compartment::Contact),
        Self::Vault(Compartment::Identity),
        Self::Vault(Compartment::Clinical),
        Self::Vault(Compartment::Stream),
        Self::Vault(Compartment::Field),
        Self::Vault(Compartment::Directory),
    ];

    /// The number that stands for it in stored entries. It is never used for another one.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Accounts => 1,
            Self::Keystore => 2,
            Self::Records => 3,
            Self::Ledger => 4,
            Self::Vault(compartment) => 16 + compartment as u8,
        }
    }

    /// The service with this number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.number() == number)
    }

    /// The name that separates its keys from those of the others.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Keystore => "keystore",
            Self::Records => "records",
            Self::Ledger => "ledger",
            Self::Vault(Compartment::Contact) => "vault/contact",
            Self::Vault(Compartment::Identity) => "vault/identity",
            Self::Vault(Compartment::Clinical) => "vault/clinical",
            Self::Vault(Compartment::Stream) => "vault/stream",
            Self::Vault(Compartment::Field) => "vault/field",
            Self::Vault(Compartment::Directory) => "vault/directory",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_service_has_a_number_and_a_name_of_its_own() {
        let numbers: HashSet<_> = Service::ALL.into_iter().map(Service::number).collect();
        let names: HashSet<_> = Service::ALL.into_iter().map(Service::as_str).collect();
        assert_eq!((numbers.len(), names.len()), (Service::ALL.len(), Service::ALL.len()));
        assert!(Service::ALL.into_iter().all(|one| Service::from_number(one.number()) == Some(one)));
    }
}
