#![doc = include_str!("../README.md")]

pub mod accounts;
pub mod entry;
pub mod keystore;
pub mod ledger;
pub mod origin;
pub mod permit;
pub mod receipt;
pub mod strangers;
pub mod timeline;
pub mod vault;
pub mod wire;
