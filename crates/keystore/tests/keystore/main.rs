//! The keystore on a real PostgreSQL, with a ledger that a test can stop.

#[cfg(test)]
mod bed;
mod edited_rows;
#[cfg(test)]
mod edits;
mod enrolment;
mod forged_grants;
mod keys_made_once;
mod looking_after;
mod opening;
mod permits;
mod releases;
mod restored;
#[cfg(test)]
mod scopes;
mod stored;
mod tokens;
mod triggers;
mod verifying;
