//! Table `grants`: relations between actors and patients.

use tacenda_contracts::keystore::{Grant, GrantKind};
use tacenda_postgres::Database;

use crate::{error::StoreError, grant_seal::GivenGrant};

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
     insert into grants (patient, actor, kind, purpose, until_at, granted_by, granted_at, tag) \
     select patient, $2::uuid, $3::text, $4::text, $5::timestamptz, $6::uuid, $7::timestamptz, $8::bytea \
     from patients where patient = $1 and state <> 'erased' and $5 > $7";

/// Withdraws the grant that was in force and, unless the new one is over already, gives that, in one statement.
pub(crate) async fn replace(
    database: &Database,
    given: &GivenGrant,
    tag: &[u8; 32],
) -> Result<(), StoreError> {
    let number = given.patient.to_bytes();
    let Grant { kind, actor, purpose, until } = given.grant;
    let actor = actor.map(|actor| actor.0);
    database
        .lanes()
        .query(
            REPLACE,
            &[
                &number.as_slice(),
                &actor,
                &kind_name(kind),
                &purpose.code(),
                &until,
                &given.by.0,
                &given.at,
                &tag.as_slice(),
            ],
        )
        .await?;
    Ok(())
}
