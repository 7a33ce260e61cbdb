//! How every change to one's own account goes: tried, recorded, committed.

use tacenda_contracts::{
    accounts::{own_account::OwnAccountError, sign_in::Visit},
    entry::{Entry, Event, Fact, Outcome},
};
use tacenda_kernel::ActorId;
use tacenda_postgres::{Client, DatabaseError, Transaction};

use crate::{
    error::{Unanswered, unanswered},
    notices::{Notice, NoticeKind},
    operations::sign_in::tries::Tries,
    recorder::{Unrecorded, about, announced},
    sealing::Profile,
    service::Accounts,
    store::{self, held::Held},
    visit::context,
};

/// What was changed, as the ledger says it.
pub(crate) struct Changed(Vec<Fact>);

impl From<&str> for Changed {
    fn from(step: &str) -> Self {
        Self(vec![Fact::step(step)])
    }
}

impl From<(&str, Fact)> for Changed {
    fn from((step, what): (&str, Fact)) -> Self {
        Self(vec![Fact::step(step), what])
    }
}

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
        changed: impl Into<Changed>,
    ) -> Result<(), Unanswered> {
        let Changed(changed) = changed.into();
        let (database, now) = (&self.accounts.database, self.accounts.clock.now());
        let kept = held.keep(&transaction, &database.key, now).await.map_err(unanswered)?;
        let facts: Vec<Fact> = changed.into_iter().chain(announced(kept)).collect();
        self.record(Outcome::Allowed, None, facts.clone()).await?;
        // CRASH: from here to the commit the ledger tells of a change that did not happen. Never the other way round.
        tacenda_kernel::crash::at("own-account-commits");
        if let Err(error) = transaction.commit().await {
            let known = error != DatabaseError::Unknown;
            let reason = if known { "not-committed" } else { "not-known-to-be-committed" };
            self.record(Outcome::Failed, Some(reason), facts).await?;
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
        self.record(Outcome::Denied, Some(reason), vec![Fact::step(changed)]).await
    }

    /// Takes a turn of these tries; that there was none is recorded.
    pub(crate) async fn take(&self, tries: &Tries, changed: &str) -> Result<(), OwnAccountError> {
        match tries.take(self.accounts).await {
            Ok(()) => Ok(()),
            Err(no_turn) => Err(self.refuse("too-many-attempts", changed, no_turn.into()).await),
        }
    }

    async fn record(
        &self,
        outcome: Outcome,
        reason: Option<&str>,
        changed: Vec<Fact>,
    ) -> Result<(), Unrecorded> {
        let recorder = &self.accounts.recorder;
        let entry = recorder.entry(Event::AccountChanged, outcome, context(self.visit));
        let facts = std::iter::once(about(self.person)).chain(changed).collect();
        let reason = reason.map(str::to_owned);
        recorder.record(Entry { actor: Some(self.person), facts, reason, ..entry }).await
    }
}
