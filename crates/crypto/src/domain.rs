//! What a key is for. Two purposes never share a label, so they never share a key.

/// The purposes that keys are derived for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Wraps compartment keys.
    CompartmentWrap,
    /// Wraps the signing keys and seals the profiles of accounts.
    AccountsWrap,
    /// Makes blind tokens of e-mail addresses.
    AccountsIndex,
    /// Seals ledger entries about nobody in particular.
    GeneralAudit,
    /// Permutes patient numbers.
    Realm,
    /// Permutes record ids at the API.
    RecordCodec,
    /// Links ledger entries and rows.
    Link,
    /// Digests rows for the ledger.
    RowDigest,
    /// Makes blind search tokens.
    Index,
    /// Authenticates permits.
    Permit,
    /// Blinds idempotency keys.
    Submission,
    /// Signs checkpoints.
    Checkpoint,
    /// Signs erasure certificates.
    Certificate,
    /// Tells one root key from another without showing either.
    KeyCheck,
    /// Encrypts one row.
    Row,
    /// Encrypts one ledger entry.
    Entry,
    /// Encrypts one wrapped key.
    Wrap,
}

impl Domain {
    /// The label. Changing one changes every key under it.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::CompartmentWrap => "tacenda/v1/compartment-wrap",
            Self::AccountsWrap => "tacenda/v1/accounts-wrap",
            Self::AccountsIndex => "tacenda/v1/accounts-index",
            Self::GeneralAudit => "tacenda/v1/general-audit",
            Self::Realm => "tacenda/v1/realm",
            Self::RecordCodec => "tacenda/v1/record-codec",
            Self::Link => "tacenda/v1/link",
            Self::RowDigest => "tacenda/v1/row-digest",
            Self::Index => "tacenda/v1/index",
            Self::Permit => "tacenda/v1/permit",
            Self::Submission => "tacenda/v1/submission",
            Self::Checkpoint => "tacenda/v1/checkpoint",
            Self::Certificate => "tacenda/v1/certificate",
            Self::KeyCheck => "tacenda/v1/key-check",
            Self::Row => "tacenda/v1/row",
            Self::Entry => "tacenda/v1/entry",
            Self::Wrap => "tacenda/v1/wrap",
        }
    }
}
