//! The whole system on a real PostgreSQL, asked over HTTP.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "the helpers of tests may fail as tests do"
)]

mod audit;
mod audit_events;
mod bad_input;
mod common;
mod crash;
mod cross_origin;
mod edits;
mod erasure;
mod everything;
mod fail_closed;
mod forms;
mod full_disk;
mod ids;
mod interactions;
mod links;
mod no_join;
mod one_door;
mod oracle;
mod outsiders;
mod pages;
mod provenances;
mod reindex;
mod rest;
mod search_answers;
mod searches;
mod strangers;
mod synthea;
mod tampering;
mod thief;
mod transaction;
mod true_ledger;
