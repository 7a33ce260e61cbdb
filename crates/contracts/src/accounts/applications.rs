//! Applications, as administrators register them.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tacenda_contract_macro::contract;
use tacenda_kernel::{ActorId, Secret, TraceId};

use super::{
    BearerToken,
    people::{PeopleError, RoleGrant},
};

/// How an application proves that it is the one it says (RFC 6749 §2.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ApplicationProof {
    /// It cannot: it runs in a browser or on a person's device.
    Public,
    /// By a secret, which is made here and shown once.
    Secret,
    /// By signatures under these public keys (RFC 7517 key set, as JSON text): `private_key_jwt`.
    Keys(String),
}

/// An application to be registered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewApplication {
    /// What it is called where people are asked for consent: 1 to 200 bytes, one line.
    pub name: String,
    /// Its `client_id`: 1 to 128 printable characters without space and colon.
    pub client_id: String,
    /// How it proves itself.
    pub proof: ApplicationProof,
    /// Where codes are sent to, compared exactly; at most 20. With none it acts for nobody but itself.
    pub redirect_uris: Vec<String>,
    /// Where a browser may be sent after signing out, compared exactly; at most 20.
    pub post_logout_uris: Vec<String>,
    /// Which scopes it may ask for; none for whatever policy allows.
    pub scopes: Option<Vec<String>>,
    /// What it may be when it acts for itself (`client_credentials`); empty where it never does.
    pub roles: Vec<RoleGrant>,
}

/// An application that was registered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Registered {
    /// Its account.
    pub id: ActorId,
    /// Its secret, told this once, where it has one.
    #[serde(with = "tacenda_kernel::kept")]
    pub secret: Option<Secret<String>>,
}

/// An application as administrators see it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Application {
    /// Its account.
    pub id: ActorId,
    /// Its `client_id`.
    pub client_id: String,
    /// What it is called.
    pub name: String,
    /// Whether it can prove that it is the one it says.
    pub proves_itself: bool,
    /// Where codes are sent to.
    pub redirect_uris: Vec<String>,
    /// Where a browser may be sent after signing out.
    pub post_logout_uris: Vec<String>,
    /// Which scopes it may ask for; none for whatever policy allows.
    pub scopes: Option<Vec<String>>,
    /// What it may be when it acts for itself.
    pub roles: Vec<RoleGrant>,
    /// Whether it gets no tokens now.
    pub disabled: bool,
    /// When it was registered.
    pub made_at: Timestamp,
    /// When it last got a token for itself, to the hour.
    pub last_used_at: Option<Timestamp>,
}

/// Manages applications.
#[contract(Web)]
#[async_trait]
pub trait Applications: Send + Sync + 'static {
    /// Registers an application.
    async fn register_application(
        &self,
        by: &BearerToken,
        new: NewApplication,
        trace: TraceId,
    ) -> Result<Registered, PeopleError>;

    /// Every application, by name.
    async fn applications(&self, by: &BearerToken, trace: TraceId) -> Result<Vec<Application>, PeopleError>;

    /// Ends all it may do, its access in people's names included: within 5 s none of its tokens is believed.
    async fn disable_application(
        &self,
        by: &BearerToken,
        client_id: &str,
        trace: TraceId,
    ) -> Result<(), PeopleError>;

    /// Lets it do again what it might.
    async fn enable_application(
        &self,
        by: &BearerToken,
        client_id: &str,
        trace: TraceId,
    ) -> Result<(), PeopleError>;
}
