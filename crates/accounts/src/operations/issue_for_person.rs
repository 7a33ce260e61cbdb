//! A token for a person, without a password: the demo and tests only.
//!
//! SECURITY: this is no way in. It can be called only inside a process that was started with the root key, which could
//! sign any token itself; no route leads here, and the ledger says that the operator did it.

use tacenda_contracts::accounts::{IssuedToken, TokenError};
use tacenda_contracts::entry::Fact;
use tacenda_kernel::{Actor, ActorId, AuthStrength, Role, TraceId};

use super::{
    issue_token::{active, actor_for, issue, refuse},
    prove_client::Refusal,
};
use crate::{account::AccountKind, service::Accounts};

/// Issues a token as if the person had signed in with that strength.
pub(crate) async fn issue_for_person(
    accounts: &Accounts,
    person: ActorId,
    role: Role,
    strength: AuthStrength,
    trace: TraceId,
) -> Result<IssuedToken, TokenError> {
    let actor = match active(accounts, person).await {
        Ok(row) if row.kind == AccountKind::Person => actor_for(accounts, &row, Some(role), strength),
        Ok(_) => Err(Refusal::new(TokenError::InvalidClient, "not-a-person", Some(person))),
        Err(refusal) => Err(refusal),
    };
    match actor {
        Ok(actor) => {
            let actor = Actor { proven_at: Some(accounts.clock.now()), ..actor };
            issue(accounts, &actor, trace, Fact::step("signed-in-by-operator")).await
        }
        Err(refusal) => Err(refuse(accounts, refusal, trace.into()).await),
    }
}
