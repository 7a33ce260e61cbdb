//! Bundles: read from strangers, and written around resources that are already rendered.

mod entry;
mod parse;
mod parts;
mod patch;
mod request;
mod request_url;
mod write;

pub use entry::{Entry, Method};
pub use parse::{Bundle, BundleKind, parse};
pub use request_url::RequestUrl;
pub use write::{
    HistoryEntry, ResponseEntry, SearchEntry, SearchMode, Searchset, history, response, searchset,
};
