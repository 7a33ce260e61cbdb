//! The accounts service on real PostgreSQL, with a ledger that can fail.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod browser;
mod changing;
mod client_keys;
mod edits;
mod factors;
mod identifying;
mod issuing;
mod limits;
mod links;
mod notices;
mod oauth;
mod passkeys;
mod passwords;
mod people;
mod sessions;
mod storing;
mod strangers;
mod timing;
mod world;
