//! How a session begins and rises: with a new token, recorded before it is handed out.

use jiff::Timestamp;
use tacenda_contracts::{
    accounts::{
        own_account::AttemptOutcome,
        sign_in::{FactorKind, NewSession, SignInError, Standing, Visit},
    },
    entry::{Entry, Event, Fact, Outcome, Source},
};
use tacenda_kernel::{ActorId, Role, Secret};
use tacenda_postgres::{Client, DatabaseError, Transaction};

use super::begin_session::record_refusal;
use crate::{
    error::{Unanswered, unanswered},
    limits::{self, lifetime},
    notices::NoticeKind,
    operations::{issue_token::random_uuid, own_account::change_own::OwnChange, read_account::open_profile},
    recorder::announced,
    sealing::SealingFailed,
    service::Accounts,
    store::{
        accounts::used_with,
        devices,
        held::{Held, Kept},
        passwords,
        sessions::{self, AtProvider, SessionRow},
        sign_in_attempts::{self, AttemptRow, factor_name},
    },
    visit::{self, context, make_token, token_hash},
};

/// A session that is to begin.
pub(crate) struct Start<'a> {
    pub(crate) account: ActorId,
    pub(crate) roles: &'a [Role],
    pub(crate) standing: Standing,
    pub(crate) means: Means<'a>,
}

/// By what somebody proved who they are.
#[derive(Clone, Copy)]
pub(crate) enum Means<'a> {
    /// Their password here, which fits this sealed hash.
    Password(&'a [u8]),
    /// What they have here: with the second factor that was proven, if one was.
    Own(Option<FactorKind>),
    /// An identity provider of this name, which says when they proved it there.
    Provider { id: &'a str, proven_at: Timestamp, session: AtProvider },
}

impl Means<'_> {
    const fn factor(self) -> Option<FactorKind> {
        match self {
            Self::Own(factor) => factor,
            Self::Password(_) | Self::Provider { .. } => None,
        }
    }

    /// What the ledger calls it.
    fn name(self, standing: Standing) -> String {
        match (standing, self) {
            (_, Self::Provider { id, .. }) => format!("provider/{id}"),
            (Standing::Single | Standing::Multi, Self::Own(Some(factor))) => factor_name(factor).to_owned(),
            (_, Self::Own(_) | Self::Password(_)) => "password".to_owned(),
        }
    }
}

/// Begins a session.
pub(crate) async fn start_session(
    accounts: &Accounts,
    start: Start<'_>,
    visit: &Visit,
) -> Result<NewSession, SignInError> {
    let (id, now) = (random_uuid(accounts), accounts.clock.now());
    let Start { account, roles, standing, means } = start;
    let proven_at = match means {
        Means::Own(_) | Means::Password(_) => now,
        Means::Provider { proven_at, .. } => proven_at,
    };
    let provider = match means {
        Means::Provider { session, .. } => Some(session),
        Means::Own(_) | Means::Password(_) => None,
    };
    let row = SessionRow {
        id,
        account,
        standing,
        sealed_visit: visit::seal(&accounts.sealer, id, visit)?,
        started_at: now,
        proven_at: (standing != Standing::Partial).then_some(proven_at),
        seen_at: now,
        ends_at: end(standing, roles, now),
        provider,
    };
    let cookies = Cookies::make(accounts, visit);
    let mut client = accounts.database.client().await.map_err(unanswered)?;
    let (transaction, mut held) = hold(accounts, &mut client, account).await?;
    if let Means::Password(verified) = means
        && !is_still(accounts, &transaction, &held, verified).await.map_err(unanswered)?
    {
        transaction.rollback().await.map_err(unanswered)?;
        record_refusal(accounts, Some(account), "password-changed", visit).await?;
        return Err(SignInError::Wrong);
    }
    let key = &accounts.database.key;
    sessions::insert(&transaction, key, &mut held, &cookies.hash, &row).await.map_err(unanswered)?;
    finish(accounts, transaction, held, &row, Finish { means, began: true, cookies: &cookies, visit })
        .await?;
    Ok(cookies.into_session(&row))
}

/// Whether this is still the account's sealed hash.
///
/// SECURITY: whoever changes the password ends every session. One that was about to begin by the password of before waits
/// for the change here, or the change for it.
async fn is_still(
    accounts: &Accounts,
    transaction: &Transaction<'_>,
    held: &Held,
    verified: &[u8],
) -> Result<bool, DatabaseError> {
    let password = passwords::find_within(transaction, &accounts.database.key, held).await?;
    Ok(password.is_some_and(|password| password.sealed_hash == verified))
}

/// Begins, with the account that the session is of.
async fn hold<'c>(
    accounts: &Accounts,
    client: &'c mut Client,
    account: ActorId,
) -> Result<(Transaction<'c>, Held), SignInError> {
    let transaction = client.transaction().await.map_err(unanswered)?;
    let held = Held::lock(&transaction, &accounts.database.key, account).await.map_err(unanswered)?;
    Ok((transaction, held.ok_or(SignInError::Unavailable)?))
}

/// Gives a session another token after a proof. `row` is how it was.
pub(crate) async fn raise_session(
    accounts: &Accounts,
    old: &[u8; 32],
    row: SessionRow,
    roles: &[Role],
    standing: Standing,
    factor: Option<FactorKind>,
    visit: &Visit,
) -> Result<NewSession, SignInError> {
    let now = accounts.clock.now();
    // A proof anew does not make a session longer; only the end of the wait for a second factor does.
    let began = row.standing == Standing::Partial;
    let ends_at = if began { end(standing, roles, now) } else { row.ends_at };
    let row = SessionRow { standing, proven_at: Some(now), ends_at, ..row };
    let cookies = Cookies::make(accounts, visit);
    let mut client = accounts.database.client().await.map_err(unanswered)?;
    let (transaction, mut held) = hold(accounts, &mut client, row.account).await?;
    let key = &accounts.database.key;
    let raised = sessions::raise(&transaction, key, &mut held, old, &cookies.hash, &row).await;
    if !raised.map_err(unanswered)? {
        return Err(SignInError::Ended);
    }
    let means = Means::Own(factor);
    finish(accounts, transaction, held, &row, Finish { means, began, cookies: &cookies, visit }).await?;
    accounts.sessions.remove(old);
    Ok(cookies.into_session(&row))
}

/// What a session has proven.
#[derive(Clone, Copy)]
pub(crate) struct Proof {
    pub(crate) standing: Standing,
    pub(crate) proven_at: Option<Timestamp>,
}

impl Proof {
    /// A second factor, just now.
    pub(crate) const fn second_factor(now: Timestamp) -> Self {
        Self { standing: Standing::Multi, proven_at: Some(now) }
    }
}

/// Gives the session another token as part of a change to its person's account.
pub(crate) async fn rise(
    accounts: &Accounts,
    transaction: &Transaction<'_>,
    held: &mut Held,
    old: &[u8; 32],
    row: &SessionRow,
    proof: Proof,
    visit: &Visit,
) -> Result<NewSession, SignInError> {
    let Proof { standing, proven_at } = proof;
    let row = SessionRow { standing, proven_at, sealed_visit: row.sealed_visit.clone(), ..*row };
    let cookies = Cookies::make(accounts, visit);
    let key = &accounts.database.key;
    if !sessions::raise(transaction, key, held, old, &cookies.hash, &row).await.map_err(unanswered)? {
        return Err(SignInError::Ended);
    }
    Ok(cookies.into_session(&row))
}

/// How a session came to be as it is.
struct Finish<'a> {
    means: Means<'a>,
    began: bool,
    cookies: &'a Cookies,
    visit: &'a Visit,
}

/// Keeps what follows from a session that has proven enough, records, and commits.
async fn finish(
    accounts: &Accounts,
    transaction: Transaction<'_>,
    mut held: Held,
    row: &SessionRow,
    Finish { means, began, cookies, visit }: Finish<'_>,
) -> Result<(), SignInError> {
    let (key, now) = (&accounts.database.key, accounts.clock.now());
    if row.standing != Standing::Partial && began {
        let device = token_hash(&cookies.device).unwrap_or_default();
        let known = devices::known(&accounts.database, &device, row.account).await.map_err(unanswered)?;
        devices::put(&transaction, key, &device, row.account, now).await.map_err(unanswered)?;
        used_with(&transaction, row.account, now).await.map_err(unanswered)?;
        let attempt =
            attempt(accounts, row.account, AttemptOutcome::SignedIn, means.factor(), !known, visit)?;
        sign_in_attempts::insert_with(&transaction, key, &mut held, &attempt).await.map_err(unanswered)?;
        if !known {
            tell(accounts, &transaction, row.account, NoticeKind::NewBrowser, visit).await?;
        }
    }
    if means.factor() == Some(FactorKind::RecoveryCode) {
        tell(accounts, &transaction, row.account, NoticeKind::RecoveryCodeUsed, visit).await?;
    }
    let kept = held.keep(&transaction, key, now).await.map_err(unanswered)?;
    record(accounts, Outcome::Allowed, None, (row, kept), means, visit).await?;
    // CRASH: from here to the commit the ledger tells of a session that nobody got. Never the other way round.
    tacenda_kernel::crash::at("session-commits");
    if let Err(error) = transaction.commit().await {
        let known = error != DatabaseError::Unknown;
        let reason = if known { "not-committed" } else { "not-known-to-be-committed" };
        record(accounts, Outcome::Failed, Some(reason), (row, kept), means, visit).await?;
        return Err(unanswered(error).into());
    }
    accounts.database.committed(kept);
    Ok(())
}

async fn tell(
    accounts: &Accounts,
    transaction: &Transaction<'_>,
    person: ActorId,
    kind: NoticeKind,
    visit: &Visit,
) -> Result<(), Unanswered> {
    let Some(profile) = open_profile(accounts, person).await? else { return Ok(()) };
    OwnChange { accounts, person, visit }.tell(transaction, &profile, kind).await
}

async fn record(
    accounts: &Accounts,
    outcome: Outcome,
    reason: Option<&str>,
    (row, kept): (&SessionRow, Option<Kept>),
    means: Means<'_>,
    visit: &Visit,
) -> Result<(), SignInError> {
    let proven = means.name(row.standing);
    let owed = if row.standing == Standing::Partial { "second-factor-owed" } else { "signed-in" };
    let entry = accounts.recorder.entry(Event::SignedIn, outcome, context(visit));
    let facts = [Fact::Session(row.id), Fact::Proof(proven), Fact::step(owed)];
    let facts = facts.into_iter().chain(announced(kept)).collect();
    let source = Source { session: Some(row.id), ..entry.source };
    let reason = reason.map(str::to_owned);
    let entry = Entry { actor: Some(row.account), facts, source, reason, ..entry };
    Ok(accounts.recorder.record(entry).await?)
}

/// Keeps an attempt for its owner to see.
pub(crate) async fn keep_attempt(
    accounts: &Accounts,
    account: ActorId,
    outcome: AttemptOutcome,
    factor: Option<FactorKind>,
    new_device: bool,
    visit: &Visit,
) -> Result<(), Unanswered> {
    let row = attempt(accounts, account, outcome, factor, new_device, visit)?;
    sign_in_attempts::insert(&accounts.database, &row).await.map_err(unanswered)
}

fn attempt(
    accounts: &Accounts,
    account: ActorId,
    outcome: AttemptOutcome,
    factor: Option<FactorKind>,
    new_device: bool,
    visit: &Visit,
) -> Result<AttemptRow, SealingFailed> {
    let (id, at) = (random_uuid(accounts), accounts.clock.now());
    let sealed_visit = visit::seal(&accounts.sealer, id, visit)?;
    Ok(AttemptRow { id, account, at, outcome, factor, new_device, sealed_visit })
}

fn end(standing: Standing, roles: &[Role], now: Timestamp) -> Timestamp {
    let life = if standing == Standing::Partial { limits::PARTIAL } else { lifetime(roles).whole };
    now.saturating_add(life).unwrap_or(now)
}

/// What the browser gets.
struct Cookies {
    token: Secret<String>,
    hash: [u8; 32],
    device: Secret<String>,
}

impl Cookies {
    /// A new session token; the browser's own device token where it has one.
    fn make(accounts: &Accounts, visit: &Visit) -> Self {
        let token = make_token(accounts);
        let hash = token_hash(&token).unwrap_or_default();
        let device = visit.device.as_ref().filter(|device| token_hash(device).is_some()).cloned();
        Self { token, hash, device: device.unwrap_or_else(|| make_token(accounts)) }
    }

    fn into_session(self, row: &SessionRow) -> NewSession {
        let Self { token, device, .. } = self;
        NewSession { token, device, standing: row.standing, ends_at: row.ends_at }
    }
}
