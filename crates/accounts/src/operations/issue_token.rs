//! A token for a client that proves itself (RFC 6749 §4.4), for exactly one of its account's roles.

use jiff::{SignedDuration, Timestamp};
use tacenda_contracts::{
    accounts::{IssuedToken, TokenError, TokenRequest},
    entry::{Entry, Event, Outcome},
};
use tacenda_kernel::{Actor, ActorId, AuthStrength, Role, TraceId};
use uuid::Uuid;

use super::prove_client::{Proven, Refusal, prove_client};
use crate::{
    account::RoleGrant,
    error::unanswered,
    recorder::about,
    service::Accounts,
    store::{self, account_roles, accounts::AccountRow},
};

/// How long a token holds.
pub(crate) const TOKEN_LIFETIME: SignedDuration = SignedDuration::from_mins(5);

const SCOPE_PREFIX: &str = "role:";

/// Issues a token or refuses it. Either is in the ledger before it is answered.
pub(crate) async fn issue_token(
    accounts: &Accounts,
    request: TokenRequest,
) -> Result<IssuedToken, TokenError> {
    match grant(accounts, &request).await {
        Ok((client_id, actor)) => issue(accounts, &actor, request.trace, format!("client/{client_id}")).await,
        Err(refusal) => Err(refuse(accounts, refusal, request.trace).await),
    }
}

async fn grant(accounts: &Accounts, request: &TokenRequest) -> Result<(String, Actor), Refusal> {
    let Proven { client_id, account } = prove_client(accounts, request).await?;
    let row = active(accounts, account).await?;
    let role = scope_role(request.scope.as_deref(), account)?;
    Ok((client_id, actor_for(accounts, &row, role, AuthStrength::Client).await?))
}

/// The account, if tokens are issued to it.
pub(crate) async fn active(accounts: &Accounts, id: ActorId) -> Result<AccountRow, Refusal> {
    let refused = |reason| Refusal::new(TokenError::InvalidClient, reason, Some(id));
    let row = store::accounts::find(&accounts.database, id).await.map_err(unanswered)?;
    match row {
        Some(row) if !row.suspended => Ok(row),
        Some(_) => Err(refused("suspended")),
        None => Err(refused("unknown-account")),
    }
}

/// The actor that the account is in this role, or in its only one.
pub(crate) async fn actor_for(
    accounts: &Accounts,
    row: &AccountRow,
    role: Option<Role>,
    strength: AuthStrength,
) -> Result<Actor, Refusal> {
    let grants = account_roles::of_account(&accounts.database, row.id).await.map_err(unanswered)?;
    let now = accounts.clock.now();
    let grant = choose(&grants, role, now)
        .map_err(|reason| Refusal::new(TokenError::InvalidScope, reason, Some(row.id)))?;
    let latest = now.saturating_add(TOKEN_LIFETIME).unwrap_or(now);
    let patient = row.patient.filter(|_| grant.role == Role::Patient);
    Ok(Actor {
        id: row.id,
        role: grant.role,
        strength,
        patient,
        token_id: random_uuid(accounts),
        // No token outlasts the role it is for.
        expires_at: grant.until.map_or(latest, |until| until.min(latest)),
        narrowing: None,
        delegation: None,
    })
}

/// Signs a token for the actor and hands it out once that is recorded, with how the actor came by it.
pub(crate) async fn issue(
    accounts: &Accounts,
    actor: &Actor,
    trace: TraceId,
    how: String,
) -> Result<IssuedToken, TokenError> {
    let now = accounts.clock.now();
    let access_token = accounts.signing.sign(actor, now).map_err(|error| {
        tracing::error!(error = %error, "an access token could not be signed");
        TokenError::Unavailable
    })?;
    let entry = accounts.recorder.entry(Event::TokenIssued, Outcome::Allowed, trace).by(actor);
    let entry = Entry { elements: vec![how], ..entry };
    accounts.recorder.record(entry).await?;
    let expires_in = u32::try_from(actor.expires_at.duration_since(now).as_secs()).unwrap_or(0);
    Ok(IssuedToken { access_token, expires_in, scope: format!("{SCOPE_PREFIX}{}", actor.role) })
}

/// Records the refusal; what is then answered.
pub(crate) async fn refuse(accounts: &Accounts, refusal: Refusal, trace: TraceId) -> TokenError {
    let outcome = if refusal.error == TokenError::Unavailable { Outcome::Failed } else { Outcome::Denied };
    let entry = accounts.recorder.entry(Event::TokenIssued, outcome, trace).because(refusal.reason);
    // Whoever failed to prove that they are this account is a stranger, not this account.
    let entry = Entry { elements: refusal.about.map(about).into_iter().collect(), ..entry };
    match accounts.recorder.record(entry).await {
        Ok(()) => refusal.error,
        Err(_) => TokenError::Unavailable,
    }
}

/// The role that the scope names, if it names one.
fn scope_role(scope: Option<&str>, account: ActorId) -> Result<Option<Role>, Refusal> {
    let refused = |reason| Refusal::new(TokenError::InvalidScope, reason, Some(account));
    let mut words = scope.unwrap_or_default().split(' ').filter(|word| !word.is_empty());
    let Some(word) = words.next() else { return Ok(None) };
    if words.next().is_some() {
        return Err(refused("more-than-one-scope"));
    }
    let role = word.strip_prefix(SCOPE_PREFIX).and_then(|name| name.parse().ok());
    role.map(Some).ok_or_else(|| refused("unknown-scope"))
}

fn choose(grants: &[RoleGrant], role: Option<Role>, now: Timestamp) -> Result<RoleGrant, &'static str> {
    let mut fitting = grants
        .iter()
        .filter(|grant| grant.until.is_none_or(|until| until > now))
        .filter(|grant| role.is_none_or(|role| role == grant.role));
    let first = fitting.next().ok_or("no-such-role")?;
    if fitting.next().is_some() { Err("ambiguous-role") } else { Ok(*first) }
}

pub(crate) fn random_uuid(accounts: &Accounts) -> Uuid {
    let mut bytes = [0; 16];
    accounts.random.fill(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_names_at_most_one_role() {
        let account = crate::account::OPERATOR;
        let role = |scope| scope_role(scope, account).map_err(|refusal| refusal.reason);
        assert_eq!(role(None), Ok(None));
        assert_eq!(role(Some("  ")), Ok(None));
        assert_eq!(role(Some("role:security-officer")), Ok(Some(Role::SecurityOfficer)));
        assert_eq!(role(Some("role:king")), Err("unknown-scope"));
        assert_eq!(role(Some("clinician")), Err("unknown-scope"));
        assert_eq!(role(Some("role:monitor role:monitor")), Err("more-than-one-scope"));
    }

    #[test]
    fn only_roles_in_force_are_chosen_and_never_by_chance() {
        let now = Timestamp::from_second(1_000).unwrap();
        let over = RoleGrant { role: Role::Clinician, until: Some(now) };
        let monitor = RoleGrant::lasting(Role::Monitor);
        let researcher = RoleGrant::lasting(Role::Researcher);
        assert_eq!(choose(&[over, monitor], None, now), Ok(monitor));
        assert_eq!(choose(&[over, monitor], Some(Role::Clinician), now), Err("no-such-role"));
        assert_eq!(choose(&[monitor, researcher], None, now), Err("ambiguous-role"));
        assert_eq!(choose(&[monitor, researcher], Some(Role::Researcher), now), Ok(researcher));
        assert_eq!(choose(&[], None, now), Err("no-such-role"));
    }
}
