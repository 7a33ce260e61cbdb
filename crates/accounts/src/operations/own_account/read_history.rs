//! Who tried to sign in as this person.

use tacenda_contracts::accounts::{
    own_account::{Attempt, AttemptOutcome, Attempts, OwnAccountError},
    sign_in::SessionToken,
};

use super::authorise::{Asks, authorise};
use crate::{
    bindings::Kind,
    error::unanswered,
    limits::ATTEMPTS_KEPT,
    sealing::SealingFailed,
    service::Accounts,
    store::{
        accounts::find,
        sign_in_attempts::{self, AttemptRow},
    },
    visit,
};

/// The last attempts.
pub(crate) async fn read_history(
    accounts: &Accounts,
    token: &SessionToken,
) -> Result<Attempts, OwnAccountError> {
    let person = authorise(accounts, token, Asks::Look).await?.session.person;
    let account =
        find(&accounts.database, person).await.map_err(unanswered)?.ok_or(OwnAccountError::Ended)?;
    let rows = sign_in_attempts::of_account(&accounts.database, &account).await.map_err(unanswered)?;
    let now = accounts.clock.now();
    let shown = |row: AttemptRow| -> Result<Attempt, SealingFailed> {
        let visit::Shown { agent, network } = visit::open(&accounts.sealer, row.id, &row.sealed_visit)?;
        let AttemptRow { at, outcome, factor, new_device, .. } = row;
        Ok(Attempt { at, outcome, factor, network, agent, new_device })
    };
    let recent = rows.into_iter().filter(|row| now.duration_since(row.at) < ATTEMPTS_KEPT);
    let all: Vec<Attempt> = recent.map(shown).collect::<Result<_, _>>()?;
    // Those that ended meanwhile are forgotten later, and shown to nobody.
    let known = account.bindings.iter().filter(|one| one.kind == Kind::SignIn && one.lasts(now)).count();
    let there = all.iter().filter(|one| one.outcome == AttemptOutcome::SignedIn).count();
    Ok(Attempts { all, missing: known.saturating_sub(there) })
}
