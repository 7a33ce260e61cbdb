//! Table `patients`: who there is, and in which relation the caller stands to them.

use std::collections::{HashMap, hash_map::Entry};

use jiff::Timestamp;
use tacenda_contracts::keystore::{Grant, GrantKind, SagaId};
use tacenda_crypto::MacKey;
use tacenda_kernel::{ActorId, Pseudonym, Purpose, realms};
use tacenda_postgres::Database;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{grants, patient_keys::WrappedKey};
use crate::{error::StoreError, grant_seal::GivenGrant, slot::KeySlot};

/// A patient as a permit needs them.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    /// Whether the patient's keys were destroyed.
    pub(crate) erased: bool,
    /// The patient's audit key; none once it was destroyed.
    pub(crate) audit: Option<WrappedKey>,
    /// The grants the caller has now.
    pub(crate) grants: Vec<GrantKind>,
}

/// Reserved patients exist for nobody.
const STANDINGS: &str = "select p.patient, p.state = 'erased', k.key_version, k.wrapped, \
       g.kind, g.actor, g.until_at, g.granted_by, g.granted_at, g.tag \
     from patients p left join patient_keys k on k.patient = p.patient and k.compartment = 'ledger' \
     left join grants g on g.patient = p.patient and (g.actor = $2 or g.actor is null) \
       and g.purpose = $3 and g.withdrawn_at is null and g.until_at > $4 \
     where p.patient = any($1) and p.state <> 'reserved'";

/// Who asks, why and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asking {
    pub(crate) actor: ActorId,
    pub(crate) purpose: Purpose,
    pub(crate) now: Timestamp,
}

/// Those of `patients` that exist, with the caller's relations to them, in one round trip. A grant whose tag is not
/// its own gives nothing.
pub(crate) async fn standings(
    database: &Database,
    patients: &[Pseudonym<realms::Root>],
    asking: Asking,
    key: &MacKey,
) -> Result<HashMap<Pseudonym<realms::Root>, Standing>, StoreError> {
    let Asking { actor, purpose, now } = asking;
    let numbers: Vec<Vec<u8>> = patients.iter().map(|patient| patient.to_bytes().to_vec()).collect();
    let rows = database.lanes().query(STANDINGS, &[&numbers, &actor.0, &purpose.code(), &now]).await?;
    let mut found: HashMap<_, Standing> = HashMap::with_capacity(patients.len());
    for row in &rows {
        let patient = number(row)?;
        let grant = granted(row, patient, purpose, key)?;
        let standing = match found.entry(patient) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(standing(row)?),
        };
        standing.grants.extend(grant);
    }
    Ok(found)
}

fn standing(row: &Row) -> Result<Standing, StoreError> {
    let version: Option<i32> = row.try_get(2)?;
    let wrapped: Option<Vec<u8>> = row.try_get(3)?;
    let audit =
        version.zip(wrapped).map(|(version, wrapped)| WrappedKey { slot: KeySlot::Ledger, version, wrapped });
    Ok(Standing { erased: row.try_get(1)?, audit, grants: Vec::new() })
}

/// The grant of a row, if it has one and it is believed.
fn granted(
    row: &Row,
    patient: Pseudonym<realms::Root>,
    purpose: Purpose,
    key: &MacKey,
) -> Result<Option<GrantKind>, StoreError> {
    let Some(kind) = row.try_get::<_, Option<&str>>(4)? else { return Ok(None) };
    let kind = grants::kind(kind)?;
    let actor: Option<Uuid> = row.try_get(5)?;
    let grant = Grant { kind, actor: actor.map(ActorId), purpose, until: row.try_get(6)? };
    let given = GivenGrant { patient, grant, by: ActorId(row.try_get(7)?), at: row.try_get(8)? };
    if given.is_sealed_by(key, row.try_get(9)?) {
        return Ok(Some(kind));
    }
    tracing::error!("a stored grant is not what was given: it was made or altered in the database");
    Ok(None)
}

const RELATED: &str = "select distinct p.patient from grants g join patients p using (patient) \
     where g.actor = $1 and g.purpose = $2 and g.withdrawn_at is null and g.until_at > $3 and p.state = 'active' \
     limit 1000";

/// The patients to whom the actor has a grant of their own in force.
pub(crate) async fn related(
    database: &Database,
    actor: ActorId,
    purpose: Purpose,
    now: Timestamp,
) -> Result<Vec<Pseudonym<realms::Root>>, StoreError> {
    let rows = database.lanes().query(RELATED, &[&actor.0, &purpose.code(), &now]).await?;
    rows.iter().map(number).collect()
}

fn number(row: &Row) -> Result<Pseudonym<realms::Root>, StoreError> {
    let number = <[u8; 16]>::try_from(row.try_get::<_, &[u8]>(0)?).map_err(|_| StoreError::Malformed)?;
    Ok(Pseudonym::from_bytes(number))
}

const RESERVE: &str = "with reserved as ( \
       insert into patients (patient, state, saga, enrolled_by, enrolled_for, enrolled_at, care_until_at, care_tag) \
       values ($1, 'reserved', $2, $3, $4, $5, $6, $7) returning patient) \
     insert into patient_keys (patient, compartment, key_version, wrapped) \
     select reserved.patient, new.compartment, new.key_version, new.wrapped \
     from reserved, unnest($8::text[], $9::int[], $10::bytea[]) as new (compartment, key_version, wrapped)";

/// Keeps a new patient's number and wrapped keys, and the care relationship that whoever enrols gets with it, in one
/// statement.
pub(crate) async fn reserve(
    database: &Database,
    saga: SagaId,
    care: &GivenGrant,
    tag: &[u8; 32],
    keys: Vec<WrappedKey>,
) -> Result<(), StoreError> {
    let slots: Vec<&str> = keys.iter().map(|key| key.slot.as_str()).collect();
    let versions: Vec<i32> = keys.iter().map(|key| key.version).collect();
    let wrapped: Vec<Vec<u8>> = keys.into_iter().map(|key| key.wrapped).collect();
    let number = care.patient.to_bytes();
    database
        .lanes()
        .query(
            RESERVE,
            &[
                &number.as_slice(),
                &saga,
                &care.by.0,
                &care.grant.purpose.code(),
                &care.at,
                &care.grant.until,
                &tag.as_slice(),
                &slots,
                &versions,
                &wrapped,
            ],
        )
        .await?;
    Ok(())
}

/// INVARIANT: the relationship is the one that was tagged when the patient was reserved, word for word.
const CONFIRM: &str = "with confirmed as ( \
       update patients set state = 'active' where saga = $1 and state = 'reserved' \
       returning patient, enrolled_by, enrolled_for, enrolled_at, care_until_at, care_tag) \
     insert into grants (patient, actor, kind, purpose, until_at, granted_by, granted_at, tag) \
     select patient, enrolled_by, 'care', enrolled_for, care_until_at, enrolled_by, enrolled_at, care_tag \
     from confirmed where care_tag is not null";

/// Makes a saga's reserved patients active and cared for, in one statement.
///
/// CRASH: before the statement's commit the patients are still reserved and the saga confirms again; after it, nothing
/// is reserved and confirming again changes nothing.
pub(crate) async fn confirm(database: &Database, saga: SagaId) -> Result<(), StoreError> {
    database.lanes().query(CONFIRM, &[&saga]).await?;
    Ok(())
}

const RESERVED: &str = "select count(*) from patients where saga = $1 and state = 'reserved'";

/// How many patients the saga has reserved.
pub(crate) async fn reserved(database: &Database, saga: SagaId) -> Result<i64, StoreError> {
    let rows = database.lanes().query(RESERVED, &[&saga]).await?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or(0))
}

const FORGET: &str = "delete from patients where saga = $1 and state = 'reserved'";

/// Deletes a saga's reserved patients with their keys and grants.
pub(crate) async fn forget(database: &Database, saga: SagaId) -> Result<(), StoreError> {
    database.lanes().query(FORGET, &[&saga]).await?;
    Ok(())
}

/// The keys go only with the change of state, so that no active patient is ever without keys.
const ERASE: &str = "with erased as ( \
       update patients set state = 'erased', erased_at = $2 where patient = $1 and state = 'active' \
       returning patient), \
     destroyed as (delete from patient_keys where patient in (select patient from erased)) \
     select patient from erased";

/// Destroys a patient's keys; false where they were destroyed before.
pub(crate) async fn erase(
    database: &Database,
    patient: Pseudonym<realms::Root>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let rows = database.lanes().query(ERASE, &[&patient.to_bytes().as_slice(), &now]).await?;
    Ok(!rows.is_empty())
}
