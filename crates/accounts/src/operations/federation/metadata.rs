//! What a provider says of itself (OpenID Connect Discovery 1.0 §3).

use serde::Deserialize;

use super::{
    fetch::{Fetch, NoAnswer},
    provider::{Provider, may_be_asked},
};

/// The parts of the discovery document that are used.
#[derive(Deserialize)]
pub(super) struct Metadata {
    issuer: String,
    pub(super) authorization_endpoint: String,
    pub(super) token_endpoint: String,
    pub(super) jwks_uri: String,
    #[serde(default)]
    pub(super) token_endpoint_auth_methods_supported: Vec<String>,
    /// RFC 9207: whether it always names itself when it sends a browser back.
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
}

/// Fetches the document of a provider.
pub(super) async fn discover(fetch: &Fetch, provider: &Provider) -> Result<Metadata, NoAnswer> {
    let issuer = provider.issuer.trim_end_matches('/');
    let text = fetch.get(&format!("{issuer}/.well-known/openid-configuration")).await?;
    let metadata: Metadata =
        serde_json::from_str(&text).map_err(|_| unusable(provider, "it cannot be read"))?;
    // SECURITY: whoever answers under this URL must say that it is this issuer, letter by letter.
    if metadata.issuer != provider.issuer {
        return Err(unusable(provider, "it names another issuer"));
    }
    let named = [&metadata.authorization_endpoint, &metadata.token_endpoint, &metadata.jwks_uri];
    if !named.iter().all(|url| may_be_asked(url, &provider.issuer)) {
        return Err(unusable(provider, "it names an endpoint that is not https"));
    }
    Ok(metadata)
}

fn unusable(provider: &Provider, why: &str) -> NoAnswer {
    tracing::error!(
        provider = provider.id,
        why,
        "the discovery document of an identity provider is not usable"
    );
    NoAnswer
}
