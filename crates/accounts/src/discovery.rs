//! OAuth 2.0 authorization server metadata (RFC 8414): what clients read instead of a manual.

use serde_json::json;

/// Where tokens are asked for, below the base URL.
pub const TOKEN_PATH: &str = "/oauth/token";
/// Where the public keys are, below the base URL.
pub const JWKS_PATH: &str = "/oauth/jwks";

/// The metadata document of an authorization server at `base_url` (its issuer), as JSON text.
///
/// It says what is true today and nothing else: there is no authorization endpoint yet, so `response_types_supported`,
/// which RFC 8414 requires, is empty.
#[must_use]
pub fn discovery(base_url: &str) -> String {
    let base_url = base_url.trim_end_matches('/');
    json!({
        "issuer": base_url,
        "token_endpoint": format!("{base_url}{TOKEN_PATH}"),
        "jwks_uri": format!("{base_url}{JWKS_PATH}"),
        "response_types_supported": [],
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported":
            ["client_secret_basic", "client_secret_post", "private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS384", "ES384", "ES256", "EdDSA"],
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_below_the_issuer_with_one_slash() {
        for base in ["https://example.org", "https://example.org/"] {
            let document: serde_json::Value = serde_json::from_str(&discovery(base)).unwrap();
            assert_eq!(document["issuer"], "https://example.org");
            assert_eq!(document["token_endpoint"], "https://example.org/oauth/token");
            assert_eq!(document["jwks_uri"], "https://example.org/oauth/jwks");
            assert_eq!(document["grant_types_supported"], json!(["client_credentials"]));
            assert!(document.get("authorization_endpoint").is_none());
        }
    }
}
