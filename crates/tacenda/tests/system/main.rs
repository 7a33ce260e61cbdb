//! The whole system on a real PostgreSQL, asked over HTTP.



mod common;
mod rest;
mod crash;
mod audit;
mod ids;
mod outsiders;
mod synthea;
mod transaction;
mod tampering;
mod fail_closed;
mod thief;
mod bad_input;
mod no_join;
