//! A token for a client that proves itself (RFC 6749 §4.4), for exactly one of its account's roles.

use jiff::{SignedDuration, Timestamp};
use tacenda_contracts::{
    accounts::{IssuedToken, TokenError, TokenRequest, people::HeldRole},
    entry::{Entry, Event, Fact, Outcome, Source},
};
use tacenda_kernel::{Actor, ActorId, AuthStrength, RequestContext, Role, TraceId};
use uuid::Uuid;

use super::{
    oauth::scopes::Scopes,
    prove_client::{Proven, Refusal, prove_client},
};
use crate::{
    account::RoleGrant,
    error::unanswered,
    recorder::about,
    service::Accounts,
    store::{
        self,
        accounts::AccountRow,
        clients::{ClientRow, GrantType},
    },
};

/// How long a token holds.
pub(crate) const TOKEN_LIFETIME: SignedDuration = SignedDuration::from_mins(5);

/// Issues a token or refuses it. Either is in the ledger before it is answered.
pub(crate) async fn issue_token(
    accounts: &Accounts,
    request: TokenRequest,
) -> Result<IssuedToken, TokenError> {
    match grant(accounts, &request).await {
        Ok((client_id, actor)) => {
            issue(accounts, &actor, request.request.trace, Fact::Client(client_id)).await
        }
        Err(refusal) => Err(refuse(accounts, refusal, request.request).await),
    }
}

async fn grant(accounts: &Accounts, request: &TokenRequest) -> Result<(String, Actor), Refusal> {
    let proven = prove_client(accounts, request.client_id.as_deref(), &request.proof).await?;
    let Proven { client_id, account: row, client } = proven;
    let account = row.id;
    if !client.may(GrantType::ClientCredentials) {
        return Err(Refusal::new(TokenError::UnauthorizedClient, "grant-type", Some(account)));
    }
    if row.suspended {
        return Err(Refusal::new(TokenError::InvalidClient, "suspended", Some(account)));
    }
    let scopes = scopes_for_itself(request.scope.as_deref(), &client)
        .map_err(|reason| Refusal::new(TokenError::InvalidScope, reason, Some(account)))?;
    let actor = actor_for(accounts, &row, scopes.role(), AuthStrength::Client)?;
    // A client that names no scope at all, and is registered for none, has the role of its account as a whole.
    let narrowing = if scopes.is_empty() { None } else { scopes.narrowing(None) };
    Ok((client_id, Actor { narrowing, ..actor }))
}

/// The scopes a client gets for itself: those it asks for, or else those it is registered for.
fn scopes_for_itself(asked: Option<&str>, client: &ClientRow) -> Result<Scopes, &'static str> {
    let allowed = client.allowed_scopes();
    let asked = Scopes::parse(asked.unwrap_or_default()).map_err(|_| "unknown-scope")?;
    if asked != asked.for_itself() {
        return Err("scope-for-people");
    }
    match allowed {
        None => Ok(asked),
        Some(allowed) if asked.is_empty() => {
            let own = allowed.for_itself();
            if own.is_empty() { Err("no-scope") } else { Ok(own) }
        }
        Some(allowed) if asked.within(&allowed) => Ok(asked),
        Some(_) => Err("not-registered-for-scope"),
    }
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
pub(crate) fn actor_for(
    accounts: &Accounts,
    row: &AccountRow,
    role: Option<Role>,
    strength: AuthStrength,
) -> Result<Actor, Refusal> {
    let now = accounts.clock.now();
    let grant = choose(&row.roles, role, now)
        .map_err(|reason| Refusal::new(TokenError::InvalidScope, reason, Some(row.id)))?;
    let latest = now.saturating_add(TOKEN_LIFETIME).unwrap_or(now);
    let patient = row.patient.filter(|_| grant.role == Role::Patient);
    Ok(Actor {
        id: row.id,
        role: grant.role,
        strength,
        patient,
        proven_at: None,
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
    how: Fact,
) -> Result<IssuedToken, TokenError> {
    let now = accounts.clock.now();
    let access_token = accounts.signing.sign(actor, now).map_err(|error| {
        tracing::error!(error = %error, "an access token could not be signed");
        TokenError::Unavailable
    })?;
    let used = store::accounts::used(&accounts.database, actor.id, now).await;
    used.map_err(unanswered)?;
    let entry = accounts.recorder.entry(Event::TokenIssued, Outcome::Allowed, trace).by(actor);
    let source = match &how {
        Fact::Client(client) => Source { application: Some(client.clone()), ..entry.source },
        Fact::Session(session) => Source { session: Some(*session), ..entry.source },
        _ => entry.source,
    };
    let entry = Entry { facts: vec![how], source, ..entry };
    accounts.recorder.record(entry).await?;
    let expires_in = u32::try_from(actor.expires_at.duration_since(now).as_secs()).unwrap_or(0);
    Ok(IssuedToken { access_token, expires_in, scope: scope_of(actor) })
}

/// Records the refusal; what is then answered.
pub(crate) async fn refuse(accounts: &Accounts, refusal: Refusal, request: RequestContext) -> TokenError {
    let failed = matches!(refusal.error, TokenError::Unavailable | TokenError::Full);
    let outcome = if failed { Outcome::Failed } else { Outcome::Denied };
    let entry = accounts.recorder.entry(Event::TokenIssued, outcome, request);
    let entry = entry.because(refusal.reason);
    // Whoever failed to prove that they are this account is a stranger, not this account.
    let entry = Entry { facts: refusal.about.map(about).into_iter().collect(), ..entry };
    match accounts.recorder.record_stranger(entry, request).await {
        Ok(()) => refusal.error,
        Err(unrecorded) => unrecorded.into(),
    }
}

/// What the actor's token is for, as its `scope` says.
pub(crate) fn scope_of(actor: &Actor) -> String {
    match &actor.narrowing {
        None => format!("role:{}", actor.role),
        Some(narrowing) => narrowing.scopes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
    }
}

fn choose(held: &[HeldRole], role: Option<Role>, now: Timestamp) -> Result<RoleGrant, &'static str> {
    let mut fitting = held
        .iter()
        .map(|held| held.grant)
        .filter(|grant| grant.until.is_none_or(|until| until > now))
        .filter(|grant| role.is_none_or(|role| role == grant.role));
    let first = fitting.next().ok_or("no-such-role")?;
    if fitting.next().is_some() { Err("ambiguous-role") } else { Ok(first) }
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
    fn a_client_gets_for_itself_what_it_is_registered_for_and_no_more() {
        let client = |scopes: Option<&[&str]>| ClientRow {
            account: crate::account::OPERATOR,
            sealed_secret_hash: Some(Vec::new()),
            jwks: None,
            grant_types: Vec::new(),
            redirect_uris: Vec::new(),
            post_logout_uris: Vec::new(),
            scopes: scopes.map(|scopes| scopes.iter().map(|scope| (*scope).to_owned()).collect()),
            suspended: false,
        };
        let any = |asked| scopes_for_itself(asked, &client(None)).map(|scopes| scopes.to_string());
        assert_eq!(any(None), Ok(String::new()));
        assert_eq!(any(Some("role:security-officer")), Ok("role:security-officer".to_owned()));
        assert_eq!(any(Some("system/*.read role:monitor")), Ok("system/*.rs role:monitor".to_owned()));
        assert_eq!(any(Some("role:king")), Err("unknown-scope"));
        for for_people in ["openid", "patient/*.rs", "user/*.rs", "system/*.rs offline_access"] {
            assert_eq!(any(Some(for_people)), Err("scope-for-people"), "{for_people}");
        }
        let registered = client(Some(&["system/Observation.rs", "openid", "user/*.rs"]));
        let some = |asked| scopes_for_itself(asked, &registered).map(|scopes| scopes.to_string());
        assert_eq!(some(None), Ok("system/Observation.rs".to_owned()));
        assert_eq!(some(Some("system/Observation.r")), Ok("system/Observation.r".to_owned()));
        assert_eq!(some(Some("system/*.r")), Err("not-registered-for-scope"));
        assert_eq!(some(Some("role:application")), Err("not-registered-for-scope"));
        assert_eq!(scopes_for_itself(None, &client(Some(&["openid"]))), Err("no-scope"));
        let narrowed = client(Some(&["role:application", "system/Observation.rs"]));
        assert_eq!(scopes_for_itself(Some("role:application"), &narrowed), Err("not-registered-for-scope"));
    }

    #[test]
    fn only_roles_in_force_are_chosen_and_never_by_chance() {
        let now = Timestamp::from_second(1_000).unwrap();
        let over = RoleGrant { role: Role::Clinician, until: Some(now) };
        let monitor = RoleGrant::lasting(Role::Monitor);
        let researcher = RoleGrant::lasting(Role::Researcher);
        let choose = |grants: &[RoleGrant], role, now| {
            let given_by = crate::account::OPERATOR;
            let held = grants.iter().map(|grant| HeldRole { grant: *grant, given_by, given_at: now });
            choose(&held.collect::<Vec<_>>(), role, now)
        };
        assert_eq!(choose(&[over, monitor], None, now), Ok(monitor));
        assert_eq!(choose(&[over, monitor], Some(Role::Clinician), now), Err("no-such-role"));
        assert_eq!(choose(&[monitor, researcher], None, now), Err("ambiguous-role"));
        assert_eq!(choose(&[monitor, researcher], Some(Role::Researcher), now), Ok(researcher));
        assert_eq!(choose(&[], None, now), Err("no-such-role"));
    }
}
