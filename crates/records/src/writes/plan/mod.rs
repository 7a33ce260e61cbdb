//! From what is done to writes under permits.

mod draft;
mod permits;
mod writes;

pub(crate) use draft::Draft;
pub(crate) use writes::Planned;
