#![doc = include_str!("../README.md")]

pub mod disclosure;
mod error;
mod operations;
mod permits;
mod service;
mod session;
mod store;
mod unchanged;

pub use service::{Vault, VaultParts};
pub use store::rows::StoredRow;
pub use store::{CATALOGUE, GRANTS, migrations};
