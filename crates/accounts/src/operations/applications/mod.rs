//! Applications, as administrators manage them. One is an account of its own with one OAuth client.

pub(crate) mod disable_application;
pub(crate) mod list_applications;
pub(crate) mod origins;
pub(crate) mod register_application;
