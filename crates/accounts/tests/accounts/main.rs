//! The accounts service on real PostgreSQL, with a ledger that can fail.

mod changing;
mod client_keys;
mod identifying;
mod issuing;
mod ledger;
mod storing;
mod world;
