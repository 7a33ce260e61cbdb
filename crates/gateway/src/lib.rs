#![doc = include_str!("../README.md")]

mod docs;
mod edge;
mod fhir;
mod listen;
mod oauth;
mod pages;
mod router;

pub use edge::state::{Edge, EdgeParts};
pub use listen::{ListenError, Listener, serve};
pub use pages::with_pages;
pub use router::router;
