//! Table `patients`: who there is, and what is kept for them.

use jiff::Timestamp;
use tacenda_contracts::keystore::SagaId;
use tacenda_crypto::MacKey;
use tacenda_kernel::{Pseudonym, realms};
use tacenda_postgres::Database;

use super::{grants::kind_name, patient_keys::WrappedKey};
use crate::{
    error::StoreError,
    grant_seal::{GrantRow, GrantState, TaggedGrant, grant_columns},
    patient_seal::{PATIENT_COLUMNS, PatientRow, State, TaggedPatient, patient_columns},
    slot::KeySlot,
};

/// A patient with the keys that were asked for and are there.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) patient: TaggedPatient,
    pub(crate) keys: Vec<WrappedKey>,
}

impl Held {
    /// The key of a slot.
    pub(crate) fn key(&self, slot: KeySlot) -> Option<&WrappedKey> {
        self.keys.iter().find(|key| key.slot == slot)
    }
}

const HELD: &str = concat!(
    "select ",
    patient_columns!(),
    ", k.compartment, k.key_version, k.key_generation, k.wrapped \
     from patients p left join patient_keys k on k.patient = p.patient and k.compartment = any($2) \
     where p.patient = $1"
);

/// A patient and those of the keys of these slots that are of the newest generation; none where there is no such patient.
pub(crate) async fn held(
    database: &Database,
    patient: Pseudonym<realms::Root>,
    slots: &[KeySlot],
    key: &MacKey,
) -> Result<Option<Held>, StoreError> {
    let names: Vec<&str> = slots.iter().map(|slot| slot.as_str()).collect();
    let rows = database.lanes().query(HELD, &[&patient.to_bytes().as_slice(), &names]).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let patient = TaggedPatient::read(first, key).ok_or(StoreError::Altered("patients"))?;
    let keys = rows.iter().filter_map(|row| WrappedKey::read(row, PATIENT_COLUMNS));
    let keys = keys.filter(|key| key.generation == patient.row.generation).collect();
    Ok(Some(Held { patient, keys }))
}

/// INVARIANT: nothing is kept unless every compartment key that the patient's keys are wrapped under is still stored as
/// it was, and a statement that keeps less than it was told fails as a whole, by a division by zero.
const RESERVE: &str = "with keys as ( \
       select new.compartment, new.key_version, new.key_generation, new.wrapped \
       from unnest($9::text[], $10::int[], $11::int[], $12::bytea[], $13::bytea[]) \
         as new (compartment, key_version, key_generation, wrapped, under) \
       join compartment_keys c on c.compartment = new.compartment and c.key_version = new.key_version \
         and sha256(c.wrapped) = new.under), \
     reserved as ( \
       insert into patients \
         (patient, state, saga, enrolled_by, enrolled_for, enrolled_at, key_generation, tag) \
       values ($1, $2, $3, $4, $5, $6, $7, $8) returning patient, tag), \
     kept as ( \
       insert into patient_keys (patient, compartment, key_version, key_generation, wrapped) \
       select reserved.patient, keys.* from reserved, keys returning compartment, wrapped), \
     cared as ( \
       insert into grants \
         (grant_id, patient, actor, kind, purpose, until_at, granted_by, granted_at, state, tag) \
       select $14, reserved.patient, $4, $15, $5, $16, $4, $6, 'pending', $17 from reserved returning tag) \
     select 1 / (case when (select count(*) from reserved where tag = $8) = 1 \
       and (select count(*) from cared where tag = $17) = 1 \
       and (select count(*) from kept join keys using (compartment, wrapped)) = cardinality($9::text[]) \
       then 1 else 0 end)";

/// Keeps a new patient's number and wrapped keys, and the care relationship that whoever enrols gets once the patient
/// is there, in one statement.
pub(crate) async fn reserve(
    database: &Database,
    patient: (&PatientRow, Vec<u8>),
    care: (&GrantRow, Vec<u8>),
    keys: Vec<WrappedKey>,
    under: Vec<Vec<u8>>,
) -> Result<(), StoreError> {
    let ((patient, patient_tag), (care, care_tag)) = (patient, care);
    let slots: Vec<&str> = keys.iter().map(|key| key.slot.as_str()).collect();
    let versions: Vec<i32> = keys.iter().map(|key| key.version).collect();
    let generations: Vec<i32> = keys.iter().map(|key| key.generation.stored()).collect();
    let wrapped: Vec<Vec<u8>> = keys.into_iter().map(|key| key.wrapped).collect();
    let number = patient.patient.to_bytes();
    database
        .lanes()
        .query(
            RESERVE,
            &[
                &number.as_slice(),
                &patient.state.as_str(),
                &patient.saga,
                &patient.enrolled_by.0,
                &patient.enrolled_for,
                &patient.enrolled_at,
                &patient.generation.stored(),
                &patient_tag,
                &slots,
                &versions,
                &generations,
                &wrapped,
                &under,
                &care.id,
                &kind_name(care.grant.kind),
                &care.grant.until,
                &care_tag,
            ],
        )
        .await?;
    Ok(())
}

const RESERVED: &str = concat!(
    "select ",
    patient_columns!(),
    ", ",
    grant_columns!(),
    " from patients p left join grants g on g.patient = p.patient and g.state = 'pending' \
       and g.kind = 'care' and g.actor = p.enrolled_by \
     where p.saga = $1 and p.state = 'reserved'"
);

/// The patients that the saga has reserved, with the care relationship that is to be.
pub(crate) async fn reserved(
    database: &Database,
    saga: SagaId,
    patient_key: &MacKey,
    grant_key: &MacKey,
) -> Result<Vec<(TaggedPatient, TaggedGrant)>, StoreError> {
    let rows = database.lanes().query(RESERVED, &[&saga]).await?;
    let read = rows.iter().map(|row| {
        let patient = TaggedPatient::read(row, patient_key).ok_or(StoreError::Altered("patients"))?;
        let care = TaggedGrant::read(row, PATIENT_COLUMNS, grant_key).ok_or(StoreError::Altered("grants"))?;
        Ok((patient, care))
    });
    read.collect()
}

/// INVARIANT: a statement that changes fewer rows than it was told fails as a whole, by a division by zero.
const CONFIRM: &str = "with confirmed as ( \
       update patients p set state = 'active', tag = new.tag \
       from unnest($1::bytea[], $2::bytea[], $3::bytea[]) as new (patient, old, tag) \
       where p.patient = new.patient and p.tag = new.old returning p.tag = new.tag as done), \
     cared as ( \
       update grants g set state = 'given', tag = new.tag \
       from unnest($4::uuid[], $5::bytea[], $6::bytea[]) as new (grant_id, old, tag) \
       where g.grant_id = new.grant_id and g.tag = new.old returning g.tag = new.tag as done) \
     select 1 / (case when (select count(*) from confirmed where done) = cardinality($1::bytea[]) \
       and (select count(*) from cared where done) = cardinality($4::uuid[]) then 1 else 0 end)";

/// Makes reserved patients active and cared for, in one statement, each from the rows that were read.
///
/// CRASH: before the statement's commit the patients are still reserved and the saga confirms again; after it, nothing
/// is reserved and confirming again changes nothing.
pub(crate) async fn confirm(
    database: &Database,
    reserved: &[(TaggedPatient, TaggedGrant)],
    patient_key: &MacKey,
    grant_key: &MacKey,
) -> Result<(), StoreError> {
    let numbers: Vec<Vec<u8>> = reserved.iter().map(|(one, _)| one.row.patient.to_bytes().to_vec()).collect();
    let old: Vec<&[u8]> = reserved.iter().map(|(one, _)| one.tag.as_slice()).collect();
    let active =
        |one: &TaggedPatient| PatientRow { state: State::Active, ..one.row.clone() }.seal(patient_key);
    let new: Vec<Vec<u8>> = reserved.iter().map(|(one, _)| active(one)).collect();
    let grants: Vec<_> = reserved.iter().map(|(_, care)| care.row.id).collect();
    let old_care: Vec<&[u8]> = reserved.iter().map(|(_, care)| care.tag.as_slice()).collect();
    let given = |care: &TaggedGrant| care.row.now(GrantState::Given).seal(grant_key);
    let new_care: Vec<Vec<u8>> = reserved.iter().map(|(_, care)| given(care)).collect();
    tacenda_kernel::crash::at("patients-confirm");
    database.lanes().query(CONFIRM, &[&numbers, &old, &new, &grants, &old_care, &new_care]).await?;
    Ok(())
}

const BEGUN: &str =
    concat!("select ", patient_columns!(), " from patients p where p.saga = $1 and p.state = 'reserved'");

/// The patients that the saga has reserved; none for each whose row is not what was written.
pub(crate) async fn begun(
    database: &Database,
    saga: SagaId,
    key: &MacKey,
) -> Result<Vec<Option<TaggedPatient>>, StoreError> {
    let rows = database.lanes().query(BEGUN, &[&saga]).await?;
    Ok(rows.iter().map(|row| TaggedPatient::read(row, key)).collect())
}

const FORGET: &str = "delete from patients where saga = $1 and state = 'reserved'";
const LEFT: &str = "select exists (select from patients where saga = $1 and state = 'reserved')";

/// Deletes a saga's reserved patients with their keys and grants, and looks whether they are gone.
pub(crate) async fn forget(database: &Database, saga: SagaId) -> Result<(), StoreError> {
    database.lanes().query(FORGET, &[&saga]).await?;
    let left = database.lanes().query_opt(LEFT, &[&saga]).await?.ok_or(StoreError::Malformed)?;
    if left.try_get(0)? { Err(StoreError::NotWritten) } else { Ok(()) }
}

/// INVARIANT: the keys go only with the change of state, so that no active patient is ever without keys; and where fewer
/// keys go than there were, nothing is changed: the statement fails as a whole, by a division by zero.
const ERASE: &str = "with erased as ( \
       update patients set state = 'erased', erased_at = $3, tag = $4 where patient = $1 and tag = $2 \
       returning patient, tag), \
     destroyed as (delete from patient_keys where patient in (select patient from erased) returning compartment) \
     select 1 / (case when (select count(*) from erased where tag = $4) = 1 and (select count(*) from destroyed) = $5 \
       then 1 else 0 end)";

/// Destroys the keys of a patient, all `keys` of them, from the row that was read.
pub(crate) async fn erase(
    database: &Database,
    patient: &TaggedPatient,
    keys: i64,
    now: Timestamp,
    key: &MacKey,
) -> Result<(), StoreError> {
    let erased = PatientRow { state: State::Erased, erased_at: Some(now), ..patient.row.clone() };
    let number = patient.row.patient.to_bytes();
    let tag = erased.seal(key);
    database.lanes().query(ERASE, &[&number.as_slice(), &patient.tag, &now, &tag, &keys]).await?;
    Ok(())
}

const OVER: &str = "select p.patient from patients p where p.patient = any($1) and p.state <> 'erased' \
     union select k.patient from patient_keys k where k.patient = any($1)";

/// Those of these numbers that have keys, or a row that does not say that they were destroyed.
pub(crate) async fn with_keys_or_alive(
    database: &Database,
    patients: &[Pseudonym<realms::Root>],
) -> Result<Vec<Pseudonym<realms::Root>>, StoreError> {
    let numbers: Vec<Vec<u8>> = patients.iter().map(|patient| patient.to_bytes().to_vec()).collect();
    let rows = database.lanes().query(OVER, &[&numbers]).await?;
    let number = |row: &tokio_postgres::Row| {
        let number = <[u8; 16]>::try_from(row.try_get::<_, &[u8]>(0)?).map_err(|_| StoreError::Malformed)?;
        Ok(Pseudonym::from_bytes(number))
    };
    rows.iter().map(number).collect()
}
