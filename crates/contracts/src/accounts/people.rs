//! People and applications, as administrators manage them.
//!
//! Every call carries the administrator's own access token, which the service verifies itself. Each change, each refusal
//! and each look is in the ledger before it is answered. Nobody changes their own account, and nobody gives themselves
//! a role. An administrator sees no patient: whoever is a patient and nothing else is found by their exact e-mail
//! address only, and has no name here; of staff it is not told whether they are patients as well.

use std::borrow::Cow;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tacenda_contract_macro::contract;
use tacenda_kernel::{ActorId, Language, Role, Secret, TraceId};
use uuid::Uuid;

use super::BearerToken;
use crate::wire::unreachable_is_unavailable;

unreachable_is_unavailable!(PeopleError);

/// How many people a page of a list has at most.
pub const PEOPLE_ON_A_PAGE: usize = 50;

/// A role, for ever or until some day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleGrant {
    /// Which role.
    pub role: Role,
    /// Until when.
    pub until: Option<Timestamp>,
}

impl RoleGrant {
    /// The role without an end.
    #[must_use]
    pub const fn lasting(role: Role) -> Self {
        Self { role, until: None }
    }
}

/// An account or application was not changed, or not shown.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum PeopleError {
    /// The caller may not do this: no administrator with two factors, or it is about their own account, or they would
    /// approve their own request.
    #[error("this may not be changed by its author")]
    Refused,
    /// There is no such account, application or request.
    #[error("there is no such account")]
    NotFound,
    /// Another account has this e-mail address, patient or client id.
    #[error("another account has this e-mail address, patient or client id")]
    Taken,
    /// What is asked for fits no account of this kind; the field's name is told.
    #[error("{0} does not fit")]
    Invalid(Cow<'static, str>),
    /// A disk is full: that of accounts, or of the ledger. Nothing was done.
    #[error("there is no space left")]
    Full,
    /// The change could not be recorded or stored.
    #[error("accounts cannot be changed now")]
    Unavailable,
}

/// Somebody who is to work here.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Invitation {
    /// What they are called on pages: 1 to 200 bytes, one line.
    #[serde(with = "tacenda_kernel::kept")]
    pub display_name: Secret<String>,
    /// Where the invitation is sent, and under which they sign in.
    #[serde(with = "tacenda_kernel::kept")]
    pub email: Secret<String>,
    /// In which language they are written to.
    pub language: Language,
    /// What they may be: at least one role, none of a patient or program.
    pub roles: Vec<RoleGrant>,
}

/// Where an account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PersonState {
    /// The invitation was not accepted yet: there is no password.
    Invited,
    /// They can sign in.
    Active,
    /// They cannot, until somebody ends that.
    Suspended,
}

/// A role as somebody has it, ended ones included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldRole {
    /// The role and its end.
    pub grant: RoleGrant,
    /// Who gave it; all zero for the operator.
    pub given_by: ActorId,
    /// When.
    pub given_at: Timestamp,
}

/// A person as administrators see them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Person {
    /// The account.
    pub id: ActorId,
    /// What they are called; none for somebody who is a patient and nothing else.
    #[serde(with = "tacenda_kernel::kept")]
    pub display_name: Option<Secret<String>>,
    /// Their e-mail address; none for somebody who is a patient and nothing else.
    #[serde(with = "tacenda_kernel::kept")]
    pub email: Option<Secret<String>>,
    /// In which language they are written to.
    pub language: Language,
    /// Where the account stands.
    pub state: PersonState,
    /// Their roles, that of a patient left out.
    pub roles: Vec<HeldRole>,
    /// When the account was made.
    pub made_at: Timestamp,
    /// When they last got a token or signed in, to the hour.
    pub last_used_at: Option<Timestamp>,
    /// Whether an administrator wants another password of them at the next sign-in.
    pub password_demanded: bool,
    /// A reset of their factors that waits for a second administrator.
    pub reset: Option<ResetRequest>,
}

/// Which people are listed. Without any criterion, all but those who are patients and nothing else.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct PeopleFilter {
    /// Who have this role in force.
    pub role: Option<Role>,
    /// Whose account stands so.
    pub state: Option<PersonState>,
    /// Of whose name a word begins so, whatever the case: at most 100 bytes.
    #[serde(with = "tacenda_kernel::kept")]
    pub name: Option<Secret<String>>,
    /// Who has exactly this e-mail address. It finds a patient, too, without a name.
    #[serde(with = "tacenda_kernel::kept")]
    pub email: Option<Secret<String>>,
    /// Which page, from 0.
    pub page: u32,
}

/// A page of a list, by name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PeoplePage {
    /// At most [`PEOPLE_ON_A_PAGE`].
    pub people: Vec<Person>,
    /// How many there are on all pages.
    pub total: usize,
}

/// What came of asking for a reset of somebody's factors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reset {
    /// The factors are removed, every session has ended.
    Done,
    /// The person has a privileged role: a second administrator must approve within a day.
    Asked(ResetRequest),
}

/// A reset of factors that waits for a second administrator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResetRequest {
    /// Its number.
    pub id: Uuid,
    /// Whose factors.
    pub person: ActorId,
    /// Who asked. They cannot approve it.
    pub asked_by: ActorId,
    /// When.
    pub asked_at: Timestamp,
    /// Until when it can be approved.
    pub ends_at: Timestamp,
}

/// Manages people.
#[contract(Web)]
#[async_trait]
pub trait People: Send + Sync + 'static {
    /// Makes the account, without a password, and sends an invitation that is good for 7 days.
    async fn invite(
        &self,
        by: &BearerToken,
        invitation: Invitation,
        trace: TraceId,
    ) -> Result<ActorId, PeopleError>;

    /// Sends another invitation to somebody who has not accepted; the one before is worth nothing.
    async fn invite_again(
        &self,
        by: &BearerToken,
        person: ActorId,
        trace: TraceId,
    ) -> Result<(), PeopleError>;

    /// Who there is.
    async fn people(
        &self,
        by: &BearerToken,
        filter: &PeopleFilter,
        trace: TraceId,
    ) -> Result<PeoplePage, PeopleError>;

    /// One person.
    async fn person(&self, by: &BearerToken, person: ActorId, trace: TraceId) -> Result<Person, PeopleError>;

    /// Gives a role, or gives a role that they have another end.
    async fn give_role(
        &self,
        by: &BearerToken,
        person: ActorId,
        grant: RoleGrant,
        trace: TraceId,
    ) -> Result<(), PeopleError>;

    /// Takes a role: within 5 s no token for it is believed, and every session has ended.
    async fn take_role(
        &self,
        by: &BearerToken,
        person: ActorId,
        role: Role,
        trace: TraceId,
    ) -> Result<(), PeopleError>;

    /// Suspends the account: within 5 s no token is believed, and every session has ended.
    async fn suspend(&self, by: &BearerToken, person: ActorId, trace: TraceId) -> Result<(), PeopleError>;

    /// Ends a suspension.
    async fn reinstate(&self, by: &BearerToken, person: ActorId, trace: TraceId) -> Result<(), PeopleError>;

    /// Wants another password at the next sign-in, and ends every session.
    async fn demand_password(
        &self,
        by: &BearerToken,
        person: ActorId,
        trace: TraceId,
    ) -> Result<(), PeopleError>;

    /// Removes every second factor and ends every session; for privileged roles it asks a second administrator for
    /// that. Asking anew takes the place of what was asked before.
    async fn reset_factors(
        &self,
        by: &BearerToken,
        person: ActorId,
        trace: TraceId,
    ) -> Result<Reset, PeopleError>;

    /// The resets that wait, the oldest first.
    async fn resets(&self, by: &BearerToken, trace: TraceId) -> Result<Vec<ResetRequest>, PeopleError>;

    /// Approves a reset that another administrator asked for, of somebody else's factors: it is done with that.
    async fn approve_reset(&self, by: &BearerToken, request: Uuid, trace: TraceId)
    -> Result<(), PeopleError>;

    /// Takes a request back, or turns it down.
    async fn refuse_reset(&self, by: &BearerToken, request: Uuid, trace: TraceId) -> Result<(), PeopleError>;
}
