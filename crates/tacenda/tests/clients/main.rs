//! Clients that nobody here wrote, against a whole system over HTTP: PyPI's `fhirpy`, npm's `fhir-kit-client` and
//! `@medplum/core`, each through its own calls; `authlib` and `fhirclient`, which sign in; `schemathesis`, which tries what
//! the OpenAPI document promises; and the document's own examples. Where pip or npm cannot install something, its test says so and is left out.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "what fails here fails the test; what is left out is said"
)]

mod bed;
mod contract;
mod documentation;
mod libraries;
mod oauth;
mod packages;
