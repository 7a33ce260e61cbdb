//! Transactions that are sent again under the key they had.

use crate::{Caller, Records, RecordsError};

const ACCEPTED: &str = "select 1 from submissions where submission = $1";

impl Records {
    /// Refuses a transaction that was done before: whatever it would find now, and whatever else it says, the caller hears
    /// that it was.
    ///
    /// # Errors
    /// [`RecordsError::Repeated`]
    pub(super) async fn require_first(&self, caller: &Caller, key: &str) -> Result<(), RecordsError> {
        let submission = self.submission(caller, key);
        let accepted = self.database.lanes().query(ACCEPTED, &[&submission.as_slice()]).await?;
        if accepted.is_empty() { Ok(()) } else { Err(RecordsError::Repeated) }
    }

    /// What transactions under the same key have in common, for [`Records::one_at_a_time`]: the second one is answered when
    /// it is known what became of the first.
    pub(super) fn question_of_submission(caller: &Caller, key: &str) -> String {
        format!("submission\0{}\0{key}", caller.actor.id.0)
    }

    /// An idempotency key is the account's own: another account's same key is another.
    pub(super) fn submission(&self, caller: &Caller, key: &str) -> [u8; 32] {
        let mut text = caller.actor.id.0.as_bytes().to_vec();
        text.extend_from_slice(key.as_bytes());
        self.submission_key.mac(&text)
    }
}
