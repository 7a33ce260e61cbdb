//! What is written, and under which conditions: from REST, bundles, files and jobs, by one door.
//!
//! ```text
//!  Entry ──▶ Interaction ──▶ Decided ──▶ Draft ──▶ Planned ──▶ vaults ──▶ Done
//!            as it is asked   by what is   by name   by vault
//!                             there        and place  and permit
//! ```

mod conditions;
mod decided;
mod interact;
mod interaction;
pub(crate) mod one_at_a_time;
mod plan;
mod referred;
mod submission;
mod transact;

pub use interact::Done;
pub use interaction::{Interaction, Which};
pub(crate) use transact::Answer;
