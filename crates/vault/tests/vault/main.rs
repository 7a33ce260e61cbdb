//! A vault on real PostgreSQL, with a keystore and a ledger in memory.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod bed;
mod permits;
mod schema;
