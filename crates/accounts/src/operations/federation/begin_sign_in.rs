//! Sends a browser to its provider.

use data_encoding::BASE64URL_NOPAD;
use form_urlencoded::Serializer;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tacenda_contracts::accounts::{
    federation::{Departure, FederationError},
    sign_in::Visit,
};
use tacenda_crypto::sha256;
use tacenda_kernel::Secret;

use super::{directory::Known, refusal::Refusal};
use crate::{
    error::unanswered,
    operations::sign_in::tries::Tries,
    sealing::{Sealed, SealingFailed},
    service::Accounts,
    store::provider_requests::{self, RequestRow},
    visit::{make_token, token_hash},
};

/// How long somebody may take to sign in at the provider.
const OPEN: SignedDuration = SignedDuration::from_mins(10);
/// How long ago somebody may have signed in there, in seconds: as long as the longest session of a clinician here.
pub(super) const LONGEST_AGO: i64 = 12 * 3600;
const LONGEST_NEXT: usize = 4096;

/// What is kept of a sign-in while the browser is away, sealed.
#[derive(Serialize, Deserialize)]
pub(super) struct Pending {
    pub(super) nonce: String,
    /// RFC 7636 §4.1
    pub(super) verifier: String,
    pub(super) next: String,
    /// Since when a proof counts.
    pub(super) proven_since: Timestamp,
}

/// Begins a sign-in: where the browser is to go.
pub(crate) async fn begin(
    accounts: &Accounts,
    departure: Departure,
    visit: &Visit,
) -> Result<Secret<String>, FederationError> {
    let known = accounts.directory.named(&departure.provider).ok_or(FederationError::NotFound)?;
    match departed(accounts, known, departure, visit).await {
        Ok(location) => Ok(location),
        Err(refusal) => Err(refusal.recorded(accounts, &known.provider.id, visit.request()).await.into()),
    }
}

async fn departed(
    accounts: &Accounts,
    known: &Known,
    departure: Departure,
    visit: &Visit,
) -> Result<Secret<String>, Refusal> {
    let now = accounts.clock.now();
    Tries::at_provider(accounts, visit).take(accounts).await?;
    let browser = token_hash(&departure.browser).ok_or(Refusal::NotBegun("no-browser"))?;
    if departure.next.len() > LONGEST_NEXT {
        return Err(Refusal::NotBegun("next-length"));
    }
    let published = accounts.directory.published(known, now).await?;
    let (state, nonce, verifier) = (make_token(accounts), make_token(accounts), make_token(accounts));
    let ago = if departure.again { 0 } else { LONGEST_AGO };
    let pending = Pending {
        // EXPOSE: all of it is sealed.
        nonce: nonce.expose().clone(),
        verifier: verifier.expose().clone(),
        next: departure.next,
        proven_since: now.saturating_sub(SignedDuration::from_secs(ago)).unwrap_or(now),
    };
    let hash = token_hash(&state).unwrap_or_default();
    let expires_at = now.saturating_add(OPEN).unwrap_or(now);
    let what = Sealed::ProviderRequest(&hash, &browser, &known.provider.id, expires_at);
    let row = RequestRow {
        provider: known.provider.id.clone(),
        browser,
        sealed_request: pending.seal(accounts, &what)?,
        expires_at,
    };
    provider_requests::insert(&accounts.database, &hash, &row, now).await.map_err(unanswered)?;
    let mut query = Serializer::new(String::new());
    query.append_pair("response_type", "code");
    query.append_pair("client_id", &known.provider.client_id);
    query.append_pair("redirect_uri", &redirect_uri(accounts, known));
    query.append_pair("scope", &scope(known));
    // EXPOSE: the browser carries state and nonce; the verifier stays here and only its hash goes.
    query.append_pair("state", state.expose()).append_pair("nonce", nonce.expose());
    // EXPOSE: as above.
    query.append_pair("code_challenge", &BASE64URL_NOPAD.encode(&sha256(verifier.expose().as_bytes())));
    query.append_pair("code_challenge_method", "S256");
    // With it the provider must say when somebody proved themselves (OpenID Connect Core 1.0 §3.1.2.1).
    query.append_pair("max_age", &ago.to_string());
    if departure.again {
        query.append_pair("prompt", "login");
    }
    let endpoint = &published.metadata.authorization_endpoint;
    let joint = if endpoint.contains('?') { '&' } else { '?' };
    Ok(Secret::new(format!("{endpoint}{joint}{}", query.finish())))
}

/// Where the provider sends the browser back to; it is registered there.
pub(super) fn redirect_uri(accounts: &Accounts, known: &Known) -> String {
    format!("{}/sign-in/from/{}", accounts.issuer, known.provider.id)
}

fn scope(known: &Known) -> String {
    std::iter::once("openid")
        .chain(known.provider.scopes.iter().map(String::as_str))
        .collect::<Vec<_>>()
        .join(" ")
}

impl Pending {
    fn seal(&self, accounts: &Accounts, what: &Sealed<'_>) -> Result<Vec<u8>, SealingFailed> {
        let plain = Secret::new(postcard::to_stdvec(self).map_err(|_| SealingFailed)?);
        // EXPOSE: it is sealed.
        Ok(accounts.sealer.seal(what, plain.expose()))
    }

    pub(super) fn open(
        accounts: &Accounts,
        state: &[u8; 32],
        row: &RequestRow,
    ) -> Result<Self, SealingFailed> {
        let what = Sealed::ProviderRequest(state, &row.browser, &row.provider, row.expires_at);
        let plain = accounts.sealer.open(&what, &row.sealed_request)?;
        // EXPOSE: the parts are used once, by whoever ends this sign-in.
        postcard::from_bytes(plain.expose()).map_err(|_| SealingFailed)
    }
}
