//! Tokens under an authorisation: for a code, and again for each refresh token.

use jiff::{SignedDuration, Timestamp};
use tacenda_contracts::{
    accounts::{
        IssuedToken, TokenError,
        oauth::{ClientClaim, Tokens},
    },
    entry::{Entry, Event, Fact, Outcome},
};
use tacenda_crypto::sha256;
use tacenda_kernel::{Actor, Delegation, PublicId, Role, Secret, TraceId};
use tacenda_postgres::{Client as Connection, Transaction};

use super::{
    authorisation::Context,
    claims::IdClaims,
    notices::tell,
    scopes::{Scope, Scopes},
    whom::session_holds,
};
use crate::{
    error::unanswered,
    notices::NoticeKind,
    operations::{
        issue_token::{active, actor_for},
        prove_client::{Refusal, prove_client},
        register_client::random_token,
    },
    recorder::announced,
    service::Accounts,
    store::{
        accounts::used_with,
        authorisations::{self, AuthorisationRow, Ending},
        clients::{self, ClientRow, GrantType},
        held::Held,
        refresh_tokens::{self, RefreshRow},
    },
};

/// How long a refresh token may lie unused.
const REFRESH_LIFETIME: SignedDuration = SignedDuration::from_hours(14 * 24);

/// A client that proved itself, or a public one that said its name.
pub(crate) struct Client {
    pub(crate) client_id: String,
    pub(crate) row: ClientRow,
}

/// The client, if it may use the grant type.
pub(crate) async fn client(
    accounts: &Accounts,
    claim: &ClientClaim,
    grant: Option<GrantType>,
) -> Result<Client, Refusal> {
    let proven = prove_client(accounts, claim.client_id.as_deref(), &claim.proof).await?;
    let (row, about) = (proven.client, Some(proven.account.id));
    if row.suspended {
        return Err(Refusal::new(TokenError::InvalidClient, "suspended", about));
    }
    if grant.is_some_and(|grant| !row.may(grant)) {
        return Err(Refusal::new(TokenError::UnauthorizedClient, "grant-type", about));
    }
    Ok(Client { client_id: proven.client_id, row })
}

/// A code or refresh token gives nothing.
pub(crate) fn invalid_grant(reason: &'static str, row: Option<&AuthorisationRow>) -> Refusal {
    Refusal::new(TokenError::InvalidGrant, reason, row.map(|row| row.person))
}

/// Begins, with the person of the authorisation, and the authorisation as it is once nobody else changes them.
pub(crate) async fn hold<'c>(
    accounts: &Accounts,
    connection: &'c mut Connection,
    row: &AuthorisationRow,
) -> Result<(Transaction<'c>, Held, AuthorisationRow), Refusal> {
    let key = &accounts.database.key;
    let transaction = connection.transaction().await.map_err(unanswered)?;
    let held = Held::lock(&transaction, key, row.person).await.map_err(unanswered)?;
    let held = held.ok_or_else(|| invalid_grant("authorisation-over", Some(row)))?;
    let found = authorisations::find_within(&transaction, key, &held, row.id).await.map_err(unanswered)?;
    let found = found.ok_or_else(|| invalid_grant("authorisation-over", Some(row)))?;
    Ok((transaction, held, found))
}

/// What the authorisation gives now: all that was granted, or less.
pub(crate) struct Given {
    tokens: Tokens,
    actor: Actor,
    refresh: Option<RefreshRow>,
}

/// Makes tokens, for somebody who is still active, still has the role and, where it matters, is still signed in.
pub(crate) async fn give(
    accounts: &Accounts,
    row: &AuthorisationRow,
    scopes: &Scopes,
    now: Timestamp,
) -> Result<Given, Refusal> {
    let refused = |refusal: Refusal| match refusal.error {
        TokenError::Unavailable | TokenError::Full => refusal,
        _ => invalid_grant(refusal.reason, Some(row)),
    };
    if !row.holds(now) || !session_holds(accounts, row.session, now).await? {
        return Err(invalid_grant("authorisation-over", Some(row)));
    }
    let account = active(accounts, row.person).await.map_err(refused)?;
    let context = Context::open(row, &accounts.sealer)?;
    let actor = actor_for(accounts, &account, Some(row.role), row.strength).map_err(refused)?;
    let patient = context.patient.as_deref().and_then(number);
    let actor = Actor {
        proven_at: row.proven_at,
        narrowing: scopes.narrowing(patient),
        delegation: Some(Delegation {
            client: row.client_id.clone(),
            authorisation: row.id,
            identity: scopes.identity(),
        }),
        ..actor
    };
    let lasting = Scopes::of(row.scopes.iter().map(String::as_str)).is_ok_and(|all| all.lasting());
    let (refresh_token, refresh) = lasting.then(|| next_refresh(accounts, row, now)).unzip();
    let access_token = accounts.signing.sign(&actor, now).map_err(not_signed)?;
    let id_token = scopes.has(&Scope::OpenId).then(|| {
        let fhir_user = fhir_user(accounts, row, scopes, &context);
        let nonce = context.nonce.as_deref();
        let claims = IdClaims::new(&accounts.issuer, row, nonce, fhir_user.as_deref(), &access_token, now);
        accounts.signing.sign_id(&claims, now).map_err(not_signed)
    });
    let expires_in = u32::try_from(actor.expires_at.duration_since(now).as_secs()).unwrap_or(0);
    let tokens = Tokens {
        access: IssuedToken { access_token, expires_in, scope: scopes.to_string() },
        refresh_token,
        id_token: id_token.transpose()?,
        fhir_user: fhir_user(accounts, row, scopes, &context),
        patient: context.patient.filter(|_| scopes.need_patient()),
    };
    Ok(Given { tokens, actor, refresh })
}

/// Stores what must be stored, records, commits, and only then gives the tokens away.
pub(crate) async fn hand_over(
    accounts: &Accounts,
    transaction: Transaction<'_>,
    mut held: Held,
    client: &Client,
    row: &AuthorisationRow,
    given: Given,
    trace: TraceId,
) -> Result<Tokens, Refusal> {
    let Given { tokens, actor, refresh } = given;
    let (key, now) = (&accounts.database.key, accounts.clock.now());
    if let Some(refresh) = &refresh {
        refresh_tokens::insert(&transaction, key, refresh).await.map_err(unanswered)?;
    }
    let next = refresh.as_ref().map(|refresh| refresh_tokens::stored(key, &refresh.token));
    if !authorisations::advance(&transaction, key, &mut held, row, next).await.map_err(unanswered)? {
        return Err(invalid_grant("authorisation-over", Some(row)));
    }
    authorisations::used(&transaction, row.id, now).await.map_err(unanswered)?;
    // Who uses nothing but an application uses their account.
    for account in [row.person, client.row.account] {
        used_with(&transaction, account, now).await.map_err(unanswered)?;
    }
    let kept = held.keep(&transaction, key, now).await.map_err(unanswered)?;
    let entry = accounts.recorder.entry(Event::TokenIssued, Outcome::Allowed, trace).by(&actor);
    let mut facts = vec![Fact::Client(row.client_id.clone()), Fact::Authorisation(row.id)];
    facts.extend(announced(kept));
    accounts.recorder.record(Entry { facts, ..entry }).await?;
    // CRASH: from here to the commit the ledger tells of tokens that nobody got.
    tacenda_kernel::crash::at("tokens-commit");
    transaction.commit().await.map_err(unanswered)?;
    accounts.database.committed(kept);
    Ok(tokens)
}

/// Ends everything that came of an authorisation, because a code or refresh token came twice: one of the two who sent it
/// stole it.
pub(crate) async fn end_for_reuse(
    accounts: &Accounts,
    transaction: Transaction<'_>,
    mut held: Held,
    row: &AuthorisationRow,
    why: Ending,
) -> Result<Refusal, Refusal> {
    let (key, now) = (&accounts.database.key, accounts.clock.now());
    let ended = authorisations::end(&transaction, key, &mut held, row.id, why, now).await;
    if ended.map_err(unanswered)?
        && let Some(client) = clients::find(&accounts.database, &row.client_id).await.map_err(unanswered)?
    {
        let kind = NoticeKind::ApplicationCutOff;
        tell(accounts, &transaction, row.person, client.account, kind).await?;
    }
    let kept = held.keep(&transaction, key, now).await.map_err(unanswered)?;
    transaction.commit().await.map_err(unanswered)?;
    accounts.database.committed(kept);
    accounts.known.clear();
    tracing::warn!(reason = why.as_str(), "an authorisation was ended: its code or refresh token came twice");
    Ok(invalid_grant(why.as_str(), Some(row)))
}

/// The FHIR resource that describes the person: there is one for patients.
pub(crate) fn fhir_user(
    accounts: &Accounts,
    row: &AuthorisationRow,
    scopes: &Scopes,
    context: &Context,
) -> Option<String> {
    let patient = context.patient.as_deref().filter(|_| row.role == Role::Patient);
    let asked = scopes.has(&Scope::FhirUser);
    patient.filter(|_| asked).map(|patient| format!("{}/Patient/{patient}", accounts.audience))
}

fn next_refresh(accounts: &Accounts, row: &AuthorisationRow, now: Timestamp) -> (Secret<String>, RefreshRow) {
    let token = random_token(accounts);
    // EXPOSE: its hash is stored.
    let hash = sha256(token.expose().as_bytes());
    let latest = now.saturating_add(REFRESH_LIFETIME).unwrap_or(now);
    let expires_at = latest.min(row.ends_at);
    (token, RefreshRow { token: hash, authorisation: row.id, issued_at: now, expires_at, used: false })
}

fn number(id: &str) -> Option<[u8; 16]> {
    match id.parse() {
        Ok(PublicId::One(number)) => Some(number),
        _ => None,
    }
}

fn not_signed(error: tacenda_crypto::SignError) -> Refusal {
    tracing::error!(error = %error, "a token could not be signed");
    Refusal::new(TokenError::Unavailable, "unavailable", None)
}
