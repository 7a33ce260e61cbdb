//! Changing a part of a resource: it is read, patched and written as an update of exactly what was read.
//!
//! SECURITY: a patch asks questions, since `test` says what is there and a path says whether something is. So it needs a
//! permit to read beside the one to update, and is done to what the caller may see; what they may not see stays as it is.

use serde_json::Value;
use tacenda_fhir::{JsonPatch, Limits, ResourceType, read_resource};
use tacenda_kernel::{Action, Version};

use super::{change_patient, read_patient};
use crate::{Caller, Records, RecordsError};

impl Records {
    /// What a patch makes of a resource, and the version that was read for it; `expected` is the version that `If-Match` named.
    /// Nothing is written.
    ///
    /// # Errors
    /// [`RecordsError::Conflict`] where the current version is another; as for [`Records::update`] where what the patch makes
    /// is not valid.
    pub(crate) async fn patched(
        &self,
        caller: &Caller,
        kind: ResourceType,
        id: &str,
        patch: &JsonPatch,
        expected: Option<Version>,
        limits: &Limits,
    ) -> Result<(Value, Version), RecordsError> {
        self.may_update(caller, kind, id).await?;
        // Whatever becomes of the patch says something of what was read: that is never taken back.
        let current = self.read(&caller.for_a_part(), kind, id, None).await?;
        if expected.is_some_and(|expected| expected != current.version) {
            return Err(RecordsError::Conflict);
        }
        let body = current.body.ok_or(RecordsError::NotFound)?;
        // EXPOSE: it was disclosed to this caller, whose patch is done to it.
        let mut value = serde_json::from_slice(body.expose()).map_err(|_| RecordsError::Damaged)?;
        patch.apply(&mut value, limits).map_err(|issue| RecordsError::Invalid(vec![issue]))?;
        let text = value.to_string();
        let value = read_resource(text.as_bytes(), limits).map_err(RecordsError::Invalid)?;
        Ok((value, current.version))
    }

    /// Refuses whoever may not update the resource, before it is read for them.
    pub(super) async fn may_update(
        &self,
        caller: &Caller,
        kind: ResourceType,
        id: &str,
    ) -> Result<(), RecordsError> {
        self.in_scope(caller, Action::Update, kind).await?;
        if kind == ResourceType::Patient {
            change_patient::whole(read_patient::permit(self, caller, Action::Update, id).await?)?;
        } else {
            self.permit_for(caller, Action::Update, id).await?;
        }
        Ok(())
    }
}
