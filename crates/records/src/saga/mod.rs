//! Writes that touch more than one vault.
//!
//! ```text
//!  begin ──▶ stage in every vault ──▶ COMMIT in the log ──▶ promote in every vault ──▶ finish
//!    │              │                        ▲
//!    └──────────────┴── crash or refusal ──▶ abort: discard in every vault
//! ```

mod instance;
mod log;
mod recover;
mod row;
mod run;

pub(crate) use instance::Instance;
pub(crate) use log::Log;
pub(crate) use recover::{Active, recover};
pub(crate) use run::{Intent, Part, Saga};
