//! Who presents this token.
//!
//! A token that was believed is kept under its SHA-256, so that the next request costs a hash and a look-up. Every few
//! seconds the database is asked again whether the account is still active and still has the role.

use jiff::{SignedDuration, Timestamp};
use tacenda_contracts::{
    accounts::{BearerToken, IdentifyError},
    entry::{Event, Outcome},
};
use tacenda_crypto::sha256;
use tacenda_kernel::{Actor, RequestContext};

use crate::{
    error::unanswered,
    service::Accounts,
    store::{self, authorisations},
};

/// How long a suspension may stay unnoticed: less than 5 s.
const BELIEVED: SignedDuration = SignedDuration::from_secs(4);

/// A caller whose token was verified, and when the database last agreed.
#[derive(Clone)]
pub(crate) struct Known {
    actor: Actor,
    checked_at: Timestamp,
}

impl Known {
    fn holds(&self, now: Timestamp) -> bool {
        let age = now.duration_since(self.checked_at);
        // A clock that was set back must not stretch the belief.
        !age.is_negative() && age < BELIEVED && now < self.actor.expires_at
    }
}

/// Why nobody was identified, as a reason code of the ledger.
struct Refused(&'static str, Option<Actor>);

/// The actor of the token. A refusal is recorded before it is answered.
pub(crate) async fn identify_caller(
    accounts: &Accounts,
    token: Option<&BearerToken>,
    request: RequestContext,
) -> Result<Actor, IdentifyError> {
    let Some(token) = token else { return refuse(accounts, Refused("no-token", None), request).await };
    // EXPOSE: the token is hashed here and verified below; neither the hash nor the token leaves this service.
    let name = sha256(token.expose().as_bytes());
    let now = accounts.clock.now();
    if let Some(known) = accounts.known.get(&name)
        && known.holds(now)
    {
        return Ok(known.actor);
    }
    let Ok(actor) = accounts.signing.verifier.verify(token.expose(), now) else {
        return refuse(accounts, Refused("invalid-token", None), request).await;
    };
    let may_act = store::accounts::may_act(&accounts.database, actor.id, actor.role, now).await;
    if !may_act.map_err(unanswered)? {
        return refuse(accounts, Refused("account-may-not-act", Some(actor)), request).await;
    }
    if let Some(delegation) = &actor.delegation {
        let holds = authorisations::holds(&accounts.database, delegation.authorisation, now).await;
        if !holds.map_err(unanswered)? {
            return refuse(accounts, Refused("authorisation-over", Some(actor)), request).await;
        }
    }
    accounts.known.insert(name, Known { actor: actor.clone(), checked_at: now });
    Ok(actor)
}

async fn refuse(
    accounts: &Accounts,
    refused: Refused,
    request: RequestContext,
) -> Result<Actor, IdentifyError> {
    let Refused(reason, actor) = refused;
    let recorder = &accounts.recorder;
    let entry = recorder.entry(Event::Unauthenticated, Outcome::Denied, request).because(reason);
    match &actor {
        Some(actor) => recorder.record(entry.by(actor)).await?,
        None => recorder.record_stranger(entry, request).await?,
    }
    Err(IdentifyError::Unauthenticated)
}
