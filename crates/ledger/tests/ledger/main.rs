//! The ledger on a real PostgreSQL: what it stores, what it notices, what it survives.

mod appends;
mod faults;
mod leaf_encoding;
mod speed;
mod start_up;
mod support;
mod tampering;
mod tree_oracle;
mod witness;
