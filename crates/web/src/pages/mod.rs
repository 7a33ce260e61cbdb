//! The pages, one a file: what it is asked, what it shows.

pub(crate) mod account;
pub(crate) mod applications;
pub(crate) mod duty;
pub(crate) mod error;
pub(crate) mod factor;
pub(crate) mod forgotten;
pub(crate) mod link;
pub(crate) mod oauth;
pub(crate) mod passkey;
pub(crate) mod people;
pub(crate) mod provider;
pub(crate) mod sign_in;
pub(crate) mod sign_out;
pub(crate) mod start;
pub(crate) mod told;
