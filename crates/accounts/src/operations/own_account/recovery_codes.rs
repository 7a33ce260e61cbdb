//! Ten recovery codes, shown once.

use tacenda_contracts::accounts::{
    own_account::OwnAccountError,
    sign_in::{Session, SessionToken, Visit},
};
use tacenda_kernel::Secret;
use tacenda_postgres::Transaction;

use super::{
    authorise::{Asks, authorise_proven},
    change_own::OwnChange,
};
use crate::{
    error::{Unanswered, unanswered},
    notices::NoticeKind,
    one_time_codes::{self, Typed, typed},
    operations::read_account::open_profile,
    service::Accounts,
    store::{held::Held, recovery_codes},
};

/// Replaces the codes.
pub(crate) async fn make_recovery_codes(
    accounts: &Accounts,
    token: &SessionToken,
    visit: &Visit,
) -> Result<Vec<Secret<String>>, OwnAccountError> {
    let session = authorise_proven(accounts, token, Asks::Change).await?.session;
    if session.factors.is_empty() {
        return Err(OwnAccountError::NotFound);
    }
    let change = OwnChange { accounts, person: session.person, visit };
    let mut client = change.client().await?;
    let (transaction, mut held) = change.begin(&mut client).await?;
    let codes = replace(accounts, &transaction, &mut held).await?;
    let profile = open_profile(accounts, session.person).await?.ok_or(OwnAccountError::Ended)?;
    change.tell(&transaction, &profile, NoticeKind::RecoveryCodesMade).await?;
    change.commit(transaction, held, "make-recovery-codes").await?;
    accounts.sessions.clear();
    Ok(codes)
}

/// The codes that come with the first second factor; none with another.
pub(crate) async fn first_codes(
    accounts: &Accounts,
    transaction: &Transaction<'_>,
    held: &mut Held,
    session: &Session,
) -> Result<Vec<Secret<String>>, Unanswered> {
    if session.factors.is_empty() { replace(accounts, transaction, held).await } else { Ok(Vec::new()) }
}

async fn replace(
    accounts: &Accounts,
    transaction: &Transaction<'_>,
    held: &mut Held,
) -> Result<Vec<Secret<String>>, Unanswered> {
    let person = held.id();
    let codes = one_time_codes::make_recovery_codes(accounts.random.as_ref());
    let kept = |code: &Secret<String>| match typed(code) {
        Typed::Recovery(code) | Typed::Totp(code) => accounts.sealer.recovery_token(person, &code),
    };
    let tokens: Vec<i64> = codes.iter().map(kept).collect();
    let now = accounts.clock.now();
    recovery_codes::replace(transaction, &accounts.database.key, held, &tokens, now)
        .await
        .map_err(unanswered)?;
    Ok(codes)
}
