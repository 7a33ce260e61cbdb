//! One answer of one person to one application, as it is recorded and stored.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use tacenda_contracts::{
    accounts::oauth::{AuthorizeError, Location},
    entry::{Entry, Event, Fact, Outcome, Source},
};
use tacenda_crypto::sha256;
use tacenda_kernel::{Role, TraceId};
use uuid::Uuid;

use super::{notices::tell, request::Asked, scopes::Scope, whom::AtBrowser};
use crate::{
    error::unanswered,
    notices::NoticeKind,
    operations::{issue_token::random_uuid, register_client::random_token},
    recorder::announced,
    sealing::{Sealed, Sealer, SealingFailed},
    service::Accounts,
    store::{
        authorisation_codes::{self, CodeRow},
        authorisations::{self, AuthorisationRow},
        consents::{self, ConsentRow},
        held::{Held, Kept},
    },
};

/// How long a code is good (RFC 6749 §4.1.2 recommends at most 10 minutes).
const CODE_LIFETIME: SignedDuration = SignedDuration::from_secs(60);
/// What came of a code alone is over with its access token.
const WITHOUT_REFRESH: SignedDuration = SignedDuration::from_mins(10);
/// How long an application may go on while the person is away.
const OFFLINE: SignedDuration = SignedDuration::from_hours(90 * 24);

/// What an authorisation keeps and its database must not tell.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Context {
    /// The application's own value, which its ID token repeats.
    pub(crate) nonce: Option<String>,
    /// The FHIR id of the patient the application was started for, as callers of the role see it.
    pub(crate) patient: Option<String>,
}

impl Context {
    pub(crate) fn seal(&self, id: Uuid, sealer: &Sealer) -> Result<Vec<u8>, SealingFailed> {
        let plain = postcard::to_stdvec(self).map_err(|_| SealingFailed)?;
        Ok(sealer.seal(&Sealed::AuthorisationContext(id), &plain))
    }

    pub(crate) fn open(row: &AuthorisationRow, sealer: &Sealer) -> Result<Self, SealingFailed> {
        let plain = sealer.open(&Sealed::AuthorisationContext(row.id), &row.sealed_context)?;
        // EXPOSE: it is read for the client it is for.
        postcard::from_bytes(plain.expose()).map_err(|_| SealingFailed)
    }
}

/// What the person let the application do.
pub(crate) struct Allowed<'a> {
    pub(crate) asked: &'a Asked,
    pub(crate) who: &'a AtBrowser,
    pub(crate) role: Role,
    pub(crate) patient: Option<String>,
    /// Whether the person was asked now; otherwise they were before.
    pub(crate) afresh: bool,
}

/// Stores the authorisation with its code, and says where the browser goes with it. What cannot be recorded is not done.
pub(crate) async fn give_code(
    accounts: &Accounts,
    allowed: Allowed<'_>,
    trace: TraceId,
) -> Result<Location, AuthorizeError> {
    let (asked, now) = (allowed.asked, accounts.clock.now());
    let code = random_token(accounts);
    // EXPOSE: its hash is stored.
    let hash = sha256(code.expose().as_bytes());
    let key = &accounts.database.key;
    let row = row(accounts, &allowed, authorisation_codes::stored(key, &hash))?;
    let code_row = CodeRow {
        code: hash,
        authorisation: row.id,
        redirect_uri: asked.asker.redirect_uri.clone(),
        challenge: asked.challenge,
        expires_at: now.saturating_add(CODE_LIFETIME).unwrap_or(now),
    };
    let mut client = accounts.database.client().await.map_err(unanswered)?;
    let transaction = client.transaction().await.map_err(unanswered)?;
    let held = Held::lock(&transaction, key, allowed.who.person).await.map_err(unanswered)?;
    let mut held = held.ok_or(AuthorizeError::Ended)?;
    authorisations::insert(&transaction, key, &mut held, &row).await.map_err(unanswered)?;
    authorisation_codes::insert(&transaction, key, &code_row).await.map_err(unanswered)?;
    if allowed.afresh {
        let consent = consent(accounts, &allowed);
        let client_id = &asked.asker.client_id;
        let put = consents::put(&transaction, key, &mut held, client_id, &consent, now).await;
        put.map_err(unanswered)?;
    }
    if allowed.afresh && asked.scopes.lasting() {
        let kind = NoticeKind::ApplicationLetIn;
        tell(accounts, &transaction, allowed.who.person, asked.client.account, kind).await?;
    }
    let kept = held.keep(&transaction, key, now).await.map_err(unanswered)?;
    record(accounts, &allowed, row.id, kept, trace).await?;
    // CRASH: from here to the commit the ledger tells of a code that nobody got.
    tacenda_kernel::crash::at("code-commits");
    transaction.commit().await.map_err(unanswered)?;
    accounts.database.committed(kept);
    Ok(asked.asker.with_code(&code))
}

fn row(
    accounts: &Accounts,
    allowed: &Allowed<'_>,
    code: Vec<u8>,
) -> Result<AuthorisationRow, AuthorizeError> {
    let Allowed { asked, who, role, patient, .. } = allowed;
    let (id, now) = (random_uuid(accounts), accounts.clock.now());
    let offline = asked.scopes.has(&Scope::OfflineAccess);
    let ends_at = match (offline, asked.scopes.lasting()) {
        (true, _) => now.saturating_add(OFFLINE).unwrap_or(now),
        (false, true) => who.session_ends_at,
        (false, false) => now.saturating_add(WITHOUT_REFRESH).unwrap_or(now),
    };
    let context = Context { nonce: asked.nonce.clone(), patient: patient.clone() };
    Ok(AuthorisationRow {
        id,
        client_id: asked.asker.client_id.clone(),
        person: who.person,
        role: *role,
        scopes: asked.scopes.words(),
        strength: who.strength,
        proven_at: who.proven_at,
        session: (!offline).then_some(who.session),
        sealed_context: context.seal(id, &accounts.sealer)?,
        created_at: now,
        used_at: None,
        ends_at,
        ended: false,
        next: Some(code),
    })
}

/// A patient's own id is remembered, so that they need not be asked again; whom a clinician chose is asked each time.
fn consent(accounts: &Accounts, allowed: &Allowed<'_>) -> ConsentRow {
    let own = allowed.patient.as_ref().filter(|_| allowed.role == Role::Patient);
    let what = Sealed::ConsentPatient(allowed.who.person);
    let sealed_patient = own.map(|patient| accounts.sealer.seal(&what, patient.as_bytes()));
    ConsentRow { role: allowed.role, scopes: allowed.asked.scopes.words(), sealed_patient }
}

async fn record(
    accounts: &Accounts,
    allowed: &Allowed<'_>,
    id: Uuid,
    kept: Option<Kept>,
    trace: TraceId,
) -> Result<(), AuthorizeError> {
    let how = if allowed.afresh { "asked" } else { "asked-before" };
    let client = Fact::Client(allowed.asked.asker.client_id.clone());
    let scopes = allowed.asked.scopes.words().into_iter().map(Fact::Scope);
    let entry = accounts.recorder.entry(Event::TokenIssued, Outcome::Allowed, trace);
    let source = Source { session: Some(allowed.who.session), ..entry.source };
    let entry = Entry {
        actor: Some(allowed.who.person),
        role: Some(allowed.role),
        facts: [Fact::step("code"), Fact::step(how), client, Fact::Authorisation(id)]
            .into_iter()
            .chain(scopes)
            .chain(announced(kept))
            .collect(),
        source,
        ..entry
    };
    Ok(accounts.recorder.record(entry).await?)
}

/// Records that the person, or the server in their place, let the application do nothing.
pub(crate) async fn record_refusal(
    accounts: &Accounts,
    asked: &Asked,
    who: &AtBrowser,
    reason: &str,
    trace: TraceId,
) -> Result<(), AuthorizeError> {
    let entry = accounts.recorder.entry(Event::TokenIssued, Outcome::Denied, trace).because(reason);
    let facts = vec![Fact::step("code"), Fact::Client(asked.asker.client_id.clone())];
    let source = Source { session: Some(who.session), ..entry.source };
    let entry = Entry { actor: Some(who.person), facts, source, ..entry };
    Ok(accounts.recorder.record(entry).await?)
}
