//! How every change to one's own account goes: tried, recorded, committed.

use tacenda_contracts::{
    accounts::{own_account::OwnAccountError, sign_in::Visit},
    entry::{Entry, Event, Outcome},
};
use tacenda_kernel::ActorId;
use tacenda_postgres::{Client, DatabaseError, Transaction};

use crate::{
    error::{Unanswered, unanswered},
    notices::{Notice, NoticeKind},
    operations::sign_in::tries::Tries,
    recorder::{Unrecorded, about},
    sealing::Profile,
    service::Accounts,
    store::{self, held::Held},
};

/// A person who changes their own account.
pub(crate) struct OwnChange<'a> {
    pub(crate) accounts: &'a Accounts,
    pub(crate) person: ActorId,
    pub(crate) visit: &'a Visit,
}

impl OwnChange<'_> {
    pub(crate) async fn client(&self) -> Result<Client, Unanswered> {
        self.accounts.database.client().await.map_err(unanswered)
    }

    /// Begins; changes of one account go one after another, so that none looks at what another is about to remove.
    pub(crate) async fn begin<'c>(
        &self,
        client: &'c mut Client,
    ) -> Result<(Transaction<'c>, Held), Unanswered> {
        let transaction = client.transaction().await.map_err(unanswered)?;
        let held = Held::lock(&transaction, &self.accounts.database.key, self.person).await;
        Ok((transaction, held.map_err(unanswered)?.ok_or_else(Unanswered::default)?))
    }

    /// Tells the person by mail, where they have an address.
    pub(crate) async fn tell(
        &self,
        transaction: &Transaction<'_>,
        profile: &Profile,
        kind: NoticeKind,
    ) -> Result<(), Unanswered> {
        match Notice::to_owner(profile, kind) {
            Some(notice) => self.queue(transaction, &notice).await,
            None => Ok(()),
        }
    }

    /// Sends the notice with the change.
    pub(crate) async fn queue(
        &self,
        transaction: &Transaction<'_>,
        notice: &Notice,
    ) -> Result<(), Unanswered> {
        let Accounts { sealer, clock, random, .. } = self.accounts;
        let row = notice.seal(sealer, clock.as_ref(), random.as_ref())?;
        store::notices::insert(transaction, &row).await.map_err(unanswered)
    }

    /// Records what was changed, then makes it durable. What cannot be recorded is not done.
    pub(crate) async fn commit(
        &self,
        transaction: Transaction<'_>,
        held: Held,
        changed: &str,
    ) -> Result<(), Unanswered> {
        let (database, now) = (&self.accounts.database, self.accounts.clock.now());
        let kept = held.keep(&transaction, &database.key, now).await.map_err(unanswered)?;
        self.record(Outcome::Allowed, None, changed).await?;
        // CRASH: from here to the commit the ledger tells of a change that did not happen. Never the other way round.
        if let Err(error) = transaction.commit().await {
            let known = error != DatabaseError::Unknown;
            let reason = if known { "not-committed" } else { "not-known-to-be-committed" };
            self.record(Outcome::Failed, Some(reason), changed).await?;
            return Err(unanswered(error));
        }
        database.committed(kept);
        Ok(())
    }

    /// Records a refusal; what is then answered.
    pub(crate) async fn refuse(
        &self,
        reason: &str,
        changed: &str,
        error: OwnAccountError,
    ) -> OwnAccountError {
        match self.record_refusal(reason, changed).await {
            Ok(()) => error,
            Err(unrecorded) => unrecorded.into(),
        }
    }

    /// Records a refusal.
    pub(crate) async fn record_refusal(&self, reason: &str, changed: &str) -> Result<(), Unrecorded> {
        self.record(Outcome::Denied, Some(reason), changed).await
    }

    /// Takes a turn of these tries; that there was none is recorded.
    pub(crate) async fn take(&self, tries: &Tries, changed: &str) -> Result<(), OwnAccountError> {
        match tries.take(self.accounts).await {
            Ok(()) => Ok(()),
            Err(no_turn) => Err(self.refuse("too-many-attempts", changed, no_turn.into()).await),
        }
    }

    async fn record(&self, outcome: Outcome, reason: Option<&str>, changed: &str) -> Result<(), Unrecorded> {
        let recorder = &self.accounts.recorder;
        let entry = recorder.entry(Event::AccountChanged, outcome, self.visit.trace);
        let elements = vec![about(self.person), changed.to_owned()];
        let reason = reason.map(str::to_owned);
        recorder.record(Entry { actor: Some(self.person), elements, reason, ..entry }).await
    }
}
