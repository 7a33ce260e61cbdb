//! Giving somebody a relation to a patient.

use tacenda_contracts::keystore::Grant;
use tacenda_kernel::{Action, Compartment, CompartmentSet, Pseudonym, realms};

use crate::{Caller, Records, RecordsError, ids::Ids};

impl Records {
    /// Gives a relation to the patient with that id.
    ///
    /// # Errors
    /// [`RecordsError`]; nothing is given then.
    pub async fn grant(&self, caller: &Caller, id: &str, grant: Grant) -> Result<(), RecordsError> {
        let permit = self.permit_to_identity(caller, id).await?;
        Ok(self.keystore.grant(&permit, grant).await?)
    }

    /// The number by which the account of the patient with that id finds them.
    ///
    /// # Errors
    /// [`RecordsError`] where the caller may not change this patient.
    pub async fn account_of(
        &self,
        caller: &Caller,
        id: &str,
    ) -> Result<Pseudonym<realms::Account>, RecordsError> {
        let permit = self.permit_to_identity(caller, id).await?;
        Ok(self.keystore.account_of(&permit).await?)
    }

    async fn permit_to_identity(
        &self,
        caller: &Caller,
        id: &str,
    ) -> Result<std::sync::Arc<tacenda_contracts::permit::Permit>, RecordsError> {
        let subject = Ids::patient(id)?;
        let identity = CompartmentSet::from(Compartment::Identity);
        self.permits.get(caller, Action::Update, subject, identity).await
    }
}
