//! Erasing a patient: their keys are destroyed, and with them everything sealed under these keys.

use tacenda_contracts::keystore::ErasureCertificate;
use tacenda_kernel::{Action, Compartment};

use crate::{Caller, Records, RecordsError, ids::Ids};

impl Records {
    /// Destroys the patient's keys in every compartment, and answers with a signed certificate.
    ///
    /// # Errors
    /// [`RecordsError`]; nothing is destroyed then.
    pub async fn erase(&self, caller: &Caller, id: &str) -> Result<ErasureCertificate, RecordsError> {
        let subject = match Ids::patient(id) {
            Ok(subject) => subject,
            Err(error) => return Err(self.refused(caller, Action::Erase, error).await),
        };
        let everywhere = Compartment::OF_A_PATIENT.into_iter().collect();
        let permit = self.permits.get(caller, Action::Erase, subject, everywhere).await?;
        let certificate = self.keystore.erase(&permit).await?;
        self.permits.forget();
        Ok(certificate)
    }
}
