//! Suspends the accounts of people who did not use them for long.

use tacenda_kernel::TraceId;

use crate::{
    account::Author,
    error::ChangeError,
    notices::NoticeKind,
    operations::change_account::{Change, Step},
    sealing::Profile,
    service::Accounts,
    store::{self, accounts::AccountRow},
};

/// How many at a turn: the rest waits for the next.
const AT_ONCE: i64 = 100;

/// Suspends them, each by itself; how many that were. One who cannot be suspended keeps no other from it.
pub(crate) async fn suspend_dormant(accounts: &Accounts) -> Result<u32, ChangeError> {
    let now = accounts.clock.now();
    let Ok(since) = now.checked_sub(accounts.rules().dormant_after) else { return Ok(0) };
    let (mut suspended, mut failed) = (0, None);
    for row in store::accounts::unused_since(&accounts.database, since, AT_ONCE).await? {
        match suspend(accounts, &row).await {
            Ok(()) => suspended += 1,
            Err(error) => failed = Some(error),
        }
    }
    failed.map_or(Ok(suspended), Err)
}

async fn suspend(accounts: &Accounts, row: &AccountRow) -> Result<(), ChangeError> {
    let trace = TraceId::make(accounts.random.as_ref());
    let change = Change::authorise(accounts, &Author::Upkeep, row.id, trace).await?;
    let profile = Profile::open(row.id, &row.sealed_profile, &accounts.sealer)?;
    let mut steps = vec![Step::Suspend];
    steps.extend(change.notice(&profile, NoticeKind::Dormant)?);
    change.commit(&steps).await
}
