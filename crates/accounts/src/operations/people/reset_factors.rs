//! Removes the second factors of somebody who lost them.
//!
//! SECURITY: whoever resets the factors of an account and knows its password has the account. So for people who decide
//! over others it takes two administrators: one asks, another approves; neither may be the person. The database holds
//! the same (`reset_requests_approved_by_another` and its neighbours).

use jiff::{SignedDuration, Timestamp};
use tacenda_contracts::accounts::people::{Reset, ResetRequest};
use tacenda_kernel::{ActorId, Role, TraceId};
use uuid::Uuid;

use crate::{
    account::{AccountKind, Author},
    error::ChangeError,
    limits::is_privileged,
    notices::NoticeKind,
    operations::{
        change_account::{Change, LATELY, Step},
        issue_token::random_uuid,
    },
    sealing::Profile,
    service::Accounts,
    store::{
        accounts::AccountRow,
        reset_requests::{self, Decision},
    },
};

/// How long a request can be approved.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(24);

/// Removes every second factor, or asks another administrator for that.
pub(crate) async fn reset_factors(
    accounts: &Accounts,
    author: &Author,
    person: ActorId,
    trace: TraceId,
) -> Result<Reset, ChangeError> {
    let change = Change::authorise(accounts, author, person, trace).await?;
    let row = change.existing().await?;
    if row.kind != AccountKind::Person {
        return Err(ChangeError::Invalid("account"));
    }
    let now = change.now();
    if matches!(author, Author::Administrator(_)) && privileged_lately(&row, now) {
        let ends_at = now.saturating_add(GOOD_FOR).unwrap_or(now);
        let request =
            ResetRequest { id: random_uuid(accounts), person, asked_by: author.id(), asked_at: now, ends_at };
        change.commit(&[Step::AskReset(request.clone())]).await?;
        return Ok(Reset::Asked(request));
    }
    change.commit(&removal(accounts, &change, &row)?).await?;
    Ok(Reset::Done)
}

/// SECURITY: otherwise one administrator would take the role, or let it end, reset the factors, and give the role back.
fn privileged_lately(row: &AccountRow, now: Timestamp) -> bool {
    let then = now.saturating_sub(LATELY).unwrap_or(Timestamp::MIN);
    let held = row.roles_in_force(then);
    let taken = Role::ALL.into_iter().filter(|role| row.bindings.was_taken(*role, now));
    held.into_iter().chain(taken).any(is_privileged)
}

/// Does what another administrator asked for.
pub(crate) async fn approve(
    accounts: &Accounts,
    author: &Author,
    request: Uuid,
    trace: TraceId,
) -> Result<(), ChangeError> {
    let (change, request) = open_request(accounts, author, request, trace).await?;
    if request.asked_by == author.id() {
        return Err(change.refuse("own-request").await);
    }
    let row = change.existing().await?;
    let mut steps = vec![Step::DecideReset(request.id, Decision::Approved)];
    steps.extend(removal(accounts, &change, &row)?);
    change.commit(&steps).await
}

/// Takes a request back, or turns it down.
pub(crate) async fn refuse(
    accounts: &Accounts,
    author: &Author,
    request: Uuid,
    trace: TraceId,
) -> Result<(), ChangeError> {
    let (change, request) = open_request(accounts, author, request, trace).await?;
    change.commit(&[Step::DecideReset(request.id, Decision::Refused)]).await
}

async fn open_request<'a>(
    accounts: &'a Accounts,
    author: &'a Author,
    request: Uuid,
    trace: TraceId,
) -> Result<(Change<'a>, ResetRequest), ChangeError> {
    let now = accounts.clock.now();
    let found = reset_requests::open(&accounts.database, now).await?;
    let found = found.into_iter().find(|open| open.id == request);
    // Who is no administrator learns nothing, not even whether there is such a request.
    let person = found.as_ref().map_or(ActorId(request), |request| request.person);
    let change = Change::authorise(accounts, author, person, trace).await?;
    Ok((change, found.ok_or(ChangeError::NotFound)?))
}

fn removal(accounts: &Accounts, change: &Change<'_>, row: &AccountRow) -> Result<Vec<Step>, ChangeError> {
    let profile = Profile::open(row.id, &row.sealed_profile, &accounts.sealer)?;
    let mut steps = vec![Step::RemoveFactors];
    steps.extend(change.notice(&profile, NoticeKind::FactorsReset)?);
    Ok(steps)
}
