//! What is done again and again beside the requests.

use std::sync::PoisonError;

use jiff::SignedDuration;

use crate::{
    error::{ChangeError, OpenError},
    notices::{self, Post},
    operations::{forget_old, links::answer_requests, people::suspend_dormant},
    rules::AccountRules,
    service::Accounts,
    store::authorisations,
};

/// How long an authorisation is kept that ended by itself.
const KEPT_AFTER_ITS_END: SignedDuration = SignedDuration::from_hours(24);

impl Accounts {
    /// What must be done now and then: signing keys turn, the ledger learns which changes were committed, and what is long
    /// over is forgotten.
    ///
    /// # Errors
    /// [`OpenError`] where the database does not answer.
    pub async fn keep_up(&self) -> Result<(), OpenError> {
        let now = self.clock.now();
        self.signing.keep_up(&self.database, &self.sealer, now).await?;
        if self.recorder.settle().await.is_err() {
            tracing::warn!("the ledger does not know yet which accounts were changed");
        }
        let before = now.saturating_sub(KEPT_AFTER_ITS_END).unwrap_or(now);
        Ok(authorisations::forget(&self.database, before).await?)
    }

    /// Sends the mail that is due; how many messages left. What is not sent now is tried again later.
    pub async fn send_notices(&self, post: &Post) -> u32 {
        notices::send_due(self, post).await.unwrap_or_default()
    }

    /// Does what time brings to accounts: suspends people who did not use theirs for long.
    ///
    /// # Errors
    /// [`ChangeError::Unavailable`] where the database or the ledger does not answer; the next turn goes on.
    pub async fn keep_rules(&self) -> Result<u32, ChangeError> {
        suspend_dormant::suspend_dormant(self).await
    }

    /// What the installation decides about accounts.
    pub(crate) fn rules(&self) -> AccountRules {
        *self.rules.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes by other rules from now on.
    pub fn take_rules(&self, rules: AccountRules) {
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = rules;
        // They have in them what is asked of whom.
        self.sessions.clear();
    }

    /// Forgets what is over: sessions, failures, attempts, links. How many rows those were.
    ///
    /// # Errors
    /// [`ChangeError::Unavailable`] where the database does not answer; the rest is forgotten at the next turn.
    pub async fn forget_old(&self) -> Result<u64, ChangeError> {
        forget_old::forget_old(self).await
    }

    /// Answers by mail those who asked for a new password; how many requests those were.
    ///
    /// # Errors
    /// [`ChangeError::Unavailable`] where that cannot be done or recorded now; the rest is answered at the next turn.
    pub async fn answer_requests(&self) -> Result<u64, ChangeError> {
        answer_requests::answer_requests(self).await
    }
}
