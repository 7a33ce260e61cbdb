#![doc = include_str!("../README.md")]

mod docs;
mod edge;
mod fhir;
mod listen;
mod oauth;
mod pages;
mod router;

pub use edge::{
    gate::Gate,
    load::Capacity,
    state::{Edge, EdgeParts},
};
pub use listen::{ConnectionLimits, ListenError, Listener, serve};
pub use pages::with_pages;
pub use router::router;
