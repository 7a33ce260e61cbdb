//! Signing out by an application (OpenID Connect RP-Initiated Logout 1.0).

use std::collections::HashMap;

use tacenda_contracts::accounts::{
    oauth::{AuthorizeError, AuthorizeFault, Farewell},
    sign_in::{SessionToken, Visit},
};
use tacenda_crypto::IdTokenHint;
use tacenda_kernel::Secret;

use super::{
    redirects::with_parameters,
    whom::{at_browser, end_session},
};
use crate::{
    error::unanswered,
    service::Accounts,
    store::clients::{self, ClientRow},
};

const LONGEST_QUERY: usize = 16 * 1024;

/// SECURITY: without an ID token of the very person who is signed in, anybody's link could sign them out; then they are
/// asked. And a browser is sent only to an address that is registered for the client of the ID token.
pub(crate) async fn farewell(
    accounts: &Accounts,
    query: &str,
    session: Option<&SessionToken>,
    visit: &Visit,
) -> Result<Farewell, AuthorizeError> {
    if query.len() > LONGEST_QUERY {
        return Err(AuthorizeFault::Malformed.into());
    }
    let mut fields = HashMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if fields.insert(name.into_owned(), value.into_owned()).is_some() {
            return Err(AuthorizeFault::Malformed.into());
        }
    }
    let hint = match fields.get("id_token_hint") {
        Some(text) => accounts.signing.verifier.verify_hint(text).ok(),
        None => None,
    };
    let location = address(accounts, &fields, hint.as_ref()).await?;
    let Some(session) = session else { return Ok(Farewell::Done(location)) };
    let Some(who) = at_browser(accounts, session).await? else {
        return Ok(Farewell::Done(location));
    };
    if hint.is_none_or(|hint| hint.sub != who.person.0) {
        return Ok(Farewell::Confirm);
    }
    end_session(accounts, session, visit.trace).await?;
    Ok(Farewell::Done(location))
}

async fn address(
    accounts: &Accounts,
    fields: &HashMap<String, String>,
    hint: Option<&IdTokenHint>,
) -> Result<Option<Secret<String>>, AuthorizeError> {
    let Some(uri) = fields.get("post_logout_redirect_uri") else { return Ok(None) };
    let unknown = AuthorizeError::Page(AuthorizeFault::UnknownAddress);
    let Some(hint) = hint else { return Err(unknown) };
    if fields.get("client_id").is_some_and(|client_id| *client_id != hint.aud) {
        return Err(unknown);
    }
    let client = clients::find(&accounts.database, &hint.aud).await.map_err(unanswered)?;
    let registered = |client: &ClientRow| client.post_logout_uris.contains(uri);
    if !client.as_ref().is_some_and(registered) {
        return Err(unknown);
    }
    let state: Vec<_> = fields.get("state").map(|state| ("state", state.as_str())).into_iter().collect();
    let location = if state.is_empty() { uri.clone() } else { with_parameters(uri, &state) };
    Ok(Some(Secret::new(location)))
}
