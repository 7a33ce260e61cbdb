//! Forgetting a saga's patients.

use tacenda_contracts::{
    entry::{Entry, Event, Outcome},
    keystore::{PermitError, SagaId},
};
use tacenda_kernel::{Action, TraceId};

use crate::{service::Keystore, store::patients};

/// Abandons. What the ledger was told of the patient becomes unreadable with their keys, so it hears, about nobody,
/// that an enrolment failed; the saga is its trace.
pub(crate) async fn abandon(keystore: &Keystore, saga: SagaId) -> Result<(), PermitError> {
    let (patients, grants) = (&keystore.patient_key, &keystore.grant_key);
    if patients::reserved(&keystore.database, saga, patients, grants).await?.is_empty() {
        return Ok(());
    }
    let trace = TraceId(*saga.as_bytes());
    let entry = Entry::new(keystore.clock.now(), Event::Access(Action::Register), Outcome::Failed, trace)
        .because("enrolment-abandoned");
    keystore.recorded(vec![keystore.seal_general(&entry)]).await?;
    Ok(patients::forget(&keystore.database, saga).await?)
}
