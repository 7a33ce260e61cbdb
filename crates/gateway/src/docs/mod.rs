//! The documentation of the API: an OpenAPI 3.1 document made of the tables by which requests are served, and Swagger UI
//! that shows it.
//!
//! A new endpoint's [`Operation`] goes into `fhir.rs`, `history.rs`, `writes.rs`, `oauth.rs` or `own.rs`; a header of it into `headers.rs`, a body
//! that no other has into `schemas.rs`. The table in `router.rs` puts it beside its handler.

mod components;
mod document;
mod examples;
pub(crate) mod fhir;
mod headers;
pub(crate) mod history;
pub(crate) mod oauth;
mod operation;
pub(crate) mod own;
pub(crate) mod pages;
mod schemas;
mod search;
pub(crate) mod writes;

pub(crate) use operation::Operation;
