//! Parts of pages that are more than text.

pub(crate) mod agent;
pub(crate) mod errors;
pub(crate) mod moment;
pub(crate) mod page;
pub(crate) mod password;
pub(crate) mod qr;
pub(crate) mod role;
pub(crate) mod scope;
