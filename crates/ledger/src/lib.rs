#![doc = include_str!("../README.md")]

mod arrivals;
pub mod checkpoint;
mod committer;
mod error;
mod guard;
pub mod head;
pub mod journal;
pub mod leaf;
mod notary;
mod placement;
mod proofs;
pub mod service;
pub mod store;
pub mod tree;
pub mod verify;
pub mod witness;
