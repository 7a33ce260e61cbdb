//! An ID token for an authorization code (OpenID Connect Core 1.0 §3.1.3).

use data_encoding::BASE64;
use form_urlencoded::{Serializer, byte_serialize};
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::json;
use tacenda_kernel::Secret;

use super::{
    begin_sign_in::redirect_uri,
    directory::{Known, Published},
    fetch::{Fetch, NoAnswer},
    provider::ProviderCredential,
    refusal::Refusal,
};
use crate::{operations::issue_token::random_uuid, service::Accounts};

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// How long an assertion of this server is good, in seconds.
const ASSERTION_LIFETIME: i64 = 60;

#[derive(Deserialize)]
struct Answer {
    id_token: String,
}

/// Redeems a code. Its access and refresh tokens are not wanted and not kept.
pub(super) async fn redeem(
    accounts: &Accounts,
    known: &Known,
    published: &Published,
    code: &Secret<String>,
    verifier: &Secret<String>,
) -> Result<Secret<String>, Refusal> {
    let (form, basic) = question(accounts, known, published, code, verifier)?;
    let endpoint = &published.metadata.token_endpoint;
    let fetch: &Fetch = accounts.directory.fetch.as_ref().ok_or(Refusal::NoAnswer)?;
    let (status, text) = fetch.post(endpoint, &form, basic.as_ref()).await?;
    match status {
        StatusCode::OK => {
            let answer: Answer = serde_json::from_str(&text).map_err(|_| Refusal::Unproven("no-id-token"))?;
            Ok(Secret::new(answer.id_token))
        }
        _ if status.is_server_error() => Err(NoAnswer.into()),
        _ => {
            tracing::warn!(provider = known.provider.id, %status, "an identity provider took no code");
            Err(Refusal::Unproven("code-refused"))
        }
    }
}

/// The form, and the header that proves who asks where the form does not.
fn question(
    accounts: &Accounts,
    known: &Known,
    published: &Published,
    code: &Secret<String>,
    verifier: &Secret<String>,
) -> Result<(Secret<String>, Option<Secret<String>>), Refusal> {
    let mut form = Serializer::new(String::new());
    form.append_pair("grant_type", "authorization_code");
    // EXPOSE: both prove to the provider that this server began the sign-in.
    form.append_pair("code", code.expose()).append_pair("code_verifier", verifier.expose());
    form.append_pair("redirect_uri", &redirect_uri(accounts, known));
    let basic = prove(accounts, known, published, &mut form)?;
    Ok((Secret::new(form.finish()), basic))
}

/// Adds this server's proof to the form, or gives the header that has it.
fn prove(
    accounts: &Accounts,
    known: &Known,
    published: &Published,
    form: &mut Serializer<'_, String>,
) -> Result<Option<Secret<String>>, Refusal> {
    let client = &known.provider.client_id;
    if let Some(signer) = &known.signer {
        let now = accounts.clock.now().as_second();
        let claims = json!({ "iss": client, "sub": client, "aud": published.metadata.token_endpoint, "iat": now,
            "exp": now.saturating_add(ASSERTION_LIFETIME), "jti": random_uuid(accounts) });
        let assertion = signer.sign_id_token(&claims).map_err(|_| Refusal::Unavailable)?;
        form.append_pair("client_id", client);
        form.append_pair("client_assertion_type", ASSERTION).append_pair("client_assertion", &assertion);
        return Ok(None);
    }
    let ProviderCredential::Secret(secret) = &known.provider.credential else {
        return Err(Refusal::Unavailable);
    };
    let methods = &published.metadata.token_endpoint_auth_methods_supported;
    let in_form = |method: &String| method == "client_secret_post";
    if methods.iter().any(in_form) && !methods.iter().any(|method| method == "client_secret_basic") {
        // EXPOSE: the provider is proven to that this is its client.
        form.append_pair("client_id", client).append_pair("client_secret", secret.expose());
        return Ok(None);
    }
    // EXPOSE: as above. RFC 6749 §2.3.1: both parts are form-encoded first.
    let part = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let pair = Secret::new(format!("{}:{}", part(client), part(secret.expose())));
    // EXPOSE: as above.
    Ok(Some(Secret::new(format!("Basic {}", BASE64.encode(pair.expose().as_bytes())))))
}
