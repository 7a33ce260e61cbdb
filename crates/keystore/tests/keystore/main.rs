//! The keystore on a real PostgreSQL, with a ledger that a test can stop.

#[cfg(test)]
mod bed;
mod edited_rows;
mod enrolment;
mod forged_grants;
mod keys_made_once;
mod opening;
mod permits;
mod releases;
#[cfg(test)]
mod scopes;
