//! OAuth 2.0: the token endpoint and what clients discover it by.

pub(crate) mod discovery;
pub(crate) mod token;
