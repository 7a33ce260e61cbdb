//! Reading a record, or one of its versions.

use std::sync::Arc;

use tacenda_contracts::permit::Permit;
use tacenda_fhir::{Excerpt, ResourceType};
use tacenda_kernel::{Action, CompartmentSet, Version};

use super::{
    read_patient,
    search_records::{derived_whole, of_the_ledger},
};
use crate::{
    Caller, Records, RecordsError, Resource, audit, documents,
    ids::Named,
    provenance::{self, VersionId, is_derived},
};

impl Records {
    /// The current version of a resource, or the one asked for.
    ///
    /// # Errors
    /// [`RecordsError`]; a record that is not there and one that is not this caller's read the same.
    pub async fn read(
        &self,
        caller: &Caller,
        kind: ResourceType,
        id: &str,
        version: Option<Version>,
    ) -> Result<Resource, RecordsError> {
        self.read_part(caller, kind, id, version, &Excerpt::Whole).await
    }

    /// [`Records::read`] of a part: what is not in it is not disclosed.
    ///
    /// # Errors
    /// [`RecordsError`], as for [`Records::read`].
    pub async fn read_part(
        &self,
        caller: &Caller,
        kind: ResourceType,
        id: &str,
        version: Option<Version>,
        excerpt: &Excerpt,
    ) -> Result<Resource, RecordsError> {
        let read = self.read_for(caller, kind, id, version, excerpt).await;
        self.answered(caller, read).await
    }

    async fn read_for(
        &self,
        caller: &Caller,
        kind: ResourceType,
        id: &str,
        version: Option<Version>,
        excerpt: &Excerpt,
    ) -> Result<Resource, RecordsError> {
        self.in_scope(caller, Action::Read, kind).await?;
        if of_the_ledger(kind) && *excerpt != Excerpt::Whole {
            return Err(derived_whole());
        }
        if kind.is_logged() {
            return audit::read(self, caller, id, version).await;
        }
        if kind == ResourceType::Provenance
            && let Some(derived) = VersionId::parse(id)
        {
            return provenance::read(self, caller, derived, version).await;
        }
        if kind == ResourceType::Patient {
            return read_patient::read(self, caller, id, version, excerpt).await;
        }
        let (named, permit) = self.permit_for(caller, Action::Read, id).await?;
        let disclosed = self
            .vault(named.record.compartment())?
            .read(caller.under_for(&permit, excerpt).of_type(kind), named.record, version)
            .await?;
        documents::disclosed(self, &permit, &disclosed)
    }

    /// What an id names, and a permit to do something to it.
    pub(crate) async fn permit_for(
        &self,
        caller: &Caller,
        action: Action,
        id: &str,
    ) -> Result<(Named, Arc<Permit>), RecordsError> {
        let named = match self.ids.record(caller.actor.role.realm(), id) {
            Ok(named) => named,
            // What is derived from the ledger is nobody's to change.
            Err(_) if action != Action::Read && is_derived(id) => {
                return Err(self.refused(caller, action, RecordsError::ReadOnly).await);
            }
            Err(error) => return Err(self.refused(caller, action, error).await),
        };
        let here = CompartmentSet::from(named.record.compartment());
        let permit = self.permits.get(caller, action, named.subject, here).await?;
        Ok((named, permit))
    }
}
