//! Applications against a whole system: PyPI's `authlib` as an OpenID Connect client, and `fhirclient` as a SMART
//! application.

mod applications;
mod narrowing;
mod provider;
