#![doc = include_str!("../README.md")]

mod edge;
mod fhir;
mod listen;
mod oauth;
mod router;

pub use edge::state::{Edge, EdgeParts};
pub use listen::{ListenError, Listener, serve};
pub use router::{router, with_pages};
