//! The vault as a service: one compartment, one database.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::Timestamp;
use quick_cache::sync::Cache;
use tacenda_contracts::{
    accounts::BearerToken,
    entry::WriteLink,
    keystore::{Keystore, SagaId},
    ledger::Ledger,
    origin::{OriginQuery, Origins},
    strangers::Strangers,
    timeline::{Moments, Timeline},
    vault::{
        Candidate, Disclosed, Found, Held, Inspection, Place, Query, Ranked, Reindexed, StoredVersion, Use,
        Vault as Contract, VaultError, VaultUpkeep, Write, Written,
    },
};
use tacenda_crypto::{AuditKey, IndexKey, LinkKey, MacKey};
use tacenda_fhir::SortKey;
use tacenda_kernel::{Action, Clock, Compartment, Random, RecordId, RequestContext, Version};
use tacenda_postgres::{Batcher, Database};

use crate::{
    operations::{
        compare_versions, find_candidates, find_origins, rank_records, read_record, read_versions,
        reindex_records, search_records, stage_writes, write_records,
    },
    permits::{self, Kept},
    session::Session,
    store::{
        fences,
        reindexes::{Position, Reindexes},
        rows::StoredRow,
        staged,
    },
};

/// Permits whose keys are kept in memory at the same time.
const KEPT_PERMITS: usize = 10_000;

/// What a vault is made of.
pub struct VaultParts {
    /// Which compartment it holds.
    pub compartment: Compartment,
    /// Its own database, as its runtime role.
    pub database: Arc<Database>,
    /// Who releases keys.
    pub keystore: Arc<dyn Keystore>,
    /// Who records.
    pub ledger: Arc<dyn Ledger>,
    /// Makes this compartment's blind tokens.
    pub index_key: IndexKey,
    /// Makes the links between versions and ledger entries.
    pub link_key: LinkKey,
    /// Tags the row that says how far making search tokens anew is.
    pub reindex_key: MacKey,
    /// Seals ledger entries about nobody in particular.
    pub general_audit: AuditKey,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
}

/// One compartment's vault.
pub struct Vault {
    pub(crate) compartment: Compartment,
    pub(crate) database: Arc<Database>,
    pub(crate) keystore: Arc<dyn Keystore>,
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) index_key: IndexKey,
    pub(crate) link_key: LinkKey,
    reindex_key: MacKey,
    reindexing: Mutex<Option<Position>>,
    pub(crate) general_audit: AuditKey,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) keys: Cache<[u8; 32], Kept>,
    pub(crate) reads: Batcher<RecordId, read_record::Looked, VaultError>,
    pub(crate) creates: Batcher<Vec<StoredRow>, bool, VaultError>,
    pub(crate) strangers: Strangers,
}

impl Vault {
    /// A vault over its database. It starts two batchers, so it must be called inside a tokio runtime.
    #[must_use]
    pub fn new(parts: VaultParts) -> Self {
        let reads = read_record::batcher(&parts.database, parts.compartment);
        let creates = write_records::batcher(&parts.database);
        let strangers = permits::strangers(&parts);
        Self {
            compartment: parts.compartment,
            database: parts.database,
            keystore: parts.keystore,
            ledger: parts.ledger,
            index_key: parts.index_key,
            link_key: parts.link_key,
            reindex_key: parts.reindex_key,
            reindexing: Mutex::default(),
            general_audit: parts.general_audit,
            clock: parts.clock,
            random: parts.random,
            keys: Cache::new(KEPT_PERMITS),
            reads,
            creates,
            strangers,
        }
    }

    /// What records refusals of permits: at the end, what it counted is to be recorded.
    #[must_use]
    pub const fn strangers(&self) -> &Strangers {
        &self.strangers
    }

    pub(crate) fn reindexes(&self) -> Reindexes<'_> {
        Reindexes {
            database: &self.database,
            key: &self.reindex_key,
            random: self.random.as_ref(),
            known: &self.reindexing,
        }
    }
}

#[async_trait]
impl Contract for Vault {
    #[tracing::instrument(name = "open", level = "debug", skip_all, fields(compartment = self.compartment.as_str()))]
    async fn read(
        &self,
        asked: Use,
        record: RecordId,
        version: Option<Version>,
    ) -> Result<Disclosed, VaultError> {
        // A half of a Patient that was found is read again, where the other one is of an earlier version.
        let session = Session::begin(self, &asked, &[Action::Read, Action::Search]).await?;
        read_record::read(&session, record, version).await
    }

    async fn withheld(&self, asked: Use, records: &[(RecordId, Version)]) -> Result<(), VaultError> {
        let allowed = &[Action::Read, Action::Search, Action::History];
        Session::begin(self, &asked, allowed).await?.withheld(records).await
    }

    #[tracing::instrument(name = "open", level = "debug", skip_all, fields(compartment = self.compartment.as_str()))]
    async fn timeline(&self, asked: Use, timeline: Timeline) -> Result<Moments, VaultError> {
        let session = Session::begin(self, &asked, &[Action::History]).await?;
        read_versions::timeline(&session, timeline).await
    }

    #[tracing::instrument(name = "open", level = "debug", skip_all, fields(compartment = self.compartment.as_str()))]
    async fn versions(
        &self,
        asked: Use,
        versions: &[(RecordId, Version)],
    ) -> Result<Vec<Disclosed>, VaultError> {
        let session = Session::begin(self, &asked, &[Action::History]).await?;
        read_versions::versions(&session, versions).await
    }

    #[tracing::instrument(name = "origins", level = "debug", skip_all, fields(compartment = self.compartment.as_str()))]
    async fn origins(&self, asked: Use, query: OriginQuery) -> Result<Origins, VaultError> {
        let session = Session::begin(self, &asked, &[Action::History]).await?;
        find_origins::find(&session, query).await
    }

    #[tracing::instrument(name = "open", level = "debug", skip_all, fields(compartment = self.compartment.as_str()))]
    async fn search(&self, asked: Use, query: Query) -> Result<Found, VaultError> {
        let session = Session::begin(self, &asked, &[Action::Search]).await?;
        search_records::search(&session, query).await
    }

    #[tracing::instrument(name = "open", level = "debug", skip_all, fields(compartment = self.compartment.as_str()))]
    async fn rank(
        &self,
        asked: Use,
        query: Query,
        order: &[SortKey],
        after: Option<&Place>,
    ) -> Result<Ranked, VaultError> {
        let session = Session::begin(self, &asked, &[Action::Search]).await?;
        rank_records::rank(&session, query, order, after).await
    }

    #[tracing::instrument(name = "open", level = "debug", skip_all, fields(compartment = self.compartment.as_str()))]
    async fn lookup(&self, asked: Use, query: Query) -> Result<Vec<Candidate>, VaultError> {
        permits::check(self, &asked, &[Action::Lookup]).await?;
        find_candidates::find(self, &asked, query).await
    }

    async fn exist(&self, asked: Use, records: &[RecordId]) -> Result<Vec<bool>, VaultError> {
        permits::check(self, &asked, &Action::ALL).await?;
        read_record::exist(self, &asked.permit.claims().opening, records).await
    }

    #[tracing::instrument(name = "write", level = "debug", skip_all, fields(compartment = self.compartment.as_str()))]
    async fn write(&self, asked: Use, writes: Vec<Write>) -> Result<Vec<Written>, VaultError> {
        let session = Session::begin(self, &asked, write_records::ACTIONS).await?;
        write_records::write(&session, writes).await
    }

    #[tracing::instrument(name = "stage", level = "debug", skip_all, fields(compartment = self.compartment.as_str()))]
    async fn stage(&self, asked: Use, saga: SagaId, writes: Vec<Write>) -> Result<Vec<Written>, VaultError> {
        let session = Session::begin(self, &asked, write_records::ACTIONS).await?;
        stage_writes::stage(&session, saga, writes).await
    }
}

#[async_trait]
impl VaultUpkeep for Vault {
    #[tracing::instrument(name = "promote", level = "debug", skip_all, fields(compartment = self.compartment.as_str()))]
    async fn promote(&self, saga: SagaId) -> Result<(), VaultError> {
        stage_writes::promote(self, saga).await
    }

    async fn staged_at(&self, saga: SagaId) -> Result<Vec<u64>, VaultError> {
        stage_writes::staged_at(self, saga).await
    }

    async fn discard(&self, saga: SagaId) -> Result<(), VaultError> {
        staged::discard(&self.database, saga).await
    }

    async fn held(&self, announced: &[WriteLink]) -> Result<Vec<Held>, VaultError> {
        compare_versions::held(self, announced).await
    }

    async fn scan(
        &self,
        after: Option<(RecordId, Version)>,
        limit: u32,
    ) -> Result<Vec<StoredVersion>, VaultError> {
        compare_versions::scan(self, after, limit).await
    }

    async fn inspect(&self) -> Result<Inspection, VaultError> {
        compare_versions::inspect(self).await
    }

    async fn reindexed(&self) -> Result<Reindexed, VaultError> {
        Ok(self.reindexes().position().await?.progress)
    }

    async fn begin_reindex(&self, restart: bool) -> Result<(), VaultError> {
        self.reindexes().begin(restart).await
    }

    #[tracing::instrument(name = "reindex", level = "debug", skip_all, fields(compartment = self.compartment.as_str()))]
    async fn reindex(
        &self,
        token: &BearerToken,
        context: RequestContext,
        limit: u32,
    ) -> Result<Reindexed, VaultError> {
        reindex_records::reindex(self, token, context, limit).await
    }

    async fn fence(&self, before: Timestamp) -> Result<(), VaultError> {
        fences::raise(&self.database, before).await
    }
}
