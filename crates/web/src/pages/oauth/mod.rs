//! The endpoint of OAuth 2.0 that is a page: an application asks somebody for access.

pub(crate) mod authorize;
pub(crate) mod consent;
pub(crate) mod leaving;
