//! How every change to an account goes: authorised, tried, recorded, committed.

use jiff::Timestamp;
use tacenda_contracts::entry::{Entry, Event, Outcome};
use tacenda_kernel::{ActorId, Role, TraceId};
use tacenda_postgres::{DatabaseError, Transaction};

use crate::{
    account::{Author, RoleGrant},
    error::ChangeError,
    notices::{Notice, NoticeKind},
    recorder::about,
    sealing::{Profile, SealingFailed},
    service::Accounts,
    store::{
        account_roles,
        accounts::{self, AccountRow, NewAccountRow},
        clients::{self, ClientRow},
        notices::{self, NoticeRow},
        passwords, sessions,
    },
};

/// One thing to do to an account.
pub(crate) enum Step {
    Make(NewAccountRow),
    GiveRole(RoleGrant),
    TakeRole(Role),
    Suspend,
    Reinstate,
    SetPassword {
        sealed_hash: Vec<u8>,
    },
    Register {
        client_id: String,
        client: ClientRow,
    },
    /// Tells the owner, by mail.
    Notify(NoticeRow),
}

/// A change whose author may make it.
pub(crate) struct Change<'a> {
    accounts: &'a Accounts,
    account: ActorId,
    author: &'a Author,
    trace: TraceId,
}

impl<'a> Change<'a> {
    /// Refuses, and records that, where the author may not change this account.
    ///
    /// INVARIANT: nobody changes their own account here, so nobody gives themselves a role. The database holds the
    /// same (`account_roles_nobody_gives_themselves`).
    pub(crate) async fn authorise(
        accounts: &'a Accounts,
        author: &'a Author,
        account: ActorId,
        trace: TraceId,
    ) -> Result<Self, ChangeError> {
        let change = Self { accounts, account, author, trace };
        if !author.may_change() {
            return Err(change.record_refusal("not-an-administrator").await);
        }
        if author.id() == account {
            return Err(change.record_refusal("own-account").await);
        }
        Ok(change)
    }

    /// The account as it is.
    pub(crate) async fn existing(&self) -> Result<AccountRow, ChangeError> {
        let found = accounts::find(&self.accounts.database, self.account).await?;
        found.ok_or(ChangeError::NotFound)
    }

    /// Does all the steps or none. What cannot be recorded is not done.
    pub(crate) async fn commit(&self, steps: &[Step]) -> Result<(), ChangeError> {
        let names = steps.iter().map(Step::name).collect();
        let done = self.try_commit(steps, names).await;
        if let Err(error) = &done
            && *error != ChangeError::Unavailable
        {
            self.record(Outcome::Failed, Some("not-possible"), Vec::new()).await?;
        }
        done
    }

    async fn try_commit(&self, steps: &[Step], names: Vec<String>) -> Result<(), ChangeError> {
        let mut client = self.accounts.database.client().await?;
        let transaction = client.transaction().await?;
        for step in steps {
            self.apply(&transaction, step).await?;
        }
        // Whoever is signed in does so anew, as what they are from now on.
        sessions::end_all(&transaction, self.account, None).await?;
        self.record(Outcome::Allowed, None, names).await?;
        // CRASH: from here to the commit the ledger tells of a change that did not happen. Never the other way round.
        if let Err(error) = transaction.commit().await {
            let known = error != DatabaseError::Unknown;
            let reason = if known { "not-committed" } else { "not-known-to-be-committed" };
            self.record(Outcome::Failed, Some(reason), Vec::new()).await?;
            return Err(error.into());
        }
        self.accounts.sessions.clear();
        Ok(())
    }

    async fn apply(&self, transaction: &Transaction<'_>, step: &Step) -> Result<(), DatabaseError> {
        let (account, now) = (self.account, self.now());
        match step {
            Step::Make(row) => accounts::insert(transaction, row).await,
            Step::GiveRole(grant) => {
                account_roles::put(transaction, account, *grant, self.author.id(), now).await
            }
            Step::TakeRole(role) => account_roles::remove(transaction, account, *role).await,
            Step::Suspend => accounts::set_suspended(transaction, account, Some(now)).await,
            Step::Reinstate => accounts::set_suspended(transaction, account, None).await,
            Step::SetPassword { sealed_hash } => passwords::put(transaction, account, sealed_hash, now).await,
            Step::Register { client_id, client } => {
                clients::insert(transaction, client_id, client, now).await
            }
            Step::Notify(row) => notices::insert(transaction, row).await,
        }
    }

    /// Tells the owner of the account, where they have an address.
    pub(crate) fn notice(&self, profile: &Profile, kind: NoticeKind) -> Result<Option<Step>, SealingFailed> {
        Notice::to_owner(profile, kind).map(|notice| self.notify(&notice)).transpose()
    }

    /// Sends the notice with the change.
    pub(crate) fn notify(&self, notice: &Notice) -> Result<Step, SealingFailed> {
        let Accounts { sealer, clock, random, .. } = self.accounts;
        Ok(Step::Notify(notice.seal(sealer, clock.as_ref(), random.as_ref())?))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.accounts.clock.now()
    }

    async fn record_refusal(&self, reason: &str) -> ChangeError {
        match self.record(Outcome::Denied, Some(reason), Vec::new()).await {
            Ok(()) => ChangeError::Refused,
            Err(unavailable) => unavailable,
        }
    }

    async fn record(
        &self,
        outcome: Outcome,
        reason: Option<&str>,
        changed: Vec<String>,
    ) -> Result<(), ChangeError> {
        let recorder = &self.accounts.recorder;
        let mut entry = recorder.entry(Event::AccountChanged, outcome, self.trace);
        entry = match self.author {
            Author::Operator => Entry { actor: Some(self.author.id()), ..entry },
            Author::Administrator(actor) => entry.by(actor),
        };
        entry.elements = std::iter::once(about(self.account)).chain(changed).collect();
        entry.reason = reason.map(str::to_owned);
        Ok(recorder.record(entry).await?)
    }
}

impl Step {
    /// What the ledger calls it.
    fn name(&self) -> String {
        match self {
            Self::Make(row) => format!("make/{}", row.kind.as_str()),
            Self::GiveRole(RoleGrant { role, until: None }) => format!("give-role/{role}"),
            Self::GiveRole(RoleGrant { role, until: Some(until) }) => {
                format!("give-role/{role}/until/{until}")
            }
            Self::TakeRole(role) => format!("take-role/{role}"),
            Self::Suspend => "suspend".to_owned(),
            Self::Reinstate => "reinstate".to_owned(),
            Self::SetPassword { .. } => "set-password".to_owned(),
            Self::Register { client_id, .. } => format!("register-client/{client_id}"),
            Self::Notify(_) => "notify".to_owned(),
        }
    }
}
