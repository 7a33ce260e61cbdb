//! What a caller may ask to do.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One verb of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Read one record, or one version of it.
    Read,
    /// List a record's versions.
    History,
    /// List or search one patient's records.
    Search,
    /// Search across patients by what may be searched for across patients.
    Lookup,
    /// Make a record.
    Create,
    /// Change a record.
    Update,
    /// Delete a record; its versions stay.
    Delete,
    /// Enrol a patient.
    Register,
    /// Destroy a patient's keys.
    Erase,
    /// Read the ledger.
    Audit,
    /// Give and take roles.
    Administer,
    /// Make search tokens of stored records anew. It discloses nothing.
    Reindex,
}

impl Action {
    /// Every action there is.
    pub const ALL: [Self; 12] = [
        Self::Read,
        Self::History,
        Self::Search,
        Self::Lookup,
        Self::Create,
        Self::Update,
        Self::Delete,
        Self::Register,
        Self::Erase,
        Self::Audit,
        Self::Administer,
        Self::Reindex,
    ];

    /// The name used in policies and ledger entries.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::History => "history",
            Self::Search => "search",
            Self::Lookup => "lookup",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Register => "register",
            Self::Erase => "erase",
            Self::Audit => "audit",
            Self::Administer => "administer",
            Self::Reindex => "reindex",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
