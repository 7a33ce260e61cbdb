//! What an authorization request needs next: a sign-in, an answer, or nothing more.

use jiff::SignedDuration;
use tacenda_contracts::accounts::{
    oauth::{AuthorizeError, Question, Step},
    sign_in::{SessionToken, Visit},
};
use tacenda_kernel::{ActorId, AuthStrength, Role};

use super::{
    authorisation::{Allowed, give_code, record_refusal},
    redirects,
    request::{Asked, read},
    scopes::Scopes,
    whom::{AtBrowser, at_browser},
};
use crate::{
    error::{Unanswered, unanswered},
    sealing::{Profile, Sealed},
    service::Accounts,
    store::{self, consents},
};

pub(crate) async fn begin(
    accounts: &Accounts,
    query: &str,
    session: Option<&SessionToken>,
    visit: &Visit,
) -> Result<Step, AuthorizeError> {
    let asked = read(accounts, query, visit.request()).await?;
    let who = match session {
        Some(session) => at_browser(accounts, session).await?,
        None => None,
    };
    let Some(who) = who else { return sign_in(&asked, false) };
    if is_stale(accounts, &asked, &who, SignedDuration::ZERO) {
        return sign_in(&asked, true);
    }
    let roles = fitting(&who.roles, &asked.scopes);
    if who.duties || needs_more(&asked, &who, &roles) {
        if asked.prompt.none {
            return Err(asked.asker.refuse("interaction_required", "the person must do something first"));
        }
        return Ok(Step::Duties { then: asked.then });
    }
    if roles.is_empty() {
        record_refusal(accounts, &asked, &who, "no-such-role", visit.trace).await?;
        return Err(asked.asker.refuse("access_denied", "the person has no role that fits these scopes"));
    }
    if let [role] = roles[..]
        && let Some(patient) = asked_before(accounts, &asked, &who, role).await?
    {
        let allowed = Allowed { asked: &asked, who: &who, role, patient: patient.0, afresh: false };
        return give_code(accounts, allowed, visit.trace).await.map(Step::Redirect);
    }
    if asked.prompt.none {
        return Err(asked.asker.refuse("consent_required", "the person must be asked"));
    }
    question(accounts, &asked, roles).await.map(|question| Step::Ask(Box::new(question)))
}

fn sign_in(asked: &Asked, again: bool) -> Result<Step, AuthorizeError> {
    if asked.prompt.none {
        return Err(asked.asker.refuse("login_required", "nobody is signed in, or not recently enough"));
    }
    Ok(Step::SignIn { again, then: asked.then.clone() })
}

/// Whether the person must prove anew who they are, having had so long to read and answer since.
pub(crate) fn is_stale(accounts: &Accounts, asked: &Asked, who: &AtBrowser, read: SignedDuration) -> bool {
    let age = who.proven_at.map(|at| accounts.clock.now().duration_since(at).as_secs());
    let most = asked.max_age.map(|most| most.saturating_add(read.as_secs()));
    let too_old = most.is_some_and(|most| age.is_none_or(|age| age > most));
    asked.prompt.login || too_old
}

/// Whether a second factor is missing: one that was asked for, or without which no role that fits sees anything.
pub(crate) fn needs_more(asked: &Asked, who: &AtBrowser, roles: &[Role]) -> bool {
    let with_one = who.strength == AuthStrength::Multi
        || (!asked.two_factors && (roles.is_empty() || roles.contains(&Role::Patient)));
    !with_one
}

/// The roles in which the scopes can mean anything.
pub(crate) fn fitting(roles: &[Role], scopes: &Scopes) -> Vec<Role> {
    let named = scopes.role();
    let resources = scopes.resources().next().is_some();
    let fits = |role: &&Role| {
        let sees_records = !matches!(role, Role::Administrator | Role::SecurityOfficer);
        named.is_none_or(|named| named == **role) && (!resources || sees_records)
    };
    let mut fitting: Vec<Role> = roles.iter().filter(fits).copied().collect();
    if !resources && named.is_none() {
        // The token opens nothing in any role, so there is nothing to choose.
        fitting.truncate(1);
    }
    fitting
}

/// The patient the person named before. Only the answer to all that is asked now counts.
struct Before(Option<String>);

/// SECURITY: a program on the person's own computer cannot prove that it is the one that was allowed before, so whoever
/// uses one is asked each time (RFC 8252 §8.6).
async fn asked_before(
    accounts: &Accounts,
    asked: &Asked,
    who: &AtBrowser,
    role: Role,
) -> Result<Option<Before>, AuthorizeError> {
    let anybody = asked.client.is_public() && redirects::is_loopback(&asked.asker.redirect_uri);
    if asked.prompt.consent || anybody || (who.strength != AuthStrength::Multi && role != Role::Patient) {
        return Ok(None);
    }
    let found = consents::find(&accounts.database, who.person, &asked.asker.client_id, role).await;
    let Some(consent) = found.map_err(unanswered)? else { return Ok(None) };
    let given = Scopes::of(consent.scopes.iter().map(String::as_str)).unwrap_or_default();
    if !asked.scopes.within(&given) {
        return Ok(None);
    }
    if !asked.scopes.need_patient() {
        return Ok(Some(Before(None)));
    }
    let Some(sealed) = consent.sealed_patient else { return Ok(None) };
    let patient = accounts.sealer.open_text(&Sealed::ConsentPatient(who.person), &sealed)?;
    // EXPOSE: it is sealed again with the authorisation.
    Ok(Some(Before(Some(patient.expose().clone()))))
}

async fn question(accounts: &Accounts, asked: &Asked, roles: Vec<Role>) -> Result<Question, AuthorizeError> {
    Ok(Question {
        application: application_name(accounts, asked.client.account).await?,
        host: redirects::host(&asked.asker.redirect_uri),
        proves_itself: !asked.client.is_public(),
        roles,
        scopes: asked.scopes.meanings(),
        needs_patient: asked.scopes.need_patient(),
    })
}

/// What an application is called: the name of its account.
pub(crate) async fn application_name(accounts: &Accounts, account: ActorId) -> Result<String, Unanswered> {
    let row = store::accounts::find(&accounts.database, account).await.map_err(unanswered)?;
    let row = row.ok_or_else(Unanswered::default)?;
    let profile = Profile::open(account, &row.sealed_profile, &accounts.sealer)?;
    // EXPOSE: the name of an application is told to the person whom it asks.
    Ok(profile.display_name.expose().clone())
}
