//! Answers to an authorization request, at the application's address.

use tacenda_contracts::accounts::oauth::{AuthorizeError, Location, Refused};
use tacenda_kernel::Secret;

use super::redirects::with_parameters;

/// The application that asks, at an address that is known to be its own.
pub(crate) struct Asker {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) state: Option<String>,
    pub(crate) issuer: String,
}

impl Asker {
    /// The address with an authorization code.
    pub(crate) fn with_code(&self, code: &Secret<String>) -> Location {
        // EXPOSE: the code goes to the application it is for, by the browser of whoever let it in.
        self.at(&[("code", code.expose())])
    }

    /// An error of RFC 6749 §4.1.2.1 or OpenID Connect Core §3.1.2.6.
    pub(crate) fn refuse(&self, code: &'static str, text: &'static str) -> AuthorizeError {
        let location = self.at(&[("error", code), ("error_description", text)]);
        AuthorizeError::Redirect(Refused { code: code.into(), location })
    }

    /// `iss` says who answers, so that an application of several servers takes no answer for another's (RFC 9207).
    fn at(&self, parameters: &[(&str, &str)]) -> Location {
        let state = self.state.as_deref().map(|state| ("state", state));
        let all: Vec<_> =
            parameters.iter().copied().chain(state).chain([("iss", self.issuer.as_str())]).collect();
        Secret::new(with_parameters(&self.redirect_uri, &all))
    }
}
