//! The accounts service on real PostgreSQL, with a ledger that can fail.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod changing;
mod client_keys;
mod identifying;
mod issuing;
mod ledger;
mod notices;
mod storing;
mod world;
