//! What the pages are made of.

use std::sync::Arc;

use jiff::tz::TimeZone;
use tacenda_contracts::accounts::{
    applications::Applications, federation::Federation, launch::LaunchPatients, links::Links,
    oauth::Authorize, own_account::OwnAccount, people::People, sign_in::SignIn,
};
use tacenda_kernel::{Clock, Random, TrustedProxies};

/// What the pages are made of. Each part is one contract, so that a page holds no more than it needs.
pub struct WebParts {
    /// Signs people in.
    pub sign_in: Arc<dyn SignIn>,
    /// Signs people in whom a provider vouches for.
    pub federation: Arc<dyn Federation>,
    /// One's own account.
    pub own: Arc<dyn OwnAccount>,
    /// What is done by mailed links.
    pub links: Arc<dyn Links>,
    /// Manages people.
    pub people: Arc<dyn People>,
    /// Manages applications.
    pub applications: Arc<dyn Applications>,
    /// Lets applications in.
    pub authorize: Arc<dyn Authorize>,
    /// Names the patient an application is started for.
    pub launch: Arc<dyn LaunchPatients>,
    /// The public URL, without a slash at its end: forms are taken from pages of this origin only.
    pub origin: String,
    /// The proxies that say from where a request comes.
    pub trusted_proxies: TrustedProxies,
    /// In which times are shown.
    pub time_zone: TimeZone,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
}

/// The pages, shared by all requests.
#[derive(Clone)]
pub struct Web(Arc<WebParts>);

impl Web {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: WebParts) -> Self {
        Self(Arc::new(parts))
    }

    /// Whether browsers come by TLS, so that cookies can say so.
    pub(crate) fn secure(&self) -> bool {
        self.0.origin.starts_with("https://")
    }
}

impl std::ops::Deref for Web {
    type Target = WebParts;
    fn deref(&self) -> &WebParts {
        &self.0
    }
}
