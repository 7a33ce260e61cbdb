#![doc = include_str!("../README.md")]

mod certificate;
mod error;
mod grant_seal;
mod judge;
mod numbers;
mod operations;
mod recording;
mod released;
mod ring;
mod scope;
mod service;
mod slot;
mod store;
mod tokens;
mod whom;

pub use error::OpenError;
pub use service::{Keystore, KeystoreParts};
pub use store::{GRANTS, migrations};
