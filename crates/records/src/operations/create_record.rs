//! Creating a resource.

use serde_json::Value;
use tacenda_contracts::{
    keystore::Subject,
    vault::{Change, Write},
};
use tacenda_fhir::{Issue, IssueCode, Place, ResourceType, place};
use tacenda_kernel::{Action, Compartment, CompartmentSet, RecordId};

use crate::{
    Caller, Records, RecordsError, Resource, documents,
    references::{Entries, Resolver, subject_of},
};

impl Records {
    /// Creates a resource that was read by [`tacenda_fhir::read_resource`]. A Patient is enrolled.
    ///
    /// # Errors
    /// [`RecordsError`]; nothing is written then.
    pub(crate) async fn create(&self, caller: &Caller, value: &Value) -> Result<Resource, RecordsError> {
        let kind = ResourceType::of(value).map_err(|_| no_place())?;
        self.in_scope(caller, Action::Create, kind).await?;
        match place(value).ok_or_else(no_place)? {
            Place::Split => self.enrol(caller, value).await,
            Place::In(compartment) => self.create_in(caller, value, compartment).await,
        }
    }

    async fn create_in(
        &self,
        caller: &Caller,
        value: &Value,
        compartment: Compartment,
    ) -> Result<Resource, RecordsError> {
        let none = Entries::new();
        let subject = match compartment {
            Compartment::Directory => Subject::Nobody,
            _ => {
                let subject = subject_of(self, caller, value, &none);
                self.heard(caller, Action::Create, subject).await?.ok_or_else(no_place)?
            }
        };
        let permit =
            self.permits.get(caller, Action::Create, subject, CompartmentSet::from(compartment)).await?;
        let mut resolver = Resolver::new(self, caller, subject, &none);
        let template = resolver.build(value, None);
        resolver.contained(value, true);
        resolver.finish(caller).await?;
        let record = RecordId::make(compartment, self.random.as_ref());
        let write = Write { record, change: Change::Create(documents::content(&template, value)) };
        let written = self.vault(compartment)?.write(caller.under(&permit), vec![write]).await?;
        let written = written.first().copied().ok_or(RecordsError::Unavailable)?;
        let id = self.ids.public(&permit, record)?.to_string();
        documents::written(self, &permit, id, written, Some(template))
    }
}

pub(crate) fn no_place() -> RecordsError {
    let reason = "this server keeps no resources of this type";
    RecordsError::Invalid(vec![Issue::new(IssueCode::NotSupported, reason)])
}
