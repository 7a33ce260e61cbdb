//! The whole system on a real PostgreSQL, asked over HTTP.



mod common;
mod rest;
