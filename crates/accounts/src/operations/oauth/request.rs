//! Reading an authorization request (RFC 6749 §4.1.1, RFC 7636, OpenID Connect Core §3.1.2.1, SMART App Launch 2.2).

use std::collections::HashMap;

use data_encoding::BASE64URL_NOPAD;
use tacenda_contracts::{
    accounts::oauth::{AuthorizeError, AuthorizeFault, LONGEST_QUERY},
    entry::{Entry, Event, Fact, Outcome},
};
use tacenda_kernel::RequestContext;

use super::{
    answer::Asker,
    redirects,
    scopes::{Scope, Scopes},
};
use crate::{
    error::unanswered,
    operations::prove_client::LONGEST_CLIENT_ID,
    service::Accounts,
    store::clients::{self, ClientRow, GrantType},
};

const LONGEST_STATE: usize = 2 * 1024;
const LONGEST_NONCE: usize = 512;

/// A request that can be answered at the application's address.
pub(crate) struct Asked {
    /// To whom the answer goes.
    pub(crate) asker: Asker,
    /// The client, as registered.
    pub(crate) client: ClientRow,
    pub(crate) scopes: Scopes,
    pub(crate) nonce: Option<String>,
    /// SHA-256 of what the client will show (PKCE, S256).
    pub(crate) challenge: [u8; 32],
    pub(crate) prompt: Prompt,
    /// How old the proof of the person may be, in seconds.
    pub(crate) max_age: Option<i64>,
    /// Whether two factors are asked for.
    pub(crate) two_factors: bool,
    /// The query to come back with once the person has signed in again: it does not ask for that a second time.
    pub(crate) then: String,
}

/// How the person is to be asked (OpenID Connect Core §3.1.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Prompt {
    pub(crate) none: bool,
    pub(crate) login: bool,
    pub(crate) consent: bool,
}

type Fields = HashMap<String, String>;

/// Reads and checks the request; a refusal is recorded before it is answered.
pub(crate) async fn read(
    accounts: &Accounts,
    query: &str,
    request: RequestContext,
) -> Result<Asked, AuthorizeError> {
    let asked = understand(accounts, query).await;
    let reason = match &asked {
        Err(AuthorizeError::Page(fault)) => fault.code(),
        Err(AuthorizeError::Redirect(refused)) => refused.code.as_ref(),
        Ok(_) | Err(AuthorizeError::Ended | AuthorizeError::Full | AuthorizeError::Unavailable) => {
            return asked;
        }
    };
    let entry = accounts.recorder.entry(Event::TokenIssued, Outcome::Denied, request);
    let entry = entry.because(reason);
    let facts = std::iter::once(Fact::step("code")).chain(claimed_client(query)).collect();
    accounts.recorder.record_stranger(Entry { facts, ..entry }, request).await?;
    asked
}

/// Who it claims to come from, if that could be a client.
fn claimed_client(query: &str) -> Option<Fact> {
    let (_, client_id) = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "client_id")?;
    let fits = client_id.len() <= LONGEST_CLIENT_ID && client_id.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then(|| Fact::Client(client_id.into_owned()))
}

/// Until the address is known to be the application's, an error goes to a page.
async fn understand(accounts: &Accounts, query: &str) -> Result<Asked, AuthorizeError> {
    if query.len() > LONGEST_QUERY {
        return Err(AuthorizeFault::Malformed.into());
    }
    let mut fields = Fields::new();
    let mut repeated = Vec::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if let Some(before) = fields.insert(name.into_owned(), value.into_owned()) {
            repeated.push(before);
        }
    }
    let (client_id, client) = client(accounts, &fields, query).await?;
    let redirect_uri = address(&fields, &client, query)?;
    let state = fields.get("state").filter(|state| state.len() <= LONGEST_STATE).cloned();
    let issuer = accounts.issuer.clone();
    let asker = Asker { client_id, redirect_uri, state, issuer };
    check(&fields, &asker, !repeated.is_empty())?;
    finish(accounts, &fields, asker, client, query)
}

/// SECURITY: a name that comes twice could be read one way here and another way by the page before.
fn only_once(query: &str, name: &str) -> bool {
    form_urlencoded::parse(query.as_bytes()).filter(|(found, _)| found == name).count() <= 1
}

async fn client(
    accounts: &Accounts,
    fields: &Fields,
    query: &str,
) -> Result<(String, ClientRow), AuthorizeError> {
    if !only_once(query, "client_id") {
        return Err(AuthorizeFault::Malformed.into());
    }
    let unknown = || AuthorizeError::from(AuthorizeFault::UnknownApplication);
    let client_id = fields.get("client_id").ok_or_else(unknown)?;
    if client_id.contains('\0') {
        return Err(unknown());
    }
    let client = clients::find(&accounts.database, client_id).await.map_err(unanswered)?;
    let client = client.filter(|client| !client.suspended && client.may(GrantType::AuthorizationCode));
    Ok((client_id.clone(), client.ok_or_else(unknown)?))
}

fn address(fields: &Fields, client: &ClientRow, query: &str) -> Result<String, AuthorizeError> {
    if !only_once(query, "redirect_uri") {
        return Err(AuthorizeFault::Malformed.into());
    }
    let uri = fields.get("redirect_uri").ok_or(AuthorizeFault::UnknownAddress)?;
    if !redirects::is_registered(uri, &client.redirect_uris) {
        return Err(AuthorizeFault::UnknownAddress.into());
    }
    Ok(uri.clone())
}

/// What is wrong with the request's form, told to the application.
fn check(fields: &Fields, asker: &Asker, repeated: bool) -> Result<(), AuthorizeError> {
    let field = |name: &str| fields.get(name).map(String::as_str);
    if repeated {
        return Err(asker.refuse("invalid_request", "a parameter comes twice"));
    }
    for (name, code) in [
        ("request", "request_not_supported"),
        ("request_uri", "request_uri_not_supported"),
        ("registration", "registration_not_supported"),
    ] {
        if field(name).is_some() {
            return Err(asker.refuse(code, "send plain parameters"));
        }
    }
    match field("response_type") {
        Some("code") => {}
        Some(_) => return Err(asker.refuse("unsupported_response_type", "use response_type=code")),
        None => return Err(asker.refuse("invalid_request", "response_type is missing: use code")),
    }
    if field("response_mode").is_some_and(|mode| mode != "query") {
        return Err(asker.refuse("invalid_request", "use response_mode=query"));
    }
    if field("state").is_some() && asker.state.is_none() {
        return Err(asker.refuse("invalid_request", "state is longer than 2048 bytes"));
    }
    if field("code_challenge_method") != Some("S256") {
        return Err(asker.refuse("invalid_request", "PKCE is needed: use code_challenge_method=S256"));
    }
    if field("nonce").is_some_and(|nonce| nonce.len() > LONGEST_NONCE) {
        return Err(asker.refuse("invalid_request", "nonce is longer than 512 bytes"));
    }
    Ok(())
}

fn finish(
    accounts: &Accounts,
    fields: &Fields,
    asker: Asker,
    client: ClientRow,
    query: &str,
) -> Result<Asked, AuthorizeError> {
    let invalid = |text| asker.refuse("invalid_request", text);
    let challenge = fields.get("code_challenge").and_then(|text| challenge(text));
    let challenge = challenge.ok_or_else(|| invalid("code_challenge is not a SHA-256 in base64url"))?;
    let mut prompt = prompt(fields.get("prompt")).ok_or_else(|| invalid("prompt is not understood"))?;
    let max_age = fields.get("max_age").map(|age| age.parse::<u32>().map(i64::from)).transpose();
    let max_age = max_age.map_err(|_| invalid("max_age is a number of seconds"))?;
    // No proof is ever that young: what it says is that the person must sign in now (OpenID Connect Core §3.1.2.1).
    prompt.login |= max_age == Some(0);
    let scopes = scopes(fields, &asker, &client)?;
    audience(accounts, fields, &asker, &scopes)?;
    let two_factors =
        fields.get("acr_values").is_some_and(|values| values.split(' ').any(|acr| acr == "aal2"));
    let nonce = fields.get("nonce").cloned();
    let then = without_login(query);
    if then.len() > LONGEST_QUERY {
        return Err(AuthorizeFault::Malformed.into());
    }
    Ok(Asked { asker, client, scopes, nonce, challenge, prompt, max_age, two_factors, then })
}

fn challenge(text: &str) -> Option<[u8; 32]> {
    BASE64URL_NOPAD.decode(text.as_bytes()).ok()?.try_into().ok()
}

fn prompt(text: Option<&String>) -> Option<Prompt> {
    let mut prompt = Prompt::default();
    for word in text.map(String::as_str).unwrap_or_default().split(' ').filter(|word| !word.is_empty()) {
        match word {
            "none" => prompt.none = true,
            "login" | "select_account" => prompt.login = true,
            "consent" => prompt.consent = true,
            _ => return None,
        }
    }
    let alone = !(prompt.login || prompt.consent);
    (!prompt.none || alone).then_some(prompt)
}

fn scopes(fields: &Fields, asker: &Asker, client: &ClientRow) -> Result<Scopes, AuthorizeError> {
    let invalid = |text| asker.refuse("invalid_scope", text);
    let asked = fields.get("scope").map(String::as_str).unwrap_or_default();
    let scopes = Scopes::parse(asked).map_err(|_| invalid("a scope is not known; see scopes_supported"))?;
    if scopes.is_empty() {
        return Err(invalid("no scope is asked for"));
    }
    let system = scopes.resources().any(|scope| scope.context == tacenda_kernel::ScopeContext::System);
    if system {
        return Err(invalid("system scopes are for client_credentials"));
    }
    if scopes.has(&Scope::FhirUser) && !scopes.has(&Scope::OpenId) {
        return Err(invalid("fhirUser needs openid"));
    }
    if client.allowed_scopes().is_some_and(|allowed| !scopes.within(&allowed)) {
        return Err(invalid("the application is not registered for a scope"));
    }
    Ok(scopes)
}

/// SECURITY: an application that was led to a false FHIR server would ask for tokens for that one (SMART App Launch 2.2,
/// `aud`); RFC 8707 calls it `resource`.
fn audience(
    accounts: &Accounts,
    fields: &Fields,
    asker: &Asker,
    scopes: &Scopes,
) -> Result<(), AuthorizeError> {
    let named = [fields.get("aud"), fields.get("resource")];
    let mut named = named.into_iter().flatten().peekable();
    if named.peek().is_none() && scopes.resources().next().is_some() {
        return Err(asker.refuse("invalid_request", "aud is missing: it is the FHIR base URL"));
    }
    let here = accounts.audience.trim_end_matches('/');
    if named.any(|name| name.trim_end_matches('/') != here) {
        return Err(asker.refuse("invalid_target", "aud is not this FHIR server's base URL"));
    }
    Ok(())
}

fn without_login(query: &str) -> String {
    let mut then = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "prompt" if value.split(' ').any(|word| word == "consent") => {
                then.append_pair(&name, "consent");
            }
            "prompt" => {}
            "max_age" if value.parse() == Ok(0_u32) => {}
            _ => {
                then.append_pair(&name, &value);
            }
        }
    }
    then.finish()
}
