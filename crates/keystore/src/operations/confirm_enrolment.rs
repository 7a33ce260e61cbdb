//! Making a saga's patients real.

use tacenda_contracts::keystore::{PermitError, SagaId};

use crate::{service::Keystore, store::patients};

/// Confirms. The ledger heard of the patient and of the relation when they were announced.
pub(crate) async fn confirm(keystore: &Keystore, saga: SagaId) -> Result<(), PermitError> {
    Ok(patients::confirm(&keystore.database, saga).await?)
}
