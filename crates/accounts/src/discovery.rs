//! What clients read instead of a manual: RFC 8414, OpenID Connect Discovery 1.0, SMART App Launch 2.2.

use serde_json::{Value, json};

use crate::operations::oauth::scopes::WORDS;

/// Where tokens are asked for, below the base URL.
pub const TOKEN_PATH: &str = "/oauth/token";
/// Where the public keys are, below the base URL.
pub const JWKS_PATH: &str = "/oauth/jwks";

/// How clients prove themselves.
const PROOFS: [&str; 4] = ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"];
const PROOF_ALGORITHMS: [&str; 4] = ["RS384", "ES384", "ES256", "EdDSA"];

/// The metadata of the authorization server and OpenID provider at `base_url` (its issuer), as JSON text: one document
/// for `/.well-known/oauth-authorization-server` and `/.well-known/openid-configuration`. It says what is true today and
/// nothing else.
#[must_use]
pub fn discovery(base_url: &str) -> String {
    let mut document = common(base_url);
    for (name, value) in [
        ("response_modes_supported", json!(["query"])),
        ("subject_types_supported", json!(["public"])),
        ("id_token_signing_alg_values_supported", json!(["ES256"])),
        ("acr_values_supported", json!(["aal1", "aal2"])),
        (
            "claims_supported",
            json!([
                "iss",
                "sub",
                "aud",
                "exp",
                "iat",
                "auth_time",
                "nonce",
                "acr",
                "amr",
                "at_hash",
                "name",
                "fhirUser"
            ]),
        ),
        ("prompt_values_supported", json!(["none", "login", "consent", "select_account"])),
        ("claims_parameter_supported", json!(false)),
        ("request_parameter_supported", json!(false)),
        ("request_uri_parameter_supported", json!(false)),
        ("revocation_endpoint_auth_methods_supported", json!(PROOFS)),
        ("introspection_endpoint_auth_methods_supported", json!(PROOFS[1..])),
        ("authorization_response_iss_parameter_supported", json!(true)),
    ] {
        document[name] = value;
    }
    document.to_string()
}

/// The SMART configuration (`/.well-known/smart-configuration`) of the FHIR server at `base_url`, as JSON text.
#[must_use]
pub fn smart_configuration(base_url: &str) -> String {
    let mut document = common(base_url);
    document["capabilities"] = json!([
        "launch-standalone",
        "authorize-post",
        "client-public",
        "client-confidential-symmetric",
        "client-confidential-asymmetric",
        "sso-openid-connect",
        "context-standalone-patient",
        "permission-patient",
        "permission-user",
        "permission-offline",
        "permission-online",
        "permission-v1",
        "permission-v2",
    ]);
    document.to_string()
}

/// What both documents say.
fn common(base_url: &str) -> Value {
    let base_url = base_url.trim_end_matches('/');
    let at = |path: &str| format!("{base_url}{path}");
    let words = WORDS.iter().map(|(word, _)| *word);
    let scopes: Vec<&str> = words.chain(["patient/*.cruds", "user/*.cruds", "system/*.cruds"]).collect();
    json!({
        "issuer": base_url,
        "authorization_endpoint": at("/oauth/authorize"),
        "token_endpoint": at(TOKEN_PATH),
        "jwks_uri": at(JWKS_PATH),
        "userinfo_endpoint": at("/oauth/userinfo"),
        "revocation_endpoint": at("/oauth/revoke"),
        "introspection_endpoint": at("/oauth/introspect"),
        "end_session_endpoint": at("/oauth/logout"),
        "scopes_supported": scopes,
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": PROOFS,
        "token_endpoint_auth_signing_alg_values_supported": PROOF_ALGORITHMS,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_below_the_issuer_with_one_slash() {
        for base in ["https://example.org", "https://example.org/"] {
            for text in [discovery(base), smart_configuration(base)] {
                let document: Value = serde_json::from_str(&text).unwrap();
                assert_eq!(document["issuer"], "https://example.org");
                let members = document.as_object().unwrap();
                let urls =
                    members.iter().filter(|(name, _)| name.ends_with("_endpoint") || *name == "jwks_uri");
                for (name, url) in urls.clone() {
                    let path = url.as_str().unwrap().strip_prefix("https://example.org/oauth/");
                    assert!(path.is_some_and(|path| !path.contains('/')), "{name}: {url}");
                }
                assert_eq!(urls.count(), 7);
                assert_eq!(document["code_challenge_methods_supported"], json!(["S256"]));
            }
        }
    }
}
