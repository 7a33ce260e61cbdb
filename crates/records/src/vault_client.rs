//! The application's hold on a vault: of a permit, a vault is handed its own slice and no more.
//!
//! SECURITY: a permit has the patient's number in every compartment that it opens, and in the caller's realm. No vault
//! learns another one's.

use std::{ops::Deref, sync::Arc};

use tacenda_contracts::{
    keystore::SagaId,
    origin::{OriginQuery, Origins, Wanted},
    permit::{Permit, Slice},
    timeline::{Moments, Timeline},
    vault::{Candidate, Disclosed, Found, Place, Query, Ranked, Use, Vault, VaultError, Write, Written},
};
use tacenda_fhir::{Excerpt, SortKey};
use tacenda_kernel::{RecordId, RequestContext, Version};

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
    pub(crate) kind: Option<&'a str>,
    /// Where is noted what was disclosed; none where nothing can be.
    pub(crate) disclosures: Option<&'a Disclosures>,
}

impl<'a> UnderPermit<'a> {
    /// The permit at work for all that it covers.
    pub(crate) const fn whole(permit: &'a Arc<Permit>, context: RequestContext) -> Self {
        Self { permit, context, excerpt: &Excerpt::Whole, kind: None, disclosures: None }
    }

    /// The same for records of one type only.
    pub(crate) const fn of_type(self, kind: &'a str) -> Self {
        Self { kind: Some(kind), ..self }
    }
}

/// A vault, as the application calls it. What needs no permit is called as it is.
pub(crate) struct VaultClient(pub(crate) Arc<dyn Vault>);

impl Deref for VaultClient {
    type Target = dyn Vault;

    fn deref(&self) -> &Self::Target {
        self.0.as_ref()
    }
}

impl VaultClient {
    /// This vault's slice, at work.
    fn slice<'a>(&self, asked: UnderPermit<'a>) -> Result<Use<'a>, VaultError> {
        let permit = asked.permit.slice(self.0.compartment()).ok_or(VaultError::Refused)?;
        Ok(Use { permit, context: asked.context, excerpt: asked.excerpt, kind: asked.kind })
    }

    fn note(&self, asked: UnderPermit<'_>, disclosed: impl Iterator<Item = (RecordId, Version)>) {
        if let Some(disclosures) = asked.disclosures {
            disclosures.note(asked.permit, self.0.compartment(), disclosed.collect());
        }
    }

    /// Tells the ledger that the caller got nothing of what was disclosed.
    pub(crate) async fn withheld(
        &self,
        slice: &Slice,
        context: RequestContext,
        records: &[(RecordId, Version)],
    ) {
        if let Err(error) = self.0.withheld(Use::whole(slice, context), records).await {
            tracing::warn!(
                compartment = self.0.compartment().as_str(),
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
        let disclosed = self.0.read(self.slice(asked)?, record, version).await?;
        self.note(asked, std::iter::once((disclosed.record, disclosed.version)));
        Ok(disclosed)
    }

    pub(crate) async fn timeline(
        &self,
        asked: UnderPermit<'_>,
        timeline: Timeline,
    ) -> Result<Moments, VaultError> {
        self.0.timeline(self.slice(asked)?, timeline).await
    }

    pub(crate) async fn versions(
        &self,
        asked: UnderPermit<'_>,
        versions: &[(RecordId, Version)],
    ) -> Result<Vec<Disclosed>, VaultError> {
        let disclosed = self.0.versions(self.slice(asked)?, versions).await?;
        self.note(asked, disclosed.iter().map(|one| (one.record, one.version)));
        Ok(disclosed)
    }

    pub(crate) async fn origins(
        &self,
        asked: UnderPermit<'_>,
        query: OriginQuery,
        wanted: Wanted<'_>,
    ) -> Result<Origins, VaultError> {
        let origins = self.0.origins(self.slice(asked)?, query, wanted).await?;
        let told = origins.found.iter().flat_map(|origin| &origin.entry.records);
        self.note(asked, told.map(|one| (one.record, one.version)));
        Ok(origins)
    }

    pub(crate) async fn search(&self, asked: UnderPermit<'_>, query: Query) -> Result<Found, VaultError> {
        let found = self.0.search(self.slice(asked)?, query).await?;
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
        self.0.rank(self.slice(asked)?, query, order, after).await
    }

    pub(crate) async fn lookup(
        &self,
        asked: UnderPermit<'_>,
        query: Query,
    ) -> Result<Vec<Candidate>, VaultError> {
        self.0.lookup(self.slice(asked)?, query).await
    }

    pub(crate) async fn exist(
        &self,
        asked: UnderPermit<'_>,
        records: &[RecordId],
    ) -> Result<Vec<bool>, VaultError> {
        self.0.exist(self.slice(asked)?, records).await
    }

    pub(crate) async fn write(
        &self,
        asked: UnderPermit<'_>,
        writes: Vec<Write>,
    ) -> Result<Vec<Written>, VaultError> {
        self.0.write(self.slice(asked)?, writes).await
    }

    pub(crate) async fn stage(
        &self,
        asked: UnderPermit<'_>,
        saga: SagaId,
        writes: Vec<Write>,
    ) -> Result<Vec<Written>, VaultError> {
        self.0.stage(self.slice(asked)?, saga, writes).await
    }
}
