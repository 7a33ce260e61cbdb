//! Sends what is queued.

use super::{
    Notice,
    compose::compose,
    post::{Post, Undelivered},
};
use crate::{
    error::{Unanswered, unanswered},
    service::Accounts,
    store::notices::{self, NoticeRow, PATIENCE},
};

/// Sends every notice that is due; how many left. One that does not leave is tried again after a pause that grows, and
/// given up after a day.
pub(crate) async fn send_due(accounts: &Accounts, post: &Post) -> Result<u32, Unanswered> {
    let mut sent = 0;
    while let Some(row) = next(accounts).await? {
        match deliver(accounts, post, &row).await {
            // CRASH: from here to the removal the notice is sent once more later, under the same Message-ID.
            Ok(()) => {
                tacenda_kernel::crash::at("notice-sent");
                notices::remove(&accounts.database, row.id).await.map_err(unanswered)?;
                sent += 1;
            }
            Err(Undelivered::Message(code)) => {
                tracing::warn!(notice = %row.id, code, "the mail server refused a notice; it is tried again");
            }
            Err(Undelivered::Server) => {
                tracing::warn!(notice = %row.id, "the mail server does not answer; notices wait");
                break;
            }
        }
    }
    Ok(sent)
}

/// The next that is due and not too old.
async fn next(accounts: &Accounts) -> Result<Option<NoticeRow>, Unanswered> {
    loop {
        let now = accounts.clock.now();
        let row = notices::take_one(&accounts.database, now).await.map_err(unanswered)?;
        let Some(row) = row else { return Ok(None) };
        if now.duration_since(row.queued_at) < PATIENCE {
            return Ok(Some(row));
        }
        tracing::error!(notice = %row.id, "a notice could not be sent for a day and is given up");
        notices::remove(&accounts.database, row.id).await.map_err(unanswered)?;
    }
}

async fn deliver(accounts: &Accounts, post: &Post, row: &NoticeRow) -> Result<(), Undelivered> {
    /// No server's code: the notice itself is no message.
    const UNREADABLE: Undelivered = Undelivered::Message(0);
    let notice = Notice::open(row, &accounts.sealer).map_err(|_| UNREADABLE)?;
    let message =
        compose(&notice, row.id, row.queued_at, &post.from, &post.origin).map_err(|_| UNREADABLE)?;
    let name = format!("{}-{}.eml", row.queued_at.strftime("%Y%m%dT%H%M%S%.6fZ"), row.id);
    post.deliver(&message, &name).await
}
