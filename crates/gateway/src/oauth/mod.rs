//! OAuth 2.0 and OpenID Connect: every endpoint but the page of `/oauth/authorize`, which `web` has.

pub(crate) mod backchannel_logout;
pub(crate) mod client;
pub(crate) mod discovery;
pub(crate) mod form;
pub(crate) mod logout;
pub(crate) mod refusal;
pub(crate) mod token;
pub(crate) mod tokens;
pub(crate) mod user_info;
