//! Applications that nobody here wrote, against a whole system: PyPI's `authlib` as an OpenID Connect client, and
//! `fhirclient` as a SMART application. Where pip cannot install them, each test says so and is left out.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "what fails here fails the test; what is left out is said"
)]

mod applications;
mod narrowing;
mod packages;
mod provider;
