//! A token for a command that the operator runs beside the server.
//!
//! SECURITY: this is no way in. It can be called only inside a process that was started with the root key, which could
//! sign any token itself; no route leads here, no account has its number, and the ledger says that the operator did it.

use tacenda_contracts::accounts::{IssuedToken, TokenError};
use tacenda_contracts::entry::Fact;
use tacenda_kernel::{Actor, AuthStrength, Role, TraceId};

use super::issue_token::{TOKEN_LIFETIME, issue, random_uuid};
use crate::{account::OPERATOR, service::Accounts};

/// Issues a token of an administrator who is a program: the policies give that the operator's commands and nothing else.
pub(crate) async fn issue_for_operator(
    accounts: &Accounts,
    trace: TraceId,
) -> Result<IssuedToken, TokenError> {
    let now = accounts.clock.now();
    let actor = Actor {
        id: OPERATOR,
        role: Role::Administrator,
        strength: AuthStrength::Client,
        patient: None,
        proven_at: None,
        token_id: random_uuid(accounts),
        expires_at: now.saturating_add(TOKEN_LIFETIME).unwrap_or(now),
        narrowing: None,
        delegation: None,
    };
    issue(accounts, &actor, trace, Fact::step("operator-s-command")).await
}
