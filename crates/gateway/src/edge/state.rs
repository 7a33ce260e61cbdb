//! What the edge is made of.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use tacenda_contracts::accounts::{Accounts, federation::Federation, oauth::Authorize};
use tacenda_fhir::Limits;
use tacenda_kernel::{Clock, Random, TrustedProxies};
use tacenda_records::Records;

use super::{
    gate::Gate,
    load::{Capacity, Load},
};

/// What the edge is made of.
pub struct EdgeParts {
    /// Who says who somebody is.
    pub accounts: Arc<dyn Accounts>,
    /// Who exchanges the tokens of other providers.
    pub federation: Arc<dyn Federation>,
    /// The application.
    pub records: Arc<Records>,
    /// The public URL of the server, without a slash at its end: `https://localhost:8443`.
    pub origin: String,
    /// Lets applications act in people's names.
    pub authorize: Arc<dyn Authorize>,
    /// The metadata of the authorization server and OpenID provider (RFC 8414), as JSON text.
    pub discovery: String,
    /// The SMART configuration, as JSON text.
    pub smart_configuration: String,
    /// How large and deep a document may be.
    pub limits: Limits,
    /// How much may be under way at once.
    pub capacity: Capacity,
    /// Whether anybody is let in.
    pub gate: Gate,
    /// The proxies that say from where a request comes.
    pub trusted_proxies: TrustedProxies,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
}

/// The edge, shared by all requests; and its CapabilityStatement, once it was asked for.
#[derive(Clone)]
pub struct Edge(pub(crate) Arc<EdgeParts>, pub(crate) Arc<Load>, pub(crate) Arc<OnceLock<Bytes>>);

impl Edge {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: EdgeParts) -> Self {
        let load = Load::new(parts.capacity);
        Self(Arc::new(parts), load, Arc::default())
    }

    /// The FHIR base URL.
    pub(crate) fn base(&self) -> String {
        format!("{}/fhir", self.0.origin)
    }
}
