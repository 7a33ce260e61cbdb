//! Where the person is signed in, and how they end that.

use tacenda_contracts::accounts::{
    own_account::{OpenSession, OwnAccountError},
    sign_in::{SessionToken, Visit},
};
use tacenda_contracts::entry::Fact;
use uuid::Uuid;

use super::{
    authorise::{Asks, authorise},
    change_own::OwnChange,
};
use crate::{
    error::unanswered,
    limits::lifetime,
    sealing::SealingFailed,
    service::Accounts,
    store::sessions::{self, SessionRow},
    visit,
};

/// The sessions in force, the newest first.
pub(crate) async fn list_sessions(
    accounts: &Accounts,
    token: &SessionToken,
) -> Result<Vec<OpenSession>, OwnAccountError> {
    let own = authorise(accounts, token, Asks::Look).await?.session;
    let now = accounts.clock.now();
    let rows = sessions::of_account(&accounts.database, own.person, now).await.map_err(unanswered)?;
    let idle = lifetime(&own.roles).idle;
    let shown = |row: SessionRow| -> Result<OpenSession, SealingFailed> {
        let visit = visit::open(&accounts.sealer, row.id, &row.sealed_visit)?;
        Ok(OpenSession {
            id: row.id,
            current: row.id == own.id,
            standing: row.standing,
            agent: visit.agent,
            network: visit.network,
            started_at: row.started_at,
            seen_at: row.seen_at,
            ends_at: row.ends_at,
        })
    };
    let in_force = rows.into_iter().filter(|row| now.duration_since(row.seen_at) < idle);
    Ok(in_force.map(shown).collect::<Result<_, _>>()?)
}

/// Ends one.
pub(crate) async fn end_session(
    accounts: &Accounts,
    token: &SessionToken,
    id: Uuid,
    visit: &Visit,
) -> Result<(), OwnAccountError> {
    let person = authorise(accounts, token, Asks::Look).await?.session.person;
    let change = OwnChange { accounts, person, visit };
    let mut client = change.client().await?;
    let (transaction, mut held) = change.begin(&mut client).await?;
    if !sessions::end(&transaction, &mut held, id).await.map_err(unanswered)? {
        return Err(OwnAccountError::NotFound);
    }
    change.commit(transaction, held, ("end-session", Fact::Session(id))).await?;
    accounts.sessions.clear();
    Ok(())
}

/// Ends all others; how many those were.
pub(crate) async fn end_other_sessions(
    accounts: &Accounts,
    token: &SessionToken,
    visit: &Visit,
) -> Result<u32, OwnAccountError> {
    let own = authorise(accounts, token, Asks::Look).await?.session;
    let change = OwnChange { accounts, person: own.person, visit };
    let mut client = change.client().await?;
    let (transaction, mut held) = change.begin(&mut client).await?;
    let ended = sessions::end_all(&transaction, &mut held, Some(own.id)).await.map_err(unanswered)?;
    change.commit(transaction, held, "end-other-sessions").await?;
    accounts.sessions.clear();
    Ok(u32::try_from(ended).unwrap_or(u32::MAX))
}
