//! The applications that somebody let in, and how they are put out again.

use tacenda_contracts::{
    accounts::{
        oauth::{AuthorizeError, AuthorizeFault, LetIn},
        sign_in::{SessionToken, Visit},
    },
    entry::{Entry, Event, Fact, Outcome, Source},
};

use super::{
    begin::application_name,
    scopes::Scopes,
    whom::{AtBrowser, at_browser},
};
use crate::{
    error::unanswered,
    operations::prove_client::LONGEST_CLIENT_ID,
    recorder::announced,
    service::Accounts,
    store::{authorisations, clients, consents, held::Held},
    visit::context,
};

/// One for each application and role, by the newest answer.
pub(crate) async fn let_in(
    accounts: &Accounts,
    session: &SessionToken,
) -> Result<Vec<LetIn>, AuthorizeError> {
    let who = signed_in(accounts, session).await?;
    let now = accounts.clock.now();
    let rows = authorisations::of_person(&accounts.database, who.person, now).await.map_err(unanswered)?;
    let mut found: Vec<LetIn> = Vec::new();
    for row in rows {
        let same = |one: &&mut LetIn| one.client_id == row.client_id && one.role == row.role;
        if let Some(one) = found.iter_mut().find(same) {
            one.last_used_at = one.last_used_at.max(row.used_at);
            one.since = one.since.min(row.created_at);
            continue;
        }
        let client = clients::find(&accounts.database, &row.client_id).await.map_err(unanswered)?;
        let Some(client) = client else { continue };
        found.push(LetIn {
            application: application_name(accounts, client.account).await?,
            client_id: row.client_id,
            role: row.role,
            scopes: Scopes::of(row.scopes.iter().map(String::as_str)).unwrap_or_default().meanings(),
            since: row.created_at,
            last_used_at: row.used_at,
        });
    }
    Ok(found)
}

/// Ends all access of the client in the person's name, and forgets their consent.
pub(crate) async fn put_out(
    accounts: &Accounts,
    session: &SessionToken,
    client_id: &str,
    visit: &Visit,
) -> Result<(), AuthorizeError> {
    let who = signed_in(accounts, session).await?;
    // SECURITY: what stands in an entry is a client's id, and no text that somebody sent.
    if client_id.len() > LONGEST_CLIENT_ID || !client_id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(AuthorizeFault::UnknownApplication.into());
    }
    let now = accounts.clock.now();
    let in_force =
        authorisations::of_person(&accounts.database, who.person, now).await.map_err(unanswered)?;
    let mut client = accounts.database.client().await.map_err(unanswered)?;
    let transaction = client.transaction().await.map_err(unanswered)?;
    let key = &accounts.database.key;
    let held = Held::lock(&transaction, key, who.person).await.map_err(unanswered)?;
    let mut held = held.ok_or(AuthorizeError::Ended)?;
    let ended = authorisations::end_of_person(&transaction, key, &mut held, client_id, now).await;
    ended.map_err(unanswered)?;
    let allowed = consents::withdraw(&transaction, key, &mut held, client_id).await.map_err(unanswered)?;
    if !allowed && !in_force.iter().any(|row| row.client_id == client_id) {
        transaction.rollback().await.map_err(unanswered)?;
        return Err(AuthorizeFault::UnknownApplication.into());
    }
    let kept = held.keep(&transaction, key, now).await.map_err(unanswered)?;
    let entry = accounts.recorder.entry(Event::AccountChanged, Outcome::Allowed, context(visit));
    let mut facts = vec![Fact::step("end-access"), Fact::Client(client_id.to_owned())];
    facts.extend(announced(kept));
    let source = Source { session: Some(who.session), ..entry.source };
    accounts.recorder.record(Entry { actor: Some(who.person), facts, source, ..entry }).await?;
    transaction.commit().await.map_err(unanswered)?;
    accounts.database.committed(kept);
    accounts.known.clear();
    Ok(())
}

async fn signed_in(accounts: &Accounts, session: &SessionToken) -> Result<AtBrowser, AuthorizeError> {
    at_browser(accounts, session).await?.filter(|who| !who.duties).ok_or(AuthorizeError::Ended)
}
