//! Making a saga's patients real.

use tacenda_contracts::keystore::{PermitError, SagaId};

use crate::{error::StoreError, service::Keystore, store::patients};

/// How often it is tried again where another instance confirms at the same time.
const TRIES: usize = 4;

/// Confirms. The ledger heard of the patient and of the relation when they were announced.
pub(crate) async fn confirm(keystore: &Keystore, saga: SagaId) -> Result<(), PermitError> {
    let (patients, grants) = (&keystore.patient_key, &keystore.grant_key);
    for _ in 0..TRIES {
        let reserved = patients::reserved(&keystore.database, saga, patients, grants).await?;
        if reserved.is_empty() {
            return Ok(());
        }
        match patients::confirm(&keystore.database, &reserved, patients, grants).await {
            Ok(()) => return Ok(()),
            Err(StoreError::NotWritten) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::NotWritten.into())
}
