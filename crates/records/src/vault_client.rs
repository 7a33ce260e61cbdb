//! The application's hold on a vault: of a permit, a vault is handed its own slice and no more.
//!
//! SECURITY: a permit has the patient's number in every compartment that it opens, and in the caller's realm. No vault
//! learns another one's.

use std::{ops::Deref, sync::Arc};

use tacenda_contracts::{
    keystore::SagaId,
    origin::{OriginQuery, Origins},
    permit::{Permit, Slice},
    timeline::{Moments, Timeline},
    vault::{
        Candidate, Disclosed, Found, Place, Query, Ranked, Use, Vault, VaultError, VaultUpkeep, Write,
        Written,
    },
};
use tacenda_fhir::{Excerpt, ResourceType, SortKey};
use tacenda_kernel::{Compartment, RecordId, RequestContext, Version};

use crate::disclosures::Disclosures;

/// A permit at work in one request, before a vault gets its slice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UnderPermit<'a> {
    /// The permit.
    pub(crate) permit: &'a Arc<Permit>,
    /// This request.
    pub(crate) context: RequestContext,
    /// How much is asked for of what the permit covers.
    pub(crate) excerpt: &'a Excerpt,
    /// Of which type the caller takes the records for.
    pub(crate) kind: Option<ResourceType>,
    /// Where is noted what was disclosed; none where nothing can be.
    pub(crate) disclosures: Option<&'a Disclosures>,
}

impl<'a> UnderPermit<'a> {
    /// The permit at work for all that it covers.
    pub(crate) const fn whole(permit: &'a Arc<Permit>, context: RequestContext) -> Self {
        Self { permit, context, excerpt: &Excerpt::Whole, kind: None, disclosures: None }
    }

    /// The same for records of one type only.
    pub(crate) const fn of_type(self, kind: ResourceType) -> Self {
        Self { kind: Some(kind), ..self }
    }
}

/// A vault's two contracts, and which vault it is.
pub struct VaultHandles {
    /// Which compartment.
    pub compartment: Compartment,
    /// For what needs a permit.
    pub vault: Arc<dyn Vault>,
    /// For what needs none.
    pub upkeep: Arc<dyn VaultUpkeep>,
}

/// A vault, as the application calls it.
pub(crate) struct VaultClient(pub(crate) VaultHandles);

impl Deref for VaultClient {
    type Target = dyn VaultUpkeep;

    fn deref(&self) -> &Self::Target {
        self.0.upkeep.as_ref()
    }
}

impl VaultClient {
    /// This vault's slice, at work.
    fn slice(&self, asked: UnderPermit<'_>) -> Result<Use, VaultError> {
        let permit = asked.permit.slice(self.0.compartment).ok_or(VaultError::Refused)?;
        let (permit, excerpt) = (Arc::clone(permit), asked.excerpt.clone());
        Ok(Use { permit, context: asked.context, excerpt, kind: asked.kind })
    }

    fn note(&self, asked: UnderPermit<'_>, disclosed: impl Iterator<Item = (RecordId, Version)>) {
        if let Some(disclosures) = asked.disclosures {
            disclosures.note(asked.permit, self.0.compartment, disclosed.collect());
        }
    }

    /// Tells the ledger that the caller got nothing of what was disclosed.
    pub(crate) async fn withheld(
        &self,
        slice: &Arc<Slice>,
        context: RequestContext,
        records: &[(RecordId, Version)],
    ) {
        if let Err(error) = self.0.vault.withheld(Use::whole(Arc::clone(slice), context), records).await {
            tracing::warn!(
                compartment = self.0.compartment.as_str(),
                error = %error,
                "the ledger was not told that records it names were not shown"
            );
        }
    }

    pub(crate) async fn read(
        &self,
        asked: UnderPermit<'_>,
        record: RecordId,
        version: Option<Version>,
    ) -> Result<Disclosed, VaultError> {
        let disclosed = self.0.vault.read(self.slice(asked)?, record, version).await?;
        self.note(asked, std::iter::once((disclosed.record, disclosed.version)));
        Ok(disclosed)
    }

    pub(crate) async fn timeline(
        &self,
        asked: UnderPermit<'_>,
        timeline: Timeline,
    ) -> Result<Moments, VaultError> {
        self.0.vault.timeline(self.slice(asked)?, timeline).await
    }

    pub(crate) async fn versions(
        &self,
        asked: UnderPermit<'_>,
        versions: &[(RecordId, Version)],
    ) -> Result<Vec<Disclosed>, VaultError> {
        let disclosed = self.0.vault.versions(self.slice(asked)?, versions).await?;
        self.note(asked, disclosed.iter().map(|one| (one.record, one.version)));
        Ok(disclosed)
    }

    pub(crate) async fn origins(
        &self,
        asked: UnderPermit<'_>,
        query: OriginQuery,
    ) -> Result<Origins, VaultError> {
        let origins = self.0.vault.origins(self.slice(asked)?, query).await?;
        let told = origins.found.iter().flat_map(|origin| &origin.entry.records);
        self.note(asked, told.map(|one| (one.record, one.version)));
        Ok(origins)
    }

    pub(crate) async fn search(&self, asked: UnderPermit<'_>, query: Query) -> Result<Found, VaultError> {
        let found = self.0.vault.search(self.slice(asked)?, query).await?;
        self.note(asked, found.matches.iter().map(|one| (one.record, one.version)));
        Ok(found)
    }

    pub(crate) async fn rank(
        &self,
        asked: UnderPermit<'_>,
        query: Query,
        order: &[SortKey],
        after: Option<&Place>,
    ) -> Result<Ranked, VaultError> {
        self.0.vault.rank(self.slice(asked)?, query, order, after).await
    }

    pub(crate) async fn lookup(
        &self,
        asked: UnderPermit<'_>,
        query: Query,
    ) -> Result<Vec<Candidate>, VaultError> {
        self.0.vault.lookup(self.slice(asked)?, query).await
    }

    pub(crate) async fn exist(
        &self,
        asked: UnderPermit<'_>,
        records: &[RecordId],
    ) -> Result<Vec<bool>, VaultError> {
        self.0.vault.exist(self.slice(asked)?, records).await
    }

    pub(crate) async fn write(
        &self,
        asked: UnderPermit<'_>,
        writes: Vec<Write>,
    ) -> Result<Vec<Written>, VaultError> {
        self.0.vault.write(self.slice(asked)?, writes).await
    }

    pub(crate) async fn stage(
        &self,
        asked: UnderPermit<'_>,
        saga: SagaId,
        writes: Vec<Write>,
    ) -> Result<Vec<Written>, VaultError> {
        self.0.vault.stage(self.slice(asked)?, saga, writes).await
    }
}
