//! The session of a token.
//!
//! One that was found is kept under its token's hash for a few seconds, so that a page of many requests asks once.

use jiff::{SignedDuration, Timestamp};
use tacenda_contracts::accounts::sign_in::{Duty, FactorKind, Session, SessionError, SessionToken, Standing};
use tacenda_crypto::sha256;
use tacenda_kernel::{Role, Secret};

use crate::{
    bindings::Kind,
    error::unanswered,
    limits::{is_privileged, lifetime, need_second_factor},
    sealing::Profile,
    service::Accounts,
    store::sessions::{self, SessionRow, WholeSession},
    visit::token_hash,
};

/// How long a session that was ended may stay unnoticed: less than 5 s.
const BELIEVED: SignedDuration = SignedDuration::from_secs(4);
/// How often it is noted that a session is used.
const NOTED: SignedDuration = SignedDuration::from_mins(1);

/// A session that was found, and when.
#[derive(Clone)]
pub(crate) struct KnownSession {
    session: Session,
    checked_at: Timestamp,
}

/// A session in force, with the row it came from.
pub(crate) struct Current {
    pub(crate) session: Session,
    pub(crate) row: SessionRow,
    pub(crate) token: [u8; 32],
}

/// The session, as the last few seconds know it.
pub(crate) async fn read_session(accounts: &Accounts, token: &SessionToken) -> Result<Session, SessionError> {
    let hash = token_hash(token).ok_or(SessionError::Ended)?;
    let now = accounts.clock.now();
    if let Some(known) = accounts.sessions.get(&hash) {
        let age = now.duration_since(known.checked_at);
        if !age.is_negative()
            && age < BELIEVED
            && now < known.session.idle_ends_at
            && now < known.session.ends_at
        {
            return Ok(known.session);
        }
    }
    let found = current(accounts, token).await;
    match found {
        Ok(Current { session, .. }) => {
            accounts.sessions.insert(hash, KnownSession { session: session.clone(), checked_at: now });
            Ok(session)
        }
        Err(error) => {
            accounts.sessions.remove(&hash);
            Err(error)
        }
    }
}

/// The session, as the database knows it now. It was used by that.
pub(crate) async fn current(accounts: &Accounts, token: &SessionToken) -> Result<Current, SessionError> {
    let hash = token_hash(token).ok_or(SessionError::Ended)?;
    let whole = whole(accounts, &hash).await?;
    let now = accounts.clock.now();
    if now.duration_since(whole.session.seen_at) >= NOTED {
        sessions::touch(&accounts.database, whole.session.id, now).await.map_err(unanswered)?;
    }
    let session = session(accounts, token, &whole, now)?;
    Ok(Current { session, row: whole.session, token: hash })
}

/// What the database knows of the session under this hash, if it is in force.
pub(crate) async fn whole(accounts: &Accounts, hash: &[u8; 32]) -> Result<WholeSession, SessionError> {
    let now = accounts.clock.now();
    let found = sessions::find(&accounts.database, hash).await.map_err(unanswered)?;
    found.filter(|whole| in_force(whole, now)).ok_or(SessionError::Ended)
}

fn in_force(whole: &WholeSession, now: Timestamp) -> bool {
    let WholeSession { session, account, .. } = whole;
    let (idle, roles) = (now.duration_since(session.seen_at), account.roles_in_force(now));
    !account.suspended && !roles.is_empty() && now < session.ends_at && idle < lifetime(&roles).idle
}

fn session(
    accounts: &Accounts,
    token: &SessionToken,
    whole: &WholeSession,
    now: Timestamp,
) -> Result<Session, SessionError> {
    let (row, roles) = (&whole.session, whole.account.roles_in_force(now));
    let profile = Profile::open(row.account, &whole.account.sealed_profile, &accounts.sealer)?;
    let idle_ends_at = now.saturating_add(lifetime(&roles).idle).unwrap_or(now);
    Ok(Session {
        id: row.id,
        person: row.account,
        standing: row.standing,
        display_name: profile.display_name,
        language: profile.language,
        proven_at: row.proven_at,
        factors: factors(whole),
        duties: duties(whole, &roles, now, accounts.rules().password_age),
        roles,
        csrf: csrf(token),
        idle_ends_at: idle_ends_at.min(row.ends_at),
        ends_at: row.ends_at,
    })
}

fn factors(whole: &WholeSession) -> Vec<FactorKind> {
    let mut factors = Vec::new();
    let bindings = &whole.account.bindings;
    if bindings.any(Kind::Passkey) {
        factors.push(FactorKind::Passkey);
    }
    if bindings.any(Kind::Totp) {
        factors.push(FactorKind::Totp);
    }
    if !factors.is_empty() && bindings.any(Kind::RecoveryCode) {
        factors.push(FactorKind::RecoveryCode);
    }
    factors
}

fn duties(whole: &WholeSession, roles: &[Role], now: Timestamp, password_age: SignedDuration) -> Vec<Duty> {
    let mut duties = Vec::new();
    let single = whole.session.standing == Standing::Single;
    // SECURITY: also where the factor was enrolled in another session, after this one began.
    let owes_factor = single && whole.account.has_second_factor();
    if whole.session.standing == Standing::Partial || owes_factor {
        duties.push(Duty::ProveSecondFactor);
    }
    let privileged = roles.iter().copied().any(is_privileged);
    if whole.password.as_ref().is_some_and(|password| {
        password.must_change || (privileged && now.duration_since(password.set_at) > password_age)
    }) {
        duties.push(Duty::ChangePassword);
    }
    if single && !owes_factor && need_second_factor(roles) {
        duties.push(Duty::EnrolSecondFactor);
    }
    duties
}

/// SECURITY: whoever knows it cannot find the session token from it; the database holds another hash.
fn csrf(token: &SessionToken) -> Secret<String> {
    // EXPOSE: it is hashed.
    let message = Secret::new(format!("tacenda form\0{}", token.expose()));
    Secret::new(data_encoding::BASE64URL_NOPAD.encode(&sha256(message.expose().as_bytes())))
}
