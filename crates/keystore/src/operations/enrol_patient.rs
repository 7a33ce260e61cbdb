//! Reserving a new patient: a number, keys, and a permit to write their first records.

use std::sync::Arc;

use jiff::SignedDuration;
use tacenda_contracts::{
    entry::{Entry, Event, Fact, Outcome},
    keystore::{Grant, GrantKind, PermitError, PermitRequest, SagaId, Subject},
    permit::Permit,
};
use tacenda_crypto::KeyGeneration;
use tacenda_kernel::{Action, Actor, Pseudonym, realms};

use super::issue_permit::write;
use crate::{
    grant_seal::{GrantRow, GrantState},
    judge::No,
    numbers::Numbers,
    patient_seal::{PatientRow, State},
    ring::NewPatientKeys,
    service::Keystore,
    store::patients,
    whom::Whom,
};

/// How long the enrolling actor's care relationship lasts.
const CARE: SignedDuration = SignedDuration::from_hours(365 * 24);

/// Reserves a patient for `saga`.
///
/// The row comes first, so that whoever is announced is there; nobody else finds them before they are confirmed.
///
/// CRASH: a patient reserved and never confirmed is visible to nobody; the saga's log abandons them. So they are also
/// where the ledger cannot say whether it has them: it then hears that the registration was given up.
pub(crate) async fn enrol(
    keystore: &Keystore,
    request: &PermitRequest,
    saga: SagaId,
) -> Result<Arc<Permit>, PermitError> {
    let actor = keystore.identify(request).await?;
    if let Err(no) = may_enrol(keystore, &actor, request) {
        return Err(keystore.refuse(&actor, request, &Whom::Nobody, no).await);
    }
    let patient = Numbers::make(keystore.random.as_ref());
    let keys = keystore.ring.keys().make_patient_keys(patient, keystore.random.as_ref())?;
    let audit = keys.audit.clone();
    let opened = keystore.judge.writable_by_enroller(&actor, request);
    let permit = write(keystore, &actor, request, Some(patient), opened);
    let care = reserve(keystore, patient, &actor, request, saga, keys).await?;
    tacenda_kernel::crash::at("patient-reserved");
    let ledger = keystore.numbers.in_ledger(patient);
    let announced = announced(keystore, &actor, request, &permit, &care);
    let mut sealed: Vec<_> = announced.iter().map(|entry| keystore.seal_for(entry, &audit, ledger)).collect();
    let [registered, cared] = announced;
    let mut linked = registered.with(Fact::Registered(ledger));
    linked.facts.extend(cared.facts);
    sealed.push(keystore.seal_general(&linked));
    keystore.recorded(sealed).await?;
    tacenda_kernel::crash::at("patient-announced");
    Ok(permit)
}

fn may_enrol(keystore: &Keystore, actor: &Actor, request: &PermitRequest) -> Result<(), No> {
    let whole = request.action == Action::Register && request.subject == Subject::Nobody;
    if !whole {
        return Err(No { error: PermitError::NotFound, reason: "no-such-subject" });
    }
    keystore.judge.rule(actor, request, &Whom::Nobody).map(drop)
}

/// The enrolment, and the care relationship that the enrolling actor gets with it.
fn announced(
    keystore: &Keystore,
    actor: &Actor,
    request: &PermitRequest,
    permit: &Permit,
    care: &GrantRow,
) -> [Entry; 2] {
    let entry =
        Entry { permit: Some(permit.claims().id), ..keystore.entry_of(actor, request, Outcome::Allowed) };
    [entry.clone(), Entry { event: Event::GrantChanged, ..entry }.with(keystore.given(care))]
}

async fn reserve(
    keystore: &Keystore,
    patient: Pseudonym<realms::Root>,
    actor: &Actor,
    request: &PermitRequest,
    saga: SagaId,
    keys: NewPatientKeys,
) -> Result<GrantRow, PermitError> {
    let at = keystore.clock.now();
    let until = at.saturating_add(CARE).map_err(|_| PermitError::Unavailable)?;
    let grant = Grant { kind: GrantKind::Care, actor: Some(actor.id), purpose: request.purpose, until };
    let id = keystore.number();
    let care = GrantRow { id, patient, grant, by: actor.id, at, state: GrantState::Pending };
    let row = PatientRow {
        patient,
        state: State::Reserved,
        saga,
        enrolled_by: actor.id,
        enrolled_for: request.purpose.code().to_owned(),
        enrolled_at: at,
        generation: KeyGeneration::FIRST,
        erased_at: None,
    };
    let tags = (row.seal(&keystore.patient_key), care.seal(&keystore.grant_key));
    let NewPatientKeys { wrapped, under, .. } = keys;
    patients::reserve(&keystore.database, (&row, tags.0), (&care, tags.1), wrapped, under).await?;
    Ok(care)
}
