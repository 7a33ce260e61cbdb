//! Table `reset_requests`: resets of factors that one administrator asks for and another approves.

use jiff::Timestamp;
use tacenda_contracts::accounts::people::ResetRequest;
use tacenda_kernel::ActorId;
use tacenda_postgres::{DatabaseError, Transaction};
use tokio_postgres::Row;
use uuid::Uuid;

use super::{
    SealedDatabase,
    accounts::{self, AccountRow, COLUMNS, account_columns, account_from},
    held::Held,
    one,
};
use crate::{
    bindings::{Binding, Kind},
    row_seal::{Meaning, RowKey, not_of_the_account},
};

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

const OPEN: &str = concat!(
    "select ",
    account_columns!(),
    ", q.request, q.asked_by, q.asked_at, q.ends_at, q.seal from ",
    account_from!(),
    " join reset_requests q on q.account = a.account where q.decision is null and q.ends_at > $1 \
     order by q.asked_at, q.request"
);

/// Those that can be approved now, the oldest first.
pub(crate) async fn open(
    database: &SealedDatabase,
    now: Timestamp,
) -> Result<Vec<ResetRequest>, DatabaseError> {
    let rows = database.lanes().query(OPEN, &[&now]).await?;
    rows.iter().filter_map(|row| read(&database.key, row).transpose()).collect()
}

/// None for one that does not count for its account.
fn read(key: &RowKey, row: &Row) -> Result<Option<ResetRequest>, DatabaseError> {
    let Some(account) = accounts::read(key, row, 0)? else { return Ok(None) };
    read_own(key, row, COLUMNS, &account)
}

pub(crate) fn read_own(
    key: &RowKey,
    row: &Row,
    at: usize,
    account: &AccountRow,
) -> Result<Option<ResetRequest>, DatabaseError> {
    let request = ResetRequest {
        id: row.try_get(at)?,
        person: account.id,
        asked_by: ActorId(row.try_get(at + 1)?),
        asked_at: row.try_get(at + 2)?,
        ends_at: row.try_get(at + 3)?,
    };
    let seal: &[u8] = row.try_get(at + 4)?;
    if !key.believes(&meaning(&request), seal) {
        return Ok(None);
    }
    let counts = account.bindings.has(Kind::ResetRequest, seal);
    if !counts {
        not_of_the_account("reset_requests");
    }
    Ok(counts.then_some(request))
}

const ASK: &str = "insert into reset_requests (request, account, asked_by, asked_at, ends_at, seal) \
     values ($1, $2, $3, $4, $5, $6) on conflict (account) where decision is null do update \
     set request = excluded.request, asked_by = excluded.asked_by, asked_at = excluded.asked_at, \
     ends_at = excluded.ends_at, seal = excluded.seal";

/// Asks; an earlier request about the same account, in force or over, makes room.
pub(crate) async fn ask(
    transaction: &Transaction<'_>,
    key: &RowKey,
    held: &mut Held,
    new: &ResetRequest,
) -> Result<(), DatabaseError> {
    let ResetRequest { id, person, asked_by, asked_at, ends_at } = new;
    let seal = key.seal(&meaning(new));
    one(transaction.execute(ASK, &[id, &person.0, &asked_by.0, asked_at, ends_at, &seal]).await)?;
    held.release_all(|one| one.kind == Kind::ResetRequest);
    held.bind(Binding::until(Kind::ResetRequest, &seal, *ends_at));
    Ok(())
}

/// What was decided is never asked again: the account names it no more.
const DECIDE: &str = "update reset_requests set decision = $2, decided_by = $3, decided_at = $4, seal = '' \
     where request = $1 and decision is null and ends_at > $4";

/// Decides. False where it was decided before, replaced, or is over.
pub(crate) async fn decide(
    transaction: &Transaction<'_>,
    held: &mut Held,
    request: Uuid,
    decision: Decision,
    by: ActorId,
    now: Timestamp,
) -> Result<bool, DatabaseError> {
    let counted = held.release_all(|one| one.kind == Kind::ResetRequest) > 0;
    let decided = transaction.execute(DECIDE, &[&request, &decision.as_str(), &by.0, &now]).await? == 1;
    Ok(counted && decided)
}
