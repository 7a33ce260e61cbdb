//! A vault: one compartment's sealed, versioned records.

mod comparison;
mod queries;
mod writes;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tacenda_contract_macro::contract;
use tacenda_fhir::{Excerpt, ResourceType, SortKey};
use tacenda_kernel::{Phi, RecordId, RequestContext, Version};

use crate::{
    accounts::BearerToken,
    entry::WriteLink,
    keystore::SagaId,
    origin::{OriginQuery, Origins},
    permit::Slice,
    timeline::{Moments, Timeline},
    wire::unreachable_is_unavailable,
};

unreachable_is_unavailable!(VaultError);

pub use comparison::{Held, Inspection, StoredVersion};
pub use queries::{Candidate, Found, OWN_PATIENT, Place, Query, Ranked, Term, own_name};
pub use writes::{Change, Content, Write, Written};

/// A permit at work in one request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Use {
    /// This vault's slice of the permit; it may have been given for an earlier request.
    pub permit: Arc<Slice>,
    /// This request, which ledger entries name.
    pub context: RequestContext,
    /// How much is asked for of what the permit covers. What is not asked for does not leave the vault.
    pub excerpt: Excerpt,
    /// Of which type the caller takes the records for. What is of another one is not there for them: it is refused before
    /// anything is announced.
    pub kind: Option<ResourceType>,
}

impl Use {
    /// The permit at work for all that it covers.
    #[must_use]
    pub const fn whole(permit: Arc<Slice>, context: RequestContext) -> Self {
        Self { permit, context, excerpt: Excerpt::Whole, kind: None }
    }

    /// The same for records of one type only.
    #[must_use]
    pub fn of_type(self, kind: ResourceType) -> Self {
        Self { kind: Some(kind), ..self }
    }
}

/// A version that left the vault with its receipt.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Disclosed {
    /// Which record.
    pub record: RecordId,
    /// Which version.
    pub version: Version,
    /// When it was written.
    pub recorded_at: Timestamp,
    /// Its stored form, with only the elements that the permit covers; none for a version that says "deleted".
    #[serde(with = "tacenda_kernel::kept")]
    pub document: Option<Phi<Bytes>>,
}

/// How far making search tokens anew is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reindexed {
    /// About how many records there were when it began.
    pub total: u64,
    /// Records that were looked at.
    pub looked_at: u64,
    /// Records of them whose tokens were not as they are now.
    pub changed: u64,
    /// Records that stay as they are: their patients were erased, or are just being registered.
    pub closed: u64,
    /// Records that do not open: they, or the keys to them, were altered or moved.
    pub damaged: u64,
    /// Whether it was begun by a release that makes the tokens that this one makes.
    pub of_this_release: bool,
    /// Whether that was all.
    pub finished: bool,
}

/// The vault does not do it.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum VaultError {
    /// There is no such record of this patient.
    #[error("there is no such record")]
    NotFound,
    /// It was deleted, by this version.
    #[error("the record was deleted")]
    Gone(Version),
    /// The record has another version than the caller expects, or is being changed.
    #[error("the record has been changed meanwhile")]
    Conflict,
    /// The permit does not allow it here.
    #[error("the permit does not allow this here")]
    Refused,
    /// The patient's keys were destroyed.
    #[error("the patient's keys were destroyed")]
    Erased,
    /// A stored row is not what was written.
    #[error("a stored row does not open: it was altered or moved")]
    Damaged,
    /// A term or document is larger than a vault takes.
    #[error("the record is larger than a vault takes")]
    TooLarge,
    /// A disk is full: nothing was disclosed, and nothing written that will stay.
    #[error("there is no space left for records or for the ledger")]
    Full,
    /// Too many records would have to be looked at.
    #[error("too many records would have to be looked at")]
    TooCostly,
    /// Keys, ledger or database do not answer; nothing was disclosed, and nothing written that will stay.
    #[error("records are not available now")]
    Unavailable,
}

/// A vault's promises to those who have a permit. An answer was recorded in the ledger first.
#[contract(Records)]
#[async_trait]
pub trait Vault: Send + Sync + 'static {
    /// The current version, or the one asked for.
    async fn read(
        &self,
        asked: Use,
        record: RecordId,
        version: Option<Version>,
    ) -> Result<Disclosed, VaultError>;

    /// Says in the ledger that the caller got nothing of these, though they were disclosed for an answer: it became a refusal,
    /// or had no place for them.
    async fn withheld(&self, asked: Use, records: &[(RecordId, Version)]) -> Result<(), VaultError>;

    /// The names of versions, newest first, and no more than may be opened at once. Opens nothing; what is shown of it is
    /// asked of [`Vault::versions`]. Where many must be looked at to find few, it may stop early and say where.
    async fn timeline(&self, asked: Use, timeline: Timeline) -> Result<Moments, VaultError>;

    /// The versions with these names, in the order asked, as many of the first as may be open at once. Those that the
    /// permit's patient has not are left out.
    async fn versions(
        &self,
        asked: Use,
        versions: &[(RecordId, Version)],
    ) -> Result<Vec<Disclosed>, VaultError>;

    /// Who wrote which version, when and why. Needs a permit to read the history.
    async fn origins(&self, asked: Use, query: OriginQuery) -> Result<Origins, VaultError>;

    /// The records of the permit's patient (or of the directory) that match, in the vault's order. Where many must be
    /// opened to find few, it may stop early and say where.
    async fn search(&self, asked: Use, query: Query) -> Result<Found, VaultError>;

    /// The first `query.limit` matches after `after` in an order, and how many match in all. All candidates are looked
    /// at and none is disclosed: [`Vault::search`] does that for those that are to be shown.
    ///
    /// [`VaultError::TooCostly`] where there are too many candidates.
    async fn rank(
        &self,
        asked: Use,
        query: Query,
        order: &[SortKey],
        after: Option<&Place>,
    ) -> Result<Ranked, VaultError>;

    /// Whose records may match, across patients. Needs a permit to look up. Nothing is opened.
    async fn lookup(&self, asked: Use, query: Query) -> Result<Vec<Candidate>, VaultError>;

    /// Which of these records the permit's patient (or the directory) has now, in the order asked.
    async fn exist(&self, asked: Use, records: &[RecordId]) -> Result<Vec<bool>, VaultError>;

    /// Writes, all or none.
    async fn write(&self, asked: Use, writes: Vec<Write>) -> Result<Vec<Written>, VaultError>;

    /// Seals and keeps writes for `saga`, durably and invisibly, after checking that they can be done, and locks their
    /// records until the saga ends. Their ledger entries are durable when this returns.
    async fn stage(&self, asked: Use, saga: SagaId, writes: Vec<Write>) -> Result<Vec<Written>, VaultError>;
}

/// What a vault does for the application without a permit: nothing of a record is opened for them.
#[contract(Records)]
#[async_trait]
pub trait VaultUpkeep: Send + Sync + 'static {
    /// The places of the ledger entries that announced what a saga has staged, in order.
    async fn staged_at(&self, saga: SagaId) -> Result<Vec<u64>, VaultError>;

    /// Makes a saga's staged writes visible. Repeatable.
    async fn promote(&self, saga: SagaId) -> Result<(), VaultError>;

    /// Forgets a saga's staged writes. Repeatable.
    async fn discard(&self, saga: SagaId) -> Result<(), VaultError>;

    /// What it has of each of these, in the order asked: what the ledger's announced writes are checked against.
    async fn held(&self, announced: &[WriteLink]) -> Result<Vec<Held>, VaultError>;

    /// Up to `limit` of all its versions, in order after the one given: what is checked against the ledger.
    async fn scan(
        &self,
        after: Option<(RecordId, Version)>,
        limit: u32,
    ) -> Result<Vec<StoredVersion>, VaultError>;

    /// What is under way in it, as its tables say.
    async fn inspect(&self) -> Result<Inspection, VaultError>;

    /// How far making search tokens anew is.
    async fn reindexed(&self) -> Result<Reindexed, VaultError>;

    /// Begins with the first record again, where all were done, where another release began, or where it is to `restart`.
    async fn begin_reindex(&self, restart: bool) -> Result<(), VaultError>;

    /// Makes the search tokens of the next records anew, at most `limit`, and says how far that is. Needs a token with which
    /// every patient's records may be reindexed. Records are opened for it and disclosed to nobody; the ledger has an
    /// entry about each patient whose records are. [`VaultError::Conflict`] where another release began.
    async fn reindex(
        &self,
        token: &BearerToken,
        context: RequestContext,
        limit: u32,
    ) -> Result<Reindexed, VaultError>;

    /// Closes the past: once this returns, no write recorded at or before that time appears any more, except those
    /// staged already.
    async fn fence(&self, before: Timestamp) -> Result<(), VaultError>;
}
