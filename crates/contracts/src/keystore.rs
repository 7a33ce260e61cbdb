//! The keystore: decides, and holds every key.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tacenda_contract_macro::contract;
use tacenda_crypto::{AuditKey, PatientKey};
use tacenda_kernel::{
    Action, ActorId, Compartment, CompartmentSet, Pseudonym, Purpose, RequestContext, realms,
};
use uuid::Uuid;

use crate::{
    accounts::BearerToken,
    entry::EntrySubject,
    permit::{Permit, PermitFault, Slice},
    wire::{Peer, unreachable_is_unavailable},
};

unreachable_is_unavailable!(PermitError, ReleaseError);

/// Whose records are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Subject {
    /// Nobody's: the directory, the ledger, or a look-up across patients.
    Nobody,
    /// The patient with this number in the caller's own realm.
    Public([u8; 16]),
    /// The patient with this number in a vault, found there by a permitted look-up.
    InVault(Compartment, [u8; 16]),
    /// The caller themselves.
    Own,
}

/// A question to the policy.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PermitRequest {
    /// The caller's own token, which `keystore` verifies itself.
    #[serde(with = "tacenda_kernel::kept")]
    pub token: BearerToken,
    /// What the caller wants to do.
    pub action: Action,
    /// Why.
    pub purpose: Purpose,
    /// To whose records.
    pub subject: Subject,
    /// In which vaults. The permit opens those of them that policy allows.
    pub compartments: CompartmentSet,
    /// In which request.
    pub context: RequestContext,
}

/// No permit. Every refusal is in the ledger before it is answered.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum PermitError {
    /// The token is not valid.
    #[error("a valid access token is needed")]
    Unauthenticated,
    /// This role may never do this there.
    #[error("this role may not do that")]
    Forbidden,
    /// The person proved who they are too long ago for this.
    #[error("prove again who you are")]
    ProofNeeded,
    /// There is no such patient, or this caller may not do this for this patient now.
    #[error("there is nothing there for this caller")]
    NotFound,
    /// The patient was erased.
    #[error("the patient's keys were destroyed")]
    Erased,
    /// The decision could not be recorded, or a patient not enrolled, because a disk is full.
    #[error("there is no space left for access decisions")]
    Full,
    /// The decision could not be made or recorded.
    #[error("access decisions are not available now")]
    Unavailable,
}

/// The keys that one permit gives one vault. They stay in memory only, for seconds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KeyRelease {
    /// Opens and seals the patient's rows in this compartment.
    #[serde(with = "tacenda_kernel::kept")]
    pub patient: PatientKey,
    /// Seals ledger entries about the patient (or about nobody).
    #[serde(with = "tacenda_kernel::kept")]
    pub audit: AuditKey,
}

/// What opens one log: that of a patient, or that about nobody.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AuditKeys(Vec<LogKey>);

#[derive(Clone, Debug, Serialize, Deserialize)]
struct LogKey {
    subject: EntrySubject,
    #[serde(with = "tacenda_kernel::kept")]
    key: AuditKey,
}

impl AuditKeys {
    /// The keys to these entries.
    #[must_use]
    pub fn new(keys: Vec<(EntrySubject, AuditKey)>) -> Self {
        Self(keys.into_iter().map(|(subject, key)| LogKey { subject, key }).collect())
    }

    /// The key to entries in this log.
    #[must_use]
    pub fn of(&self, subject: EntrySubject) -> Option<&AuditKey> {
        self.0.iter().find(|one| one.subject == subject).map(|one| &one.key)
    }
}

/// No key.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReleaseError {
    /// The permit does not hold.
    #[error(transparent)]
    Permit(#[from] PermitFault),
    /// The permit does not open this compartment.
    #[error("the permit does not open this compartment")]
    OtherCompartment,
    /// The key was destroyed.
    #[error("the patient's keys were destroyed")]
    Erased,
    /// The key is not what was stored.
    #[error("a patient's key does not unwrap: it was altered or moved")]
    Damaged,
    /// That the key was given could not be recorded, because a disk is full.
    #[error("there is no space left to record that keys are given")]
    Full,
    /// The keystore's database does not answer.
    #[error("keys are not available now")]
    Unavailable,
}

/// What a grant gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum GrantKind {
    /// A care relationship.
    Care,
    /// An assignment to the patient's installation.
    Assignment,
    /// A need to see the patient's stream.
    StreamNeed,
    /// The patient's consent to research.
    ResearchConsent,
}

/// A relation between an actor and a patient, in force until a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Which relation.
    pub kind: GrantKind,
    /// To whom; none means everyone whose role can use it (research consent).
    pub actor: Option<ActorId>,
    /// For which purpose.
    pub purpose: Purpose,
    /// Until when.
    pub until: Timestamp,
}

/// The saga a patient is enrolled by.
pub type SagaId = Uuid;

/// A signed statement that a patient's keys were destroyed: a compact JWS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureCertificate(pub String);

/// The keystore's promises.
#[contract(Records)]
#[async_trait]
pub trait Keystore: Send + Sync + 'static {
    /// Decides, and answers with a permit for those of the compartments that are allowed.
    #[callers(Records, Vault)]
    async fn permit(&self, request: &PermitRequest) -> Result<Arc<Permit>, PermitError>;

    /// One permit for each patient of a look-up's answer that the caller may see, none for the others. Silence about
    /// the others is the answer, so they are not recorded as denials.
    #[callers(Records, Vault)]
    async fn permits(
        &self,
        request: &PermitRequest,
        subjects: &[Subject],
    ) -> Result<Vec<Option<Arc<Permit>>>, PermitError>;

    /// The patients to whom the caller has a relation of their own now, for the request's purpose, at most 1,000. It
    /// says nothing of what the caller may do for them: each still needs a permit.
    async fn patients_of(&self, request: &PermitRequest) -> Result<Vec<Subject>, PermitError>;

    /// The keys that its slice of a permit gives a vault: the vault that the slice is for, and no other.
    #[callers(Vault, only = Some(Peer::vault(permit.claims().opening.compartment)))]
    async fn release(&self, permit: &Slice) -> Result<Arc<KeyRelease>, ReleaseError>;

    /// Whether its slice of a permit holds, for what a vault does without a key.
    #[callers(Vault, only = Some(Peer::vault(permit.claims().opening.compartment)))]
    async fn holds(&self, permit: &Slice) -> Result<(), ReleaseError>;

    /// Reserves a new patient with keys in every compartment, and a permit to write their first records. The patient
    /// exists for nobody else until [`Keystore::confirm`].
    async fn enrol(&self, request: &PermitRequest, saga: SagaId) -> Result<Arc<Permit>, PermitError>;

    /// Makes the patients reserved by `saga` real, with the enrolling actor's care relationship. Repeatable.
    async fn confirm(&self, saga: SagaId) -> Result<(), PermitError>;

    /// Forgets the patients reserved by `saga`. Repeatable.
    async fn abandon(&self, saga: SagaId) -> Result<(), PermitError>;

    /// Destroys the keys of the permit's patient in every compartment.
    async fn erase(&self, permit: &Permit) -> Result<ErasureCertificate, ReleaseError>;

    /// Gives a relation to the permit's patient.
    async fn grant(&self, permit: &Permit, grant: Grant) -> Result<(), ReleaseError>;

    /// The number by which a patient's own account finds them.
    async fn account_of(&self, permit: &Permit) -> Result<Pseudonym<realms::Account>, ReleaseError>;

    /// The keys that open ledger entries about the permit's patient, or those about nobody. Needs
    /// [`Action::Audit`].
    async fn audit_key(
        &self,
        permit: &Permit,
        subject: Option<Pseudonym<realms::Ledger>>,
    ) -> Result<AuditKeys, ReleaseError>;
}
