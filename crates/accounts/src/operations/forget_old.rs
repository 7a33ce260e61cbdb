//! What is over is forgotten: nobody needs it, and what is not there cannot be stolen.

use jiff::{SignedDuration, Timestamp};

use crate::{
    error::ChangeError,
    limits::ATTEMPTS_KEPT,
    service::Accounts,
    store::{devices, links, sessions, sign_in_attempts, sign_in_failures, totp_secrets},
};

const DAY: SignedDuration = SignedDuration::from_hours(24);
/// As long as browsers keep a cookie at most.
const DEVICES: SignedDuration = SignedDuration::from_hours(24 * 400);

/// Forgets what is over; how many rows those were.
pub(crate) async fn forget_old(accounts: &Accounts) -> Result<u64, ChangeError> {
    let (database, now) = (&accounts.database, accounts.clock.now());
    let before = |age: SignedDuration| now.saturating_sub(age).unwrap_or(Timestamp::MIN);
    let mut forgotten = sessions::forget(database, now).await?;
    forgotten += devices::forget(database, before(DEVICES)).await?;
    forgotten += sign_in_failures::forget(database, before(DAY)).await?;
    forgotten += sign_in_attempts::forget(database, before(ATTEMPTS_KEPT.saturating_add(DAY))).await?;
    forgotten += totp_secrets::forget_offers(database, before(DAY)).await?;
    forgotten += links::forget(database, before(DAY)).await?;
    Ok(forgotten)
}
