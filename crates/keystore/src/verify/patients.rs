//! Every patient's row with their keys.

use jiff::SignedDuration;
use tacenda_kernel::{Pseudonym, realms};
use tokio_postgres::Row;

use super::{Finding, Look, Named, VerifyError, recorded::Recorded};
use crate::{
    error::StoreError,
    patient_seal::{PATIENT_COLUMNS, PatientRow, State, TaggedPatient, patient_columns},
    slot::KeySlot,
    store::patient_keys::WrappedKey,
};

/// Rows that are read at a time.
const PAGE: i64 = 500;

/// A registration that is older is no longer under way.
const UNDER_WAY: SignedDuration = SignedDuration::from_mins(5);

const ROWS: &str = concat!(
    "select ",
    patient_columns!(),
    ", k.compartment, k.key_version, k.key_generation, k.wrapped \
     from (select * from patients where patient > $1 order by patient limit $2) p \
     left join patient_keys k on k.patient = p.patient order by p.patient"
);

const STRAY: &str = "select count(*) from patient_keys k \
     where not exists (select from patients p where p.patient = k.patient and p.key_generation = k.key_generation)";

/// A row that waits for the rest of the ledger.
pub(super) struct Seen {
    patient: Pseudonym<realms::Ledger>,
    state: State,
}

/// Reads every row, looks at its own seal and its keys, and marks in `recorded` who is there.
pub(super) async fn walk(look: &mut Look<'_>, recorded: &mut Recorded) -> Result<Vec<Seen>, VerifyError> {
    let (mut after, mut seen) = (Vec::<u8>::new(), Vec::new());
    loop {
        let page =
            look.parts.database.lanes().query(ROWS, &[&after, &PAGE]).await.map_err(StoreError::from)?;
        let Some(last) = page.last() else { break };
        after = last.try_get(0).map_err(StoreError::from)?;
        let mut rows = page.as_slice();
        while let Some(first) = rows.first() {
            let number: &[u8] = first.try_get(0).map_err(StoreError::from)?;
            let same =
                rows.iter().take_while(|row| row.try_get::<_, &[u8]>(0).is_ok_and(|one| one == number));
            let (of_one, rest) = rows.split_at(same.count().max(1));
            seen.extend(one(look, of_one, recorded));
            rows = rest;
        }
    }
    let stray = look.parts.database.lanes().query_opt(STRAY, &[]).await.map_err(StoreError::from)?;
    let stray: i64 = stray.ok_or(StoreError::Malformed)?.try_get(0).map_err(StoreError::from)?;
    if stray > 0 {
        look.findings.push(Finding::StrayKeys(stray.unsigned_abs()));
    }
    Ok(seen)
}

/// One patient's row, once for each key.
fn one(look: &mut Look<'_>, rows: &[Row], recorded: &mut Recorded) -> Option<Seen> {
    let first = rows.first()?;
    let number = first.try_get::<_, &[u8]>(0).ok().and_then(|number| <[u8; 16]>::try_from(number).ok());
    let named = number.map(|number| look.numbers.in_ledger(Pseudonym::from_bytes(number)));
    let Some(TaggedPatient { row, .. }) = TaggedPatient::read(first, &look.parts.master.patient_row_key())
    else {
        look.findings.push(Finding::PatientAltered(named.map(Named)));
        if let Some(known) = named.and_then(|named| recorded.patients.get_mut(&named.to_bytes())) {
            known.seen = true;
        }
        return None;
    };
    let patient = look.numbers.in_ledger(row.patient);
    recorded.patients.entry(patient.to_bytes()).or_default().seen = true;
    let keys: Vec<WrappedKey> =
        rows.iter().filter_map(|row| WrappedKey::read(row, PATIENT_COLUMNS)).collect();
    match row.state {
        State::Erased => {
            look.report.erased += 1;
            if !keys.is_empty() {
                look.findings.push(Finding::KeysOfErased(Named(patient)));
            }
        }
        State::Active | State::Reserved => {
            look.report.patients += u64::from(row.state == State::Active);
            keys_of(look, &row, &keys, Named(patient));
        }
    }
    let since = look.parts.now.duration_since(row.enrolled_at);
    if row.state == State::Reserved && since > UNDER_WAY {
        look.findings.push(Finding::PatientReserved(Named(patient)));
    }
    Some(Seen { patient, state: row.state })
}

/// One key for each slot, each of which opens.
fn keys_of(look: &mut Look<'_>, row: &PatientRow, keys: &[WrappedKey], patient: Named) {
    for slot in KeySlot::OF_A_PATIENT {
        let newest = keys.iter().find(|key| key.slot == slot && key.generation == row.generation);
        match newest {
            None => look.findings.push(Finding::PatientKeyMissing(patient, slot.as_str())),
            Some(key) if !look.keys.opens(row.patient, key) => {
                look.findings.push(Finding::PatientKeyDamaged(patient, slot.as_str()));
            }
            Some(_) => {}
        }
    }
}

/// Compares what the rows say with what is recorded, both ways.
pub(super) fn compare(seen: &[Seen], recorded: &Recorded, findings: &mut Vec<Finding>) {
    for Seen { patient, state } in seen {
        let (known, named) = (recorded.of_patient(*patient), Named(*patient));
        if !known.registered && *state != State::Reserved {
            findings.push(Finding::PatientNotRegistered(named));
        }
        match state {
            State::Erased if !known.erased => findings.push(Finding::ErasureNotRecorded(named)),
            State::Active | State::Reserved if known.erased => findings.push(Finding::ErasureUndone(named)),
            _ => {}
        }
    }
    let missing =
        recorded.patients.iter().filter(|(_, known)| known.early && !known.abandoned && !known.seen);
    findings
        .extend(missing.map(|(number, _)| Finding::PatientMissing(Named(Pseudonym::from_bytes(*number)))));
}
