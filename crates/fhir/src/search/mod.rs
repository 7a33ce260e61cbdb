//! What resources can be found by.
//!
//! A *term* narrows: the vault blinds it and finds candidates. [`Criterion::matches`] decides, on the opened candidate. So a
//! term may fit too much, never too little.

mod chain;
mod criterion;
mod date;
mod definitions;
mod error;
mod index_version;
mod kind;
mod link;
mod names;
mod of_results;
mod order;
mod parameters;
mod path;
mod prefix;
mod quantity;
mod range;
mod reference;
mod targets;
mod terms;
mod token;
mod value;

pub use chain::Chain;
pub use criterion::{Criterion, Modifier};
pub use date::DateValue;
pub use error::SearchError;
pub use index_version::index_version;
pub use link::{Follow, Link};
pub use of_results::{RESULT_PARAMETERS, format_parameter};
pub use order::{Rank, SortKey};
pub use parameters::{SearchParameter, parameter, parameters};
pub use quantity::QuantityValue;
pub use reference::{ReferenceTarget, ReferenceValue};
pub use terms::{Term, TermScope, terms};
pub use token::TokenValue;
pub use value::SearchValue;
