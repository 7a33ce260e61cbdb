//! What resources can be found by.
//!
//! A *term* narrows: the vault blinds it and finds candidates. [`matches`] decides, on the opened candidate. So a term
//! may fit too much, never too little.

mod identifier;
mod matches;
mod names;
mod parameters;
mod terms;
mod value;

pub use matches::matches;
pub use parameters::{SearchParameter, parameter, parameters};
pub use terms::{Term, TermScope, terms};
pub use value::{SearchError, SearchValue};
