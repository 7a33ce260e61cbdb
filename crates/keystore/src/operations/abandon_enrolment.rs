//! Forgetting a saga's patients.

use tacenda_contracts::{
    entry::{Entry, Event, Fact, Outcome},
    keystore::{PermitError, SagaId},
};
use tacenda_kernel::{Action, TraceId};

use crate::{patient_seal::TaggedPatient, service::Keystore, store::patients};

/// Abandons. What the ledger was told of the patient becomes unreadable with their keys, so it hears, about nobody,
/// that an enrolment failed; the saga is its trace.
pub(crate) async fn abandon(keystore: &Keystore, saga: SagaId) -> Result<(), PermitError> {
    let reserved = patients::begun(&keystore.database, saga, &keystore.patient_key).await?;
    if reserved.is_empty() {
        return Ok(());
    }
    let trace = TraceId(*saga.as_bytes());
    let mut entry = Entry::new(keystore.clock.now(), Event::Access(Action::Register), Outcome::Failed, trace)
        .because("enrolment-abandoned");
    let number = |patient: &TaggedPatient| keystore.numbers.in_ledger(patient.row.patient);
    entry.facts = reserved.iter().flatten().map(|one| Fact::RegistrationAbandoned(number(one))).collect();
    keystore.recorded(vec![keystore.seal_general(&entry)]).await?;
    Ok(patients::forget(&keystore.database, saga).await?)
}
