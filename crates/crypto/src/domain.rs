//! Domain separation: what a derived or single-use key is for.

/// The purposes a key can be derived for. Each has its own label in HKDF's `info`, so no two ever share a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Domain {
    /// Sealing one version of a record.
    Row,
    /// Sealing one ledger entry.
    Entry,
    /// Wrapping the master secret.
    MasterKey,
    /// The audit keys for entries about nobody in particular.
    GeneralAudit,
    /// Sealing a compartment key.
    CompartmentKey,
    /// Sealing a patient key.
    PatientKey,
    /// Sealing a patient's audit key.
    AuditKey,
    /// Sealing another secret that a service stores.
    StoredSecret,
    /// A service's wrapping key.
    Wrapping,
    /// What `keystore` wraps.
    Keystore,
    /// What `accounts` wraps.
    Accounts,
    /// Where a search goes on.
    Cursor,
    /// A realm's pseudonyms.
    Realm,
    /// A realm of the API's record ids.
    RecordIds,
    /// How ledger entries name records.
    Link,
    /// How ledger entries recognise sealed rows, and their search tokens.
    RowDigest,
    /// How a row says which ledger entry announced it.
    Announcement,
    /// Tags of the rows that say how far making search tokens anew is.
    ReindexRow,
    /// Tags of the rows of the ledger.
    LedgerRow,
    /// A compartment's blind search tokens.
    Index,
    /// Tags of permits.
    Permit,
    /// Tags of stored grants.
    Grant,
    /// Tags of the rows in which `keystore` says that there is a patient.
    PatientRow,
    /// Seals of the rows by which `accounts` knows people.
    AccountRow,
    /// Blinded idempotency keys.
    Submission,
    /// The rows of the log of transactions across vaults.
    SagaRow,
    /// The ledger's checkpoint signatures.
    Checkpoint,
    /// Erasure certificates.
    Certificate,
    /// The value by which a database recognises its root key.
    RootCheck,
}

impl Domain {
    /// Every domain there is.
    pub const ALL: [Self; 29] = [
        Self::Row,
        Self::Entry,
        Self::MasterKey,
        Self::GeneralAudit,
        Self::CompartmentKey,
        Self::PatientKey,
        Self::AuditKey,
        Self::StoredSecret,
        Self::Wrapping,
        Self::Keystore,
        Self::Accounts,
        Self::Cursor,
        Self::Realm,
        Self::RecordIds,
        Self::Link,
        Self::RowDigest,
        Self::Announcement,
        Self::ReindexRow,
        Self::LedgerRow,
        Self::Index,
        Self::Permit,
        Self::Grant,
        Self::PatientRow,
        Self::AccountRow,
        Self::Submission,
        Self::SagaRow,
        Self::Checkpoint,
        Self::Certificate,
        Self::RootCheck,
    ];

    /// The label. Changing one makes everything of that domain unreadable.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Row => "tacenda/v1/row",
            Self::Entry => "tacenda/v1/ledger-entry",
            Self::MasterKey => "tacenda/v1/master-key",
            Self::GeneralAudit => "tacenda/v1/general-audit-key",
            Self::CompartmentKey => "tacenda/v1/compartment-key",
            Self::PatientKey => "tacenda/v1/patient-key",
            Self::AuditKey => "tacenda/v1/audit-key",
            Self::StoredSecret => "tacenda/v1/stored-secret",
            Self::Wrapping => "tacenda/v1/wrapping",
            Self::Keystore => "tacenda/v1/keystore",
            Self::Accounts => "tacenda/v1/accounts",
            Self::Cursor => "tacenda/v1/cursor",
            Self::Realm => "tacenda/v1/realm",
            Self::RecordIds => "tacenda/v1/record-ids",
            Self::Link => "tacenda/v1/link",
            Self::RowDigest => "tacenda/v1/row-digest",
            Self::Announcement => "tacenda/v1/announcement",
            Self::ReindexRow => "tacenda/v1/reindex-row",
            Self::LedgerRow => "tacenda/v1/ledger-row",
            Self::Index => "tacenda/v1/index",
            Self::Permit => "tacenda/v1/permit",
            Self::Grant => "tacenda/v1/grant",
            Self::PatientRow => "tacenda/v1/patient-row",
            Self::AccountRow => "tacenda/v1/account-row",
            Self::Submission => "tacenda/v1/submission",
            Self::SagaRow => "tacenda/v1/saga-row",
            Self::Checkpoint => "tacenda/v1/checkpoint",
            Self::Certificate => "tacenda/v1/certificate",
            Self::RootCheck => "tacenda/v1/root-check",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_domains_share_a_label() {
        let labels: HashSet<_> = Domain::ALL.into_iter().map(Domain::label).collect();
        assert_eq!(labels.len(), Domain::ALL.len());
        // The zero byte ends a label in HKDF's info.
        assert!(labels.iter().all(|label| !label.contains('\0')));
    }
}
