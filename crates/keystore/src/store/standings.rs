//! In which relation a caller stands to patients: what a permit is decided by, in one round trip.

use std::collections::{HashMap, hash_map::Entry};

use jiff::Timestamp;
use tacenda_contracts::keystore::GrantKind;
use tacenda_crypto::MacKey;
use tacenda_kernel::{ActorId, Pseudonym, Purpose, realms};
use tacenda_postgres::Database;
use tokio_postgres::Row;
use uuid::Uuid;

use super::patient_keys::WrappedKey;
use crate::{
    error::StoreError,
    grant_seal::{GrantState, TaggedGrant, grant_columns},
    patient_seal::{PATIENT_COLUMNS, State, TaggedPatient, patient_columns},
};

/// A patient as a permit needs them.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    /// What the patient's row says; none where it is not what was written.
    pub(crate) state: Option<State>,
    /// The patient's audit key; none once it was destroyed.
    pub(crate) audit: Option<WrappedKey>,
    /// The grants the caller has now, by their numbers.
    pub(crate) grants: Vec<(Uuid, GrantKind)>,
}

const STANDINGS: &str = concat!(
    "select ",
    patient_columns!(),
    ", k.compartment, k.key_version, k.key_generation, k.wrapped, ",
    grant_columns!(),
    " from patients p left join patient_keys k \
       on k.patient = p.patient and k.compartment = 'ledger' and k.key_generation = p.key_generation \
     left join grants g on g.patient = p.patient and (g.actor = $2 or g.actor is null) \
       and g.purpose = $3 and g.state = 'given' and g.until_at > $4 \
     where p.patient = any($1)"
);

/// The columns before the grant's.
const BEFORE_GRANT: usize = PATIENT_COLUMNS + 4;

/// Who asks, why and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asking {
    pub(crate) actor: ActorId,
    pub(crate) purpose: Purpose,
    pub(crate) now: Timestamp,
}

/// What rows are believed by.
#[derive(Clone, Copy)]
pub(crate) struct RowKeys<'a> {
    pub(crate) patients: &'a MacKey,
    pub(crate) grants: &'a MacKey,
}

/// Those of `patients` that exist and are not reserved, with the caller's relations to them. A row whose tag is not its
/// own gives nothing.
pub(crate) async fn standings(
    database: &Database,
    patients: &[Pseudonym<realms::Root>],
    asking: Asking,
    keys: RowKeys<'_>,
) -> Result<HashMap<Pseudonym<realms::Root>, Standing>, StoreError> {
    let Asking { actor, purpose, now } = asking;
    let numbers: Vec<Vec<u8>> = patients.iter().map(|patient| patient.to_bytes().to_vec()).collect();
    let rows = database.lanes().query(STANDINGS, &[&numbers, &actor.0, &purpose.code(), &now]).await?;
    let mut found: HashMap<_, Standing> = HashMap::with_capacity(patients.len());
    for row in &rows {
        let standing = match found.entry(number(row)?) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(standing(row, keys.patients)),
        };
        standing.grants.extend(granted(row, asking, keys.grants));
    }
    found.retain(|_, standing| standing.state != Some(State::Reserved));
    Ok(found)
}

fn standing(row: &Row, key: &MacKey) -> Standing {
    let state = TaggedPatient::read(row, key).map(|patient| patient.row.state);
    if state.is_none() {
        tracing::error!("{}", StoreError::Altered("patients"));
    }
    Standing { state, audit: WrappedKey::read(row, PATIENT_COLUMNS), grants: Vec::new() }
}

/// The grant of a row, if it has one and it is believed.
///
/// SECURITY: what the statement asked for is asked again of the row that was believed, since only that is under a tag.
fn granted(row: &Row, asking: Asking, key: &MacKey) -> Option<(Uuid, GrantKind)> {
    row.try_get::<_, Option<Uuid>>(BEFORE_GRANT).ok().flatten()?;
    let Some(TaggedGrant { row: grant, .. }) = TaggedGrant::read(row, BEFORE_GRANT, key) else {
        tracing::error!("{}", StoreError::Altered("grants"));
        return None;
    };
    let fits = grant.state == GrantState::Given
        && number(row).is_ok_and(|patient| patient == grant.patient)
        && grant.grant.actor.is_none_or(|actor| actor == asking.actor)
        && grant.grant.purpose == asking.purpose
        && grant.grant.until > asking.now;
    fits.then_some((grant.id, grant.grant.kind))
}

const RELATED: &str = "select distinct p.patient from grants g join patients p using (patient) \
     where g.actor = $1 and g.purpose = $2 and g.state = 'given' and g.until_at > $3 and p.state = 'active' \
     limit 1000";

/// The patients to whom the actor has a grant of their own in force. No row is looked at closely: each patient still
/// needs a permit.
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
