//! Requests for a new password, answered by mail where the address is somebody's.

use jiff::SignedDuration;
use tacenda_contracts::{
    accounts::links::LinkPurpose,
    entry::{Entry, Event, Fact, Outcome},
};
use tacenda_kernel::TraceId;
use uuid::Uuid;

use super::make_link::make_link;
use crate::{
    account::AccountKind,
    error::ChangeError,
    notices::{Notice, NoticeKind},
    recorder::{about, announced},
    sealing::Profile,
    service::Accounts,
    store::{self, held::Held, links, notices, password_requests},
};

/// A link that was made so lately is not replaced.
const FRESH: SignedDuration = SignedDuration::from_mins(5);

/// Answers what waits; how many requests those were.
pub(crate) async fn answer_requests(accounts: &Accounts) -> Result<u64, ChangeError> {
    let waiting = password_requests::waiting(&accounts.database).await?;
    let mut answered = 0;
    for (id, email_token) in waiting {
        answer(accounts, id, email_token).await?;
        answered += 1;
    }
    Ok(answered)
}

async fn answer(accounts: &Accounts, id: Uuid, email_token: i64) -> Result<(), ChangeError> {
    let row = store::accounts::find_by_email(&accounts.database, email_token).await?;
    let mut client = accounts.database.client().await?;
    let transaction = client.transaction().await?;
    if !password_requests::remove(&transaction, id).await? {
        return Ok(());
    }
    let mut kept = None;
    if let Some(row) = row.filter(|row| !row.suspended && row.kind == AccountKind::Person) {
        let key = &accounts.database.key;
        let Some(mut held) = Held::lock(&transaction, key, row.id).await? else {
            return Ok(transaction.commit().await?);
        };
        let now = accounts.clock.now();
        let since = now.saturating_sub(FRESH).unwrap_or(now);
        // SECURITY: whoever asks in somebody's name neither makes the link worthless that was just sent, nor fills
        // their mailbox.
        if links::any_since(&transaction, row.id, LinkPurpose::NewPassword, since).await? {
            return Ok(transaction.commit().await?);
        }
        let profile = Profile::open(row.id, &row.sealed_profile, &accounts.sealer)?;
        let link = make_link(accounts, &transaction, &mut held, LinkPurpose::NewPassword, None).await?;
        if let Some(notice) = Notice::to_owner(&profile, NoticeKind::ForgottenPassword) {
            let notice = notice.with_link(link);
            let notice = notice.seal(&accounts.sealer, accounts.clock.as_ref(), accounts.random.as_ref())?;
            notices::insert(&transaction, &notice).await?;
        }
        kept = held.keep(&transaction, key, now).await?;
        let trace = TraceId::make(accounts.random.as_ref());
        let entry = accounts.recorder.entry(Event::AccountChanged, Outcome::Allowed, trace);
        let mut facts = vec![about(row.id), Fact::step("make-link/new-password")];
        facts.extend(announced(kept));
        accounts.recorder.record(Entry { facts, ..entry }).await?;
    }
    transaction.commit().await?;
    accounts.database.committed(kept);
    Ok(())
}
