#![doc = include_str!("../README.md")]

mod certificate;
mod error;
mod grant_seal;
mod inventory;
mod judge;
mod numbers;
mod operations;
mod past;
mod patient_seal;
mod recording;
mod released;
mod ring;
mod scope;
mod service;
mod slot;
mod store;
mod tokens;
mod unsealer;
pub mod verify;
mod whom;

pub use error::{CheckError, OpenError};
pub use operations::make_keys::{is_new, make_keys, unseal};
pub use past::PastError;
pub use service::{Keystore, KeystoreParts};
pub use store::{CATALOGUE, GRANTS, migrations};
pub use unsealer::{UnsealError, Unsealer};
