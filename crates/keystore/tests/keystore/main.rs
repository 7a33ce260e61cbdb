//! The keystore on a real PostgreSQL, with a ledger that a test can stop.

#[cfg(test)]
mod bed;
mod enrolment;
mod forged_grants;
mod opening;
mod permits;
mod releases;
#[cfg(test)]
mod scopes;
