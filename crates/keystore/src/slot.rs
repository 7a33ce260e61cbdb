//! What a key is for: one vault's rows, or the ledger's entries.

use tacenda_kernel::Compartment;

/// A place in the key hierarchy below the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum KeySlot {
    /// The rows of a vault.
    Vault(Compartment),
    /// The ledger entries about a patient.
    Ledger,
}

impl KeySlot {
    /// Every slot that has a compartment key.
    pub(crate) const ALL: [Self; 7] = [
        Self::Vault(Compartment::Contact),
        Self::Vault(Compartment::Identity),
        Self::Vault(Compartment::Clinical),
        Self::Vault(Compartment::Stream),
        Self::Vault(Compartment::Field),
        Self::Vault(Compartment::Directory),
        Self::Ledger,
    ];

    /// Every slot that a patient has a key in.
    pub(crate) const OF_A_PATIENT: [Self; 6] = [
        Self::Vault(Compartment::Contact),
        Self::Vault(Compartment::Identity),
        Self::Vault(Compartment::Clinical),
        Self::Vault(Compartment::Stream),
        Self::Vault(Compartment::Field),
        Self::Ledger,
    ];

    /// The slot with this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|slot| slot.as_str() == name)
    }

    /// The name it is stored under.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Vault(compartment) => compartment.as_str(),
            Self::Ledger => "ledger",
        }
    }
}
