//! Changing and deleting a resource.

use serde_json::Value;
use tacenda_contracts::vault::{Change, VaultError, Write};
use tacenda_fhir::{Issue, IssueCode, Place, ResourceType, place};
use tacenda_kernel::{Action, Version};

use super::{change_patient, create_record::no_place};
use crate::{
    Caller, Records, RecordsError, Resource, documents,
    references::{Entries, Resolver, sees_contained},
};

impl Records {
    /// Gives a resource a new version; `expected` is the version that `If-Match` named.
    ///
    /// # Errors
    /// [`RecordsError::Conflict`] where the current version is another; nothing is written then.
    pub(crate) async fn update(
        &self,
        caller: &Caller,
        kind: ResourceType,
        id: &str,
        value: &Value,
        expected: Option<Version>,
    ) -> Result<Resource, RecordsError> {
        self.in_scope(caller, Action::Update, kind).await?;
        same_id(value, kind, id)?;
        let place = place(value).ok_or_else(no_place)?;
        let Place::In(compartment) = place else {
            return change_patient::update(self, caller, id, value, expected).await;
        };
        let (named, permit) = self.permit_for(caller, Action::Update, id).await?;
        if named.record.compartment() != compartment {
            let reason =
                "this change would move the resource to another compartment; create a new one instead";
            return Err(RecordsError::Invalid(vec![Issue::new(IssueCode::BusinessRule, reason)]));
        }
        let none = Entries::new();
        let mut resolver = Resolver::new(self, caller, named.subject, &none);
        let template = resolver.build(value, None);
        resolver.contained(value, sees_contained(&permit, compartment));
        resolver.finish(caller).await?;
        let change = Change::Update(documents::content(&template, value), expected);
        let write = Write { record: named.record, change };
        let written = self.vault(compartment)?.write(caller.under(&permit), vec![write]).await?;
        let written = written.first().copied().ok_or(RecordsError::Unavailable)?;
        documents::written(self, &permit, id.to_owned(), written, Some(template))
    }

    /// Deletes a resource; its versions stay. Deleting what is deleted changes nothing and succeeds.
    ///
    /// # Errors
    /// [`RecordsError::Conflict`] where the current version is not the expected one.
    pub(crate) async fn delete(
        &self,
        caller: &Caller,
        kind: ResourceType,
        id: &str,
        expected: Option<Version>,
    ) -> Result<(), RecordsError> {
        self.in_scope(caller, Action::Delete, kind).await?;
        if kind == ResourceType::Patient {
            return change_patient::delete(self, caller, id, expected).await;
        }
        let (named, permit) = self.permit_for(caller, Action::Delete, id).await?;
        let write = Write { record: named.record, change: Change::Delete { kind, expected } };
        match self.vault(named.record.compartment())?.write(caller.under(&permit), vec![write]).await {
            Ok(_) | Err(VaultError::Gone(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

fn same_id(value: &Value, kind: ResourceType, id: &str) -> Result<(), RecordsError> {
    if value.get("id").and_then(Value::as_str) == Some(id) {
        return Ok(());
    }
    let issue = Issue::new(IssueCode::Value, "the resource's id must be the one in the URL");
    Err(RecordsError::Invalid(vec![issue.at(format!("{kind}.id"))]))
}
