//! How every change to an account goes: authorised, tried, recorded, committed.

use jiff::{SignedDuration, Timestamp};
use tacenda_contracts::{
    accounts::people::ResetRequest,
    entry::{Entry, Event, Fact, Outcome},
};
use tacenda_kernel::{ActorId, Role, TraceId};
use tacenda_postgres::{DatabaseError, Transaction};
use uuid::Uuid;

use super::links::make_link::{NewLink, keep_link};
use crate::{
    account::{Author, RoleGrant},
    error::ChangeError,
    notices::{Notice, NoticeKind},
    recorder::{about, announced},
    sealing::{Profile, SealingFailed},
    service::Accounts,
    store::{
        account_roles,
        accounts::{self, AccountRow, NewAccountRow},
        authorisations,
        clients::{self, ClientRow},
        devices,
        held::{Held, Kept},
        notices::{self, NoticeRow},
        passkeys, passwords,
        provider_subjects::{self, SubjectRow},
        recovery_codes,
        reset_requests::{self, Decision},
        sessions, totp_secrets,
    },
};

/// How long somebody who decided over others counts as one who does.
pub(crate) const LATELY: SignedDuration = SignedDuration::from_hours(30 * 24);

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
    DemandPassword,
    RemoveFactors,
    AskReset(ResetRequest),
    DecideReset(Uuid, Decision),
    /// The only invitation that is good.
    KeepLink(NewLink),
    Register {
        client_id: String,
        client: ClientRow,
    },
    /// Says whose it is at an identity provider, under the token of their subject.
    Link(i64, SubjectRow),
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
            return Err(change.refuse("not-an-administrator").await);
        }
        if author.id() == account {
            return Err(change.refuse("own-account").await);
        }
        Ok(change)
    }

    /// The account as it is.
    pub(crate) async fn existing(&self) -> Result<AccountRow, ChangeError> {
        let found = accounts::find(&self.accounts.database, self.account).await?;
        found.ok_or(ChangeError::NotFound)
    }

    /// Does all the steps or none. What cannot be recorded is not done. Tokens and sessions are looked at anew: here at
    /// once, in other instances within 5 s.
    pub(crate) async fn commit(&self, steps: &[Step]) -> Result<(), ChangeError> {
        let done = self.try_commit(steps).await;
        self.accounts.known.clear();
        if let Err(error) = &done
            && !matches!(error, ChangeError::Unavailable | ChangeError::Full)
        {
            self.record(Outcome::Failed, Some("not-possible"), Vec::new()).await?;
        }
        done
    }

    async fn try_commit(&self, steps: &[Step]) -> Result<(), ChangeError> {
        let mut client = self.accounts.database.client().await?;
        let transaction = client.transaction().await?;
        let kept = self.apply_all(&transaction, steps).await?;
        let facts = steps.iter().flat_map(Step::facts).chain(announced(kept)).collect();
        self.record(Outcome::Allowed, None, facts).await?;
        // CRASH: from here to the commit the ledger tells of a change that did not happen. Never the other way round.
        tacenda_kernel::crash::at("account-commits");
        if let Err(error) = transaction.commit().await {
            let known = error != DatabaseError::Unknown;
            let reason = if known { "not-committed" } else { "not-known-to-be-committed" };
            self.record(Outcome::Failed, Some(reason), announced(kept).into_iter().collect()).await?;
            return Err(error.into());
        }
        self.accounts.database.committed(kept);
        self.accounts.sessions.clear();
        Ok(())
    }

    async fn apply_all(
        &self,
        transaction: &Transaction<'_>,
        steps: &[Step],
    ) -> Result<Option<Kept>, ChangeError> {
        let key = &self.accounts.database.key;
        let mut held = match steps.first() {
            Some(Step::Make(row)) => accounts::insert(transaction, key, row).await?,
            _ => Held::lock(transaction, key, self.account).await?.ok_or(ChangeError::NotFound)?,
        };
        for step in steps {
            self.apply(transaction, &mut held, step).await?;
        }
        if steps.iter().any(Step::changes_the_account) && !self.only_renews(steps) {
            // Whoever is signed in does so anew, as what they are from now on.
            sessions::end_all(transaction, &mut held, None).await?;
        }
        if steps.iter().any(Step::ends_access) {
            authorisations::end_all(transaction, key, &mut held, self.now()).await?;
        }
        Ok(held.keep(transaction, key, self.now()).await?)
    }

    /// Whether a provider gives roles and takes none: what somebody has open goes on.
    fn only_renews(&self, steps: &[Step]) -> bool {
        matches!(self.author, Author::Provider(_))
            && steps.iter().all(|step| matches!(step, Step::GiveRole(_)))
    }

    async fn apply(
        &self,
        transaction: &Transaction<'_>,
        held: &mut Held,
        step: &Step,
    ) -> Result<(), ChangeError> {
        let (account, now) = (self.account, self.now());
        let key = &self.accounts.database.key;
        let done = match step {
            // It is what the others are done to.
            Step::Make(_) => Ok(()),
            Step::GiveRole(grant) => {
                account_roles::put(transaction, key, held, *grant, self.author.id(), now).await
            }
            Step::TakeRole(role) => {
                if account_roles::remove(transaction, held, *role).await? {
                    held.note_taken(*role, now.saturating_add(LATELY).unwrap_or(now));
                }
                Ok(())
            }
            Step::Suspend => accounts::set_suspended(transaction, held, true, now).await,
            Step::Reinstate => accounts::set_suspended(transaction, held, false, now).await,
            Step::SetPassword { sealed_hash } => {
                devices::forget_others(transaction, key, account, None).await?;
                passwords::put(transaction, key, &self.accounts.sealer, held, sealed_hash, now).await
            }
            Step::Register { client_id, client } => {
                clients::insert(transaction, key, held, client_id, client, now).await
            }
            Step::DemandPassword => {
                devices::forget_others(transaction, key, account, None).await?;
                passwords::demand(transaction, key, held).await
            }
            Step::RemoveFactors => self.remove_factors(transaction, held).await,
            Step::AskReset(request) => reset_requests::ask(transaction, key, held, request).await,
            Step::DecideReset(request, decision) => {
                let by = self.author.id();
                if !reset_requests::decide(transaction, held, *request, *decision, by, now).await? {
                    return Err(ChangeError::NotFound);
                }
                Ok(())
            }
            Step::KeepLink(link) => keep_link(transaction, key, held, link).await,
            Step::Link(subject, row) => {
                provider_subjects::insert(transaction, key, held, *subject, row, now).await
            }
            Step::Notify(row) => notices::insert(transaction, row).await,
        };
        Ok(done?)
    }

    async fn remove_factors(
        &self,
        transaction: &Transaction<'_>,
        held: &mut Held,
    ) -> Result<(), DatabaseError> {
        totp_secrets::remove(transaction, held).await?;
        passkeys::remove_all(transaction, held).await?;
        recovery_codes::replace(transaction, &self.accounts.database.key, held, &[], self.now()).await
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

    /// Records a refusal; what is then answered.
    pub(crate) async fn refuse(&self, reason: &str) -> ChangeError {
        match self.record(Outcome::Denied, Some(reason), Vec::new()).await {
            Ok(()) => ChangeError::Refused,
            Err(unavailable) => unavailable,
        }
    }

    /// Records that something is refused that its author could have known not to fit; what is then answered.
    pub(crate) async fn turn_down(&self, reason: &str, field: &'static str) -> ChangeError {
        match self.record(Outcome::Denied, Some(reason), Vec::new()).await {
            Ok(()) => ChangeError::Invalid(field),
            Err(unavailable) => unavailable,
        }
    }

    async fn record(
        &self,
        outcome: Outcome,
        reason: Option<&str>,
        changed: Vec<Fact>,
    ) -> Result<(), ChangeError> {
        let recorder = &self.accounts.recorder;
        let entry = recorder.entry(Event::AccountChanged, outcome, self.trace);
        let facts = std::iter::once(about(self.account)).chain(changed).collect();
        let reason = reason.map(str::to_owned);
        Ok(recorder.record(self.author.sign(Entry { facts, reason, ..entry })).await?)
    }
}

impl Step {
    /// Whether the account is another one after it.
    const fn changes_the_account(&self) -> bool {
        !matches!(
            self,
            Self::AskReset(_) | Self::DecideReset(..) | Self::KeepLink(_) | Self::Link(..) | Self::Notify(_)
        )
    }

    /// Whether applications that were let in before are out after it.
    ///
    /// SECURITY: whoever had the account until now may have let one in that goes on while nobody is signed in.
    const fn ends_access(&self) -> bool {
        matches!(self, Self::Suspend | Self::SetPassword { .. } | Self::DemandPassword | Self::RemoveFactors)
    }

    /// What the ledger says of it.
    pub(crate) fn facts(&self) -> Vec<Fact> {
        match self {
            Self::Make(row) => vec![Fact::Step(format!("make/{}", row.kind.as_str()))],
            Self::GiveRole(RoleGrant { role, until }) => {
                vec![Fact::RoleGiven { role: *role, until: *until }]
            }
            Self::TakeRole(role) => vec![Fact::RoleTaken(*role)],
            Self::Suspend => vec![Fact::step("suspend")],
            Self::Reinstate => vec![Fact::step("reinstate")],
            Self::SetPassword { .. } => vec![Fact::step("set-password")],
            Self::DemandPassword => vec![Fact::step("demand-password")],
            Self::RemoveFactors => vec![Fact::step("remove-factors")],
            Self::AskReset(request) => vec![Fact::step("ask-reset"), Fact::Reset(request.id)],
            Self::DecideReset(request, decision) => {
                vec![Fact::Step(format!("{}-reset", decision.as_str())), Fact::Reset(*request)]
            }
            Self::KeepLink(_) => vec![Fact::step("make-invitation")],
            Self::Register { client_id, .. } => {
                vec![Fact::step("register-client"), Fact::Client(client_id.clone())]
            }
            Self::Link(..) => vec![Fact::step("link")],
            Self::Notify(_) => vec![Fact::step("notify")],
        }
    }
}
