//! The crate as its callers see it: formats, what sealing is bound to, tokens.
#![expect(clippy::unwrap_used, reason = "a test's helper fails by panicking")]

mod access_tokens;
mod client_assertions;
mod fixed;
mod golden;
mod numbers;
mod provider_tokens;
mod sealing;
mod wrapping;
