//! Table `reset_requests`: resets of factors that one administrator asks for and another approves.

use jiff::Timestamp;
use tacenda_contracts::accounts::people::ResetRequest;
use tacenda_kernel::ActorId;
use tacenda_postgres::{DatabaseError, Transaction};
use uuid::Uuid;

use super::SealedDatabase;
use crate::row_seal::{Meaning, RowKey};

/// What was decided.
#[derive(Clone, Copy)]
pub(crate) enum Decision {
    Approved,
    Refused,
}

impl Decision {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Refused => "refused",
        }
    }
}

fn meaning(request: &ResetRequest) -> Meaning {
    let ResetRequest { id, person, asked_by, asked_at, ends_at } = request;
    Meaning::of("reset_requests").id(*id).id(person.0).id(asked_by.0).time(*asked_at).time(*ends_at)
}

const OPEN: &str = "select request, account, asked_by, asked_at, ends_at, seal from reset_requests \
     where decision is null and ends_at > $1 order by asked_at, request";

/// Those that can be approved now, the oldest first.
pub(crate) async fn open(
    database: &SealedDatabase,
    now: Timestamp,
) -> Result<Vec<ResetRequest>, DatabaseError> {
    let rows = database.lanes().query(OPEN, &[&now]).await?;
    let read = |row: &tokio_postgres::Row| {
        let request = ResetRequest {
            id: row.try_get(0)?,
            person: ActorId(row.try_get(1)?),
            asked_by: ActorId(row.try_get(2)?),
            asked_at: row.try_get(3)?,
            ends_at: row.try_get(4)?,
        };
        Ok(database.key.believes(&meaning(&request), row.try_get(5)?).then_some(request))
    };
    rows.iter().filter_map(|row| read(row).transpose()).collect()
}

const ASK: &str = "insert into reset_requests (request, account, asked_by, asked_at, ends_at, seal) \
     values ($1, $2, $3, $4, $5, $6) on conflict (account) where decision is null do update \
     set request = excluded.request, asked_by = excluded.asked_by, asked_at = excluded.asked_at, \
     ends_at = excluded.ends_at, seal = excluded.seal";

/// Asks; an earlier request about the same account, in force or over, makes room.
pub(crate) async fn ask(
    transaction: &Transaction<'_>,
    key: &RowKey,
    new: &ResetRequest,
) -> Result<(), DatabaseError> {
    let ResetRequest { id, person, asked_by, asked_at, ends_at } = new;
    transaction
        .execute(ASK, &[id, &person.0, &asked_by.0, asked_at, ends_at, &key.seal(&meaning(new))])
        .await?;
    Ok(())
}

/// What was decided is never asked again: the row loses its seal.
const DECIDE: &str = "update reset_requests set decision = $2, decided_by = $3, decided_at = $4, seal = '' \
     where request = $1 and decision is null and ends_at > $4";

/// Decides. False where it was decided before, replaced, or is over.
pub(crate) async fn decide(
    transaction: &Transaction<'_>,
    request: Uuid,
    decision: Decision,
    by: ActorId,
    now: Timestamp,
) -> Result<bool, DatabaseError> {
    Ok(transaction.execute(DECIDE, &[&request, &decision.as_str(), &by.0, &now]).await? == 1)
}
