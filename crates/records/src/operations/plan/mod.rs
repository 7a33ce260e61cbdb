//! From a transaction's interactions to writes under permits.

mod draft;
mod permits;
mod writes;

pub(crate) use draft::Draft;
pub(crate) use writes::Planned;
