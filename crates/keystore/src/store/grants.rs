//! Table `grants`: relations between actors and patients.

use jiff::Timestamp;
use tacenda_contracts::keystore::{Grant, GrantKind};
use tacenda_crypto::MacKey;
use tacenda_kernel::{Pseudonym, realms};
use tacenda_postgres::Database;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::{
    error::StoreError,
    grant_seal::{GrantRow, GrantState, TaggedGrant, grant_columns},
};

/// The name a kind is stored under.
pub(crate) const fn kind_name(kind: GrantKind) -> &'static str {
    match kind {
        GrantKind::Care => "care",
        GrantKind::Assignment => "assignment",
        GrantKind::StreamNeed => "stream-need",
        GrantKind::ResearchConsent => "research-consent",
    }
}

/// The kind with this name.
pub(crate) fn kind(name: &str) -> Result<GrantKind, StoreError> {
    match name {
        "care" => Ok(GrantKind::Care),
        "assignment" => Ok(GrantKind::Assignment),
        "stream-need" => Ok(GrantKind::StreamNeed),
        "research-consent" => Ok(GrantKind::ResearchConsent),
        _ => Err(StoreError::Malformed),
    }
}

const IN_FORCE: &str = concat!(
    "select ",
    grant_columns!(),
    " from grants g where g.patient = $1 and g.actor is not distinct from $2 and g.kind = $3 and g.purpose = $4 \
     and g.state = 'given'"
);

/// The grants in force for the same patient, actor, kind and purpose.
pub(crate) async fn in_force(
    database: &Database,
    patient: Pseudonym<realms::Root>,
    grant: &Grant,
    key: &MacKey,
) -> Result<Vec<TaggedGrant>, StoreError> {
    let actor = grant.actor.map(|actor| actor.0);
    let number = patient.to_bytes();
    let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
        [&number.as_slice(), &actor, &kind_name(grant.kind), &grant.purpose.code()];
    believed(&database.lanes().query(IN_FORCE, &parameters).await?, key)
}

const NUMBERED: &str = concat!(
    "select ",
    grant_columns!(),
    " from grants g where g.state <> 'withdrawn' and g.grant_id = any($1)"
);

/// Those of the grants with these numbers that are not withdrawn.
pub(crate) async fn numbered(
    database: &Database,
    ids: &[Uuid],
    key: &MacKey,
) -> Result<Vec<TaggedGrant>, StoreError> {
    believed(&database.lanes().query(NUMBERED, &[&ids]).await?, key)
}

const LEFT: &str = concat!(
    "select ",
    grant_columns!(),
    " from grants g join patients p using (patient) where g.state = 'pending' and g.granted_at < $1 \
     and p.state <> 'reserved' order by g.granted_at limit 1000"
);

/// Grants that were begun before that time and never given.
pub(crate) async fn left_pending(
    database: &Database,
    before: Timestamp,
    key: &MacKey,
) -> Result<Vec<TaggedGrant>, StoreError> {
    believed(&database.lanes().query(LEFT, &[&before]).await?, key)
}

/// Those of the rows that are what was written.
fn believed(rows: &[Row], key: &MacKey) -> Result<Vec<TaggedGrant>, StoreError> {
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        match TaggedGrant::read(row, 0, key) {
            Some(grant) => found.push(grant),
            None => tracing::error!("{}", StoreError::Altered("grants")),
        }
    }
    Ok(found)
}

const BEGIN: &str = "insert into grants \
       (grant_id, patient, actor, kind, purpose, until_at, granted_by, granted_at, state, tag) \
     select $1::uuid, patient, $3::uuid, $4::text, $5::text, $6::timestamptz, $7::uuid, $8::timestamptz, 'pending', \
       $9::bytea \
     from patients where patient = $2 and state <> 'erased' returning tag = $9";

/// Keeps a grant that gives nothing yet; false where the patient is not there.
pub(crate) async fn begin(database: &Database, grant: &GrantRow, key: &MacKey) -> Result<bool, StoreError> {
    let number = grant.patient.to_bytes();
    let Grant { kind, actor, purpose, until } = grant.grant;
    let actor = actor.map(|actor| actor.0);
    let row = database
        .lanes()
        .query_opt(
            BEGIN,
            &[
                &grant.id,
                &number.as_slice(),
                &actor,
                &kind_name(kind),
                &purpose.code(),
                &until,
                &grant.by.0,
                &grant.at,
                &grant.seal(key),
            ],
        )
        .await?;
    match row {
        None => Ok(false),
        Some(row) if row.try_get(0)? => Ok(true),
        Some(_) => Err(StoreError::NotWritten),
    }
}

/// INVARIANT: a statement that changes fewer rows than it was told fails as a whole, by a division by zero.
const CHANGE: &str = "with changed as ( \
       update grants g set state = new.state, withdrawn_at = new.withdrawn_at, tag = new.tag \
       from unnest($1::uuid[], $2::bytea[], $3::text[], $4::timestamptz[], $5::bytea[]) \
         as new (grant_id, old, state, withdrawn_at, tag) \
       where g.grant_id = new.grant_id and g.tag = new.old returning g.tag = new.tag as done) \
     select 1 / (case when count(*) = cardinality($1::uuid[]) then 1 else 0 end) from changed where done";

/// Brings grants to another stand, all or none, each from the row that was read.
pub(crate) async fn change(
    database: &Database,
    changes: &[(TaggedGrant, GrantState)],
    key: &MacKey,
) -> Result<(), StoreError> {
    let ids: Vec<Uuid> = changes.iter().map(|(grant, _)| grant.row.id).collect();
    let old: Vec<&[u8]> = changes.iter().map(|(grant, _)| grant.tag.as_slice()).collect();
    let states: Vec<&str> = changes.iter().map(|(_, state)| state.as_str()).collect();
    let withdrawn = |state: &GrantState| match state {
        GrantState::Withdrawn(at) => Some(*at),
        GrantState::Pending | GrantState::Given => None,
    };
    let withdrawn: Vec<Option<Timestamp>> = changes.iter().map(|(_, state)| withdrawn(state)).collect();
    let tags: Vec<Vec<u8>> = changes.iter().map(|(grant, state)| grant.row.now(*state).seal(key)).collect();
    let rows = database.lanes().query(CHANGE, &[&ids, &old, &states, &withdrawn, &tags]).await?;
    rows.first().map(drop).ok_or(StoreError::NotWritten)
}
