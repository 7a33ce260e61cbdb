//! What every page shares: who is there, from where, what was sent, and what a browser may do with the answer.

pub(crate) mod administrator;
pub(crate) mod answer;
pub(crate) mod cookies;
pub(crate) mod form;
pub(crate) mod headers;
pub(crate) mod member;
pub(crate) mod next;
pub(crate) mod origin;
pub(crate) mod url;
pub(crate) mod visitor;
