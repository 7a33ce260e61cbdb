//! Who tried to sign in as this person.

use jiff::SignedDuration;
use tacenda_contracts::accounts::{
    own_account::{Attempt, OwnAccountError},
    sign_in::SessionToken,
};

use super::authorise::{Asks, authorise};
use crate::{
    error::unanswered,
    sealing::SealingFailed,
    service::Accounts,
    store::sign_in_attempts::{self, AttemptRow},
    visit,
};

/// How long attempts are kept.
pub(crate) const KEPT: SignedDuration = SignedDuration::from_hours(24 * 90);

/// The last attempts, the newest first.
pub(crate) async fn read_history(
    accounts: &Accounts,
    token: &SessionToken,
) -> Result<Vec<Attempt>, OwnAccountError> {
    let person = authorise(accounts, token, Asks::Look).await?.session.person;
    let rows = sign_in_attempts::of_account(&accounts.database, person).await.map_err(unanswered)?;
    let now = accounts.clock.now();
    let shown = |row: AttemptRow| -> Result<Attempt, SealingFailed> {
        let visit::Shown { agent, network } = visit::open(&accounts.sealer, row.id, &row.sealed_visit)?;
        let AttemptRow { at, outcome, factor, new_device, .. } = row;
        Ok(Attempt { at, outcome, factor, network, agent, new_device })
    };
    let recent = rows.into_iter().filter(|row| now.duration_since(row.at) < KEPT);
    Ok(recent.map(shown).collect::<Result<_, _>>()?)
}
