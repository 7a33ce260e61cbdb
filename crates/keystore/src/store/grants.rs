//! Table `grants`: relations between actors and patients.

use jiff::Timestamp;
use tacenda_contracts::keystore::{Grant, GrantKind};
use tacenda_kernel::{ActorId, Pseudonym, realms};
use tacenda_postgres::Database;

use crate::error::StoreError;

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

const REPLACE: &str = "with withdrawn as ( \
       update grants set withdrawn_at = $7 where patient = $1 and actor is not distinct from $2 and kind = $3 \
       and purpose = $4 and withdrawn_at is null) \
     insert into grants (patient, actor, kind, purpose, until_at, granted_by, granted_at) \
     select patient, $2::uuid, $3::text, $4::text, $5::timestamptz, $6::uuid, $7::timestamptz from patients \
     where patient = $1 and state <> 'erased' and $5 > $7";

/// Withdraws the grant that was in force and, unless the new one is over already, gives that, in one statement.
pub(crate) async fn replace(
    database: &Database,
    patient: Pseudonym<realms::Root>,
    grant: &Grant,
    by: ActorId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let number = patient.to_bytes();
    let actor = grant.actor.map(|actor| actor.0);
    database
        .lanes()
        .query(
            REPLACE,
            &[
                &number.as_slice(),
                &actor,
                &kind_name(grant.kind),
                &grant.purpose.code(),
                &grant.until,
                &by.0,
                &now,
            ],
        )
        .await?;
    Ok(())
}
