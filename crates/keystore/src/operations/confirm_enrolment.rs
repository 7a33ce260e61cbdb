//! Making a saga's patients real.

use jiff::SignedDuration;
use tacenda_contracts::keystore::{PermitError, SagaId};

use crate::{service::Keystore, store::patients};

/// How long the enrolling actor's care relationship lasts.
const CARE: SignedDuration = SignedDuration::from_hours(365 * 24);

/// Confirms. The ledger heard of the patient and of the relation when they were announced.
pub(crate) async fn confirm(keystore: &Keystore, saga: SagaId) -> Result<(), PermitError> {
    let now = keystore.clock.now();
    let until = now.saturating_add(CARE).map_err(|_| PermitError::Unavailable)?;
    Ok(patients::confirm(&keystore.database, saga, now, until).await?)
}
