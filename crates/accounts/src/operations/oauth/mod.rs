//! OAuth 2.0, OpenID Connect and SMART App Launch: applications that act in people's names.
//!
//! ```text
//!  query ─ request ─ begin ─▶ page ─ decide ─▶ code ─ redeem ─▶ tokens ─ redeem ─▶ tokens …
//!                      └ asked before ─────────┘                  └ all of one authorisation
//! ```

pub(crate) mod answer;
pub(crate) mod authorisation;
pub(crate) mod begin;
pub(crate) mod claims;
pub(crate) mod decide;
pub(crate) mod farewell;
pub(crate) mod introspect;
pub(crate) mod let_in;
pub(crate) mod notices;
pub(crate) mod redeem_code;
pub(crate) mod redeem_refresh;
pub(crate) mod redirects;
pub(crate) mod request;
pub(crate) mod revoke;
pub(crate) mod scopes;
pub(crate) mod tokens;
pub(crate) mod user_info;
pub(crate) mod whom;
