//! A token of this server for an access token of a provider.
//!
//! Everybody behind this service verifies this service's tokens and no others: `keystore` need not know that there are
//! providers, and still believes nobody who asks in another's name.

use jiff::{SignedDuration, Timestamp};
use tacenda_contracts::accounts::{BearerToken, IdentifyError, TokenError};
use tacenda_contracts::entry::Fact;
use tacenda_crypto::{ProviderClaims, ProviderToken, claimed_issuer, sha256};
use tacenda_kernel::{
    Actor, AuthStrength, Narrowing, RequestContext, ResourceScope, Role, ScopeContext, TraceId,
};

use super::{
    admit_person::{Admitted, recognise},
    directory::Known,
    identity::Identity,
    provider::ProviderApi,
    refusal::Refusal,
};
use crate::{
    operations::issue_token::{active, actor_for, issue},
    operations::prove_client::Refusal as TokenRefusal,
    service::Accounts,
};

/// How much of a kept token's time must be left for a request to be done with it.
const LEFT: SignedDuration = SignedDuration::from_secs(10);
const SCOPE_PREFIX: &str = "role:";
/// How Keycloak calls the account of a client.
const SERVICE_ACCOUNT: &str = "service-account-";

/// What a provider's token was exchanged for.
#[derive(Clone)]
pub(crate) struct Exchanged {
    token: BearerToken,
    expires_at: Timestamp,
}

/// The token to go on with. It is kept in memory under the digest of the other one, until shortly before it ends.
pub(crate) async fn exchange(
    accounts: &Accounts,
    token: &BearerToken,
    request: RequestContext,
) -> Result<BearerToken, IdentifyError> {
    if !accounts.directory.has_apis() {
        return Ok(token.clone());
    }
    // EXPOSE: what the token claims is looked at; whether it is true is verified below, or where it is identified.
    let Some(issuer) = claimed_issuer(token.expose()) else { return Ok(token.clone()) };
    let Some(known) = accounts.directory.of_api(&issuer) else { return Ok(token.clone()) };
    let Some(api) = &known.provider.api else { return Ok(token.clone()) };
    // EXPOSE: it is hashed.
    let name = sha256(token.expose().as_bytes());
    let kept = accounts.exchanged.get(&name);
    if let Some(kept) = kept.filter(|kept| accounts.clock.now() < kept.expires_at) {
        return Ok(kept.token);
    }
    match exchanged(accounts, known, api, token, request.trace).await {
        Ok(fresh) => {
            let expires_at = fresh.expires_at.saturating_sub(LEFT).unwrap_or(fresh.expires_at);
            accounts.exchanged.insert(name, Exchanged { token: fresh.token.clone(), expires_at });
            Ok(fresh.token)
        }
        Err(refusal) => Err(refusal.recorded(accounts, &known.provider.id, request).await.into()),
    }
}

async fn exchanged(
    accounts: &Accounts,
    known: &Known,
    api: &ProviderApi,
    token: &BearerToken,
    trace: TraceId,
) -> Result<Exchanged, Refusal> {
    let expected = ProviderToken::Access { audience: &api.audience, clients: &api.clients };
    // EXPOSE: it is verified.
    let claims = accounts.directory.verify(known, token.expose(), expected, accounts.clock.now()).await?;
    let identity = Identity::read(&known.provider, &claims).ok_or(Refusal::Unproven("no-subject"))?;
    if is_program(&claims) {
        return Err(Refusal::NotAdmitted("not-a-person", None));
    }
    let admitted = recognise(accounts, &known.provider, &identity, claims.moment("iat"), trace).await?;
    let Asked { role, narrowing } = Asked::read(&claims);
    let role = Some(meant(&admitted, role)?);
    let strength = if identity.two_factors { AuthStrength::Multi } else { AuthStrength::Single };
    let row = active(accounts, admitted.account).await.map_err(not_given)?;
    let actor = actor_for(accounts, &row, role, strength).map_err(not_given)?;
    let proven_at = identity.proven_at.map(|at| at.min(accounts.clock.now()));
    let expires_at = earlier(&actor, &claims);
    if expires_at <= accounts.clock.now() {
        // What is forgiven to the provider's clock makes no token of ours longer.
        return Err(Refusal::Unproven("expired"));
    }
    let actor = Actor { expires_at, narrowing, proven_at, ..actor };
    let how = Fact::Provider(known.provider.id.clone());
    let issued = issue(accounts, &actor, trace, how).await.map_err(|_| Refusal::Unavailable)?;
    Ok(Exchanged { token: issued.access_token, expires_at: actor.expires_at })
}

/// No token outlasts the one it was exchanged for.
fn earlier(actor: &Actor, claims: &ProviderClaims) -> Timestamp {
    claims.moment("exp").map_or(actor.expires_at, |end| end.min(actor.expires_at))
}

/// Whether a program got the token for itself. Here people are let in.
///
/// RFC 9068 §5: such a program is its own subject. For Keycloak it is somebody of the realm, with a name of this form.
fn is_program(claims: &ProviderClaims) -> bool {
    let mut clients =
        ["client_id", "clientId", "azp"].into_iter().filter_map(|name| claims.text(name)).peekable();
    let named = claims.text("preferred_username").is_some_and(|name| name.starts_with(SERVICE_ACCOUNT));
    (named && clients.peek().is_some()) || clients.any(|client| Some(client) == claims.subject())
}

/// What the token's scopes ask for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    /// The role that is named, for people who have several.
    role: Option<Role>,
    narrowing: Option<Narrowing>,
}

impl Asked {
    /// Providers write scopes as a text or a list, in `scope` (RFC 9068 §2.2.3) or in `scp`.
    ///
    /// SECURITY: what is there and is neither allows nothing: it may have been meant to narrow.
    fn read(claims: &ProviderClaims) -> Self {
        match claims.words("scope").zip(claims.words("scp")) {
            Some((scope, scp)) => Self::of(&[scope, scp].concat()),
            None => Self { role: None, narrowing: Some(Narrowing::default()) },
        }
    }

    fn of(words: &[&str]) -> Self {
        let named = words.iter().find_map(|word| word.strip_prefix(SCOPE_PREFIX)?.parse().ok());
        Self { role: named, narrowing: narrowing(words) }
    }
}

/// The role that the token is for: the one it names, or the only one.
fn meant(admitted: &Admitted, named: Option<Role>) -> Result<Role, Refusal> {
    let refused = |reason| Refusal::NotAdmitted(reason, Some(admitted.account));
    match (named, admitted.roles.as_slice()) {
        (Some(role), roles) if roles.contains(&role) => Ok(role),
        (Some(_), _) => Err(refused("no-such-role")),
        (None, [only]) => Ok(*only),
        (None, _) => Err(refused("ambiguous-role")),
    }
}

/// SECURITY: SMART scopes narrow, as in tokens of this server, and one that is not understood allows nothing. A token
/// without any stands for the whole role.
fn narrowing(words: &[&str]) -> Option<Narrowing> {
    let of_records = |word: &&&str| ScopeContext::ALL.iter().any(|context| is_of(word, *context));
    let mut words = words.iter().filter(of_records).peekable();
    words.peek()?;
    Some(Narrowing {
        scopes: words.filter_map(|word| word.parse::<ResourceScope>().ok()).collect(),
        patient: None,
    })
}

fn is_of(word: &str, context: ScopeContext) -> bool {
    word.strip_prefix(context.as_str()).is_some_and(|rest| rest.starts_with('/'))
}

fn not_given(refusal: TokenRefusal) -> Refusal {
    match refusal.error {
        TokenError::Unavailable | TokenError::Full => Refusal::Unavailable,
        _ => Refusal::NotAdmitted(refusal.reason, refusal.about),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(scope: &str) -> Asked {
        Asked::of(&scope.split(' ').collect::<Vec<_>>())
    }

    #[test]
    fn a_scope_that_is_not_understood_widens_nothing() {
        assert_eq!(asked("openid profile role:clinician").narrowing, None);
        let narrowed = |scope| asked(scope).narrowing.unwrap().scopes.len();
        assert_eq!(narrowed("openid user/Observation.rs patient/*.r"), 2);
        assert_eq!(narrowed("user/Observation.rs?category=laboratory"), 0, "nothing is allowed");
    }

    #[test]
    fn a_scope_may_say_which_role_is_meant() {
        assert_eq!(asked("openid role:researcher").role, Some(Role::Researcher));
        assert_eq!(asked("openid role:king researcher").role, None);
    }
}
