//! Going back: what an earlier version held becomes the current one, as a new version.
//!
//! What is restored is read for the caller first, so it needs a permit to read beside the one to update. What the caller
//! does not see of the record stays as it is.

use std::sync::Arc;

use serde_json::Value;
use tacenda_contracts::{
    permit::Permit,
    vault::{Change, Content, Disclosed, Write},
};
use tacenda_fhir::{Issue, IssueCode, ResourceType, Template};
use tacenda_kernel::{Action, RecordId, Version};

use super::{change_patient, read_patient};
use crate::{Caller, Records, RecordsError, Resource, documents};

impl Records {
    /// Makes an earlier version of a resource the current one; `expected` is the version that `If-Match` named. A resource
    /// that was deleted is there again.
    ///
    /// # Errors
    /// [`RecordsError::Conflict`] where the current version is another than the expected one; nothing is written then.
    pub async fn restore(
        &self,
        caller: &Caller,
        kind: ResourceType,
        id: &str,
        version: Version,
        expected: Option<Version>,
    ) -> Result<Resource, RecordsError> {
        let restored = self.restore_for(caller, kind, id, version, expected).await;
        self.answered(caller, restored).await
    }

    async fn restore_for(
        &self,
        caller: &Caller,
        kind: ResourceType,
        id: &str,
        version: Version,
        expected: Option<Version>,
    ) -> Result<Resource, RecordsError> {
        self.in_scope(caller, Action::Read, kind).await?;
        self.may_update(caller, kind, id).await?;
        if kind == ResourceType::Patient {
            return self.restore_patient(caller, id, version, expected).await;
        }
        let (named, reading) = self.permit_for(caller, Action::Read, id).await?;
        let was = self.held(caller, &reading, named.record, version, kind).await?;
        let (template, content) = self.again(&reading, &was)?;
        let (_, permit) = self.permit_for(caller, Action::Update, id).await?;
        let write = Write { record: named.record, change: Change::Restore(content, expected) };
        let vault = self.vault(named.record.compartment())?;
        let written = vault.write(caller.under(&permit), vec![write]).await?;
        let written = written.first().copied().ok_or(RecordsError::Unavailable)?;
        documents::written(self, &permit, id.to_owned(), written, Some(template))
    }

    async fn restore_patient(
        &self,
        caller: &Caller,
        id: &str,
        version: Version,
        expected: Option<Version>,
    ) -> Result<Resource, RecordsError> {
        let reading = change_patient::whole(read_patient::permit(self, caller, Action::Read, id).await?)?;
        let mut templates = Vec::new();
        let mut changes = Vec::new();
        for half in read_patient::halves(&reading) {
            let was = self.held(caller, &reading, half, version, ResourceType::Patient).await?;
            let (template, content) = self.again(&reading, &was)?;
            templates.push(template);
            changes.push(Change::Restore(content, expected));
        }
        let permit = change_patient::whole(read_patient::permit(self, caller, Action::Update, id).await?)?;
        let changes = changes.try_into().map_err(|_| RecordsError::Forbidden)?;
        let written = change_patient::change(self, caller.under(&permit), changes).await?;
        let whole = Template::join(templates.first(), templates.get(1));
        documents::written(self, &permit, id.to_owned(), written, whole)
    }

    /// What a version held.
    async fn held(
        &self,
        caller: &Caller,
        reading: &Arc<Permit>,
        record: RecordId,
        version: Version,
        kind: ResourceType,
    ) -> Result<Disclosed, RecordsError> {
        let asked = caller.under(reading).of_type(kind);
        let read = self.vault(record.compartment())?.read(asked, record, Some(version)).await;
        read.map_err(|error| match RecordsError::from(error) {
            RecordsError::Gone(Some(_)) => {
                let reason = "that version says that the resource is deleted: restore one before it";
                let issue = Issue::new(IssueCode::BusinessRule, reason);
                RecordsError::Invalid(vec![issue.at("Parameters.parameter[0].value")])
            }
            error => error,
        })
    }

    /// The same document and what it can be found by, to be written once more.
    fn again(&self, reading: &Permit, was: &Disclosed) -> Result<(Template, Content), RecordsError> {
        let document = was.document.as_ref().ok_or(RecordsError::NotFound)?;
        // EXPOSE: it was disclosed to this caller, who writes it again.
        let template = Template::from_shared(document.expose()).map_err(|_| RecordsError::Damaged)?;
        let body = documents::disclosed(self, reading, was)?.body.ok_or(RecordsError::NotFound)?;
        // EXPOSE: only terms to find it by are made of it.
        let value: Value = serde_json::from_slice(body.expose()).map_err(|_| RecordsError::Damaged)?;
        let content = documents::content(&template, &value);
        Ok((template, content))
    }
}
