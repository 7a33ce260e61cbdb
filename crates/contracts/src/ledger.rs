//! The ledger: append-only, provable, unreadable to itself.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tacenda_contract_macro::contract;
use tacenda_kernel::{Pseudonym, Service, realms};

use crate::{
    entry::SealedEntry,
    receipt::Receipt,
    wire::{Peer, unreachable_is_unavailable},
};

unreachable_is_unavailable!(LedgerError);

/// The ledger cannot do it now.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum LedgerError {
    /// It cannot record, or cannot say whether it did; nothing may be disclosed.
    #[error("the ledger cannot record now")]
    Unavailable,
    /// Its disk is full: nothing was recorded, and nothing may be disclosed.
    #[error("the ledger has no space left")]
    Full,
    /// What is stored is not what was appended.
    #[error("the ledger's own storage contradicts its tree")]
    Inconsistent,
}

/// An entry with its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredEntry {
    /// Its place, from 0.
    pub position: u64,
    /// The entry.
    pub entry: SealedEntry,
    /// The places of earlier entries whose writes are in their vault: what vaults told the ledger since the commit before
    /// this one. It needs no entry of its own.
    pub arrived: Vec<u64>,
    /// Its RFC 6962 leaf hash, which a proof begins with.
    pub leaf: [u8; 32],
}

/// An entry that is not what was appended at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DamagedEntry {
    /// Its place, from 0.
    pub position: u64,
}

/// Which entries are asked for: by what the ledger can see of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum About {
    /// Those about one patient.
    Patient(Pseudonym<realms::Ledger>),
    /// Those about nobody.
    Nobody,
    /// Of those about nobody, the ones that this service recorded.
    Service(Service),
}

/// The tree head as the world may see it: a C2SP `tlog-checkpoint` signed note, as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// How many entries it covers.
    pub size: u64,
    /// The RFC 6962 root.
    pub root: [u8; 32],
    /// The signed note.
    pub note: String,
}

/// Tells the ledger of writes that are in their vault, where it can be told. Where it cannot, settling finds the rows and
/// says so.
pub async fn tell_arrived(ledger: &dyn Ledger, positions: &[u64]) {
    if let Err(error) = ledger.arrived(positions).await {
        tracing::warn!(%error, "the ledger was not told that writes arrived: settling looks for them");
    }
}

/// Who alone may append these: the service that the entries about nobody are in the name of. Nobody, where they are in the
/// names of two.
fn appender(entries: &[SealedEntry]) -> Option<Peer> {
    let mut named = entries.iter().filter_map(|entry| entry.subject.service());
    let first = named.next()?;
    if named.all(|other| other == first) { Some(Peer::Service(first)) } else { Some(Peer::Web) }
}

/// The ledger's promises.
#[contract(Records)]
#[async_trait]
pub trait Ledger: Send + Sync + 'static {
    /// Records entries, all or none, in the order given, and returns when they are durable.
    ///
    /// An error means *unknown*: the entries may have become durable. The caller must treat them as not recorded, and
    /// may append them again, under the same names, without storing them twice.
    #[callers(Records, Accounts, Keystore, Vault, only = appender(&entries))]
    async fn append(&self, entries: Vec<SealedEntry>) -> Result<Vec<Receipt>, LedgerError>;

    /// Hears that the writes which these entries announced are in their vault, or are staged there by a saga that was
    /// committed. It becomes durable with the next commit,
    /// within a second where nobody else appends: from then on such a write that is absent is missing, whatever is said
    /// later.
    #[callers(Records, Vault)]
    async fn arrived(&self, positions: &[u64]) -> Result<(), LedgerError>;

    /// Up to `limit` entries from `from` on, in order.
    #[callers(Records, Operator)]
    async fn entries(&self, from: u64, limit: u32) -> Result<Vec<StoredEntry>, LedgerError>;

    /// Up to `limit` of these entries, newest first, before position `before` where given. One that is damaged does not
    /// hide the others.
    #[callers(Records, Accounts, Keystore, Vault)]
    async fn entries_about(
        &self,
        about: About,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Result<StoredEntry, DamagedEntry>>, LedgerError>;

    /// The entries at these places, in the order asked; none where there is no such entry or it is damaged.
    #[callers(Vault)]
    async fn entries_at(&self, positions: &[u64]) -> Result<Vec<Option<StoredEntry>>, LedgerError>;

    /// Those of these places of which a later entry says that what was announced there never was.
    async fn given_up(&self, positions: &[u64]) -> Result<Vec<u64>, LedgerError>;

    /// The newest signed checkpoint over all durable entries.
    #[callers(Records, Operator)]
    async fn checkpoint(&self) -> Result<Checkpoint, LedgerError>;

    /// RFC 6962 audit path of one entry in the tree of `size` entries.
    async fn inclusion_proof(&self, position: u64, size: u64) -> Result<Vec<[u8; 32]>, LedgerError>;

    /// RFC 6962 consistency proof between two sizes.
    async fn consistency_proof(&self, from: u64, to: u64) -> Result<Vec<[u8; 32]>, LedgerError>;
}
