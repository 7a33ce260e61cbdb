//! What stands between a caller and a service: the peer's identity, the door that looks at it, and the bytes that cross.
//!
//! Contracts are traits. `#[contract]` makes of each a door, which is the service as one peer may call it, and a client,
//! which is the trait over a [`Line`]. In one process a door is called directly; between two, a client and a door have a
//! line between them. Both ways pass the same look at who calls.

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Serialize, de::DeserializeOwned};
use tacenda_kernel::Service;

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Peer {
    /// The edge: the FHIR and OAuth endpoints.
    Gateway,
    /// The pages.
    Web,
    /// A command that an operator runs beside the databases.
    Operator,
    /// A service.
    Service(Service),
}

impl Peer {
    /// Every peer.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let services = Service::ALL.into_iter().map(Self::Service);
        [Self::Gateway, Self::Web, Self::Operator].into_iter().chain(services).collect()
    }

    /// The vault of a compartment.
    #[must_use]
    pub const fn vault(compartment: tacenda_kernel::Compartment) -> Self {
        Self::Service(Service::Vault(compartment))
    }

    /// What kind of caller it is.
    #[must_use]
    pub const fn caller(self) -> Caller {
        match self {
            Self::Gateway => Caller::Gateway,
            Self::Web => Caller::Web,
            Self::Operator => Caller::Operator,
            Self::Service(Service::Accounts) => Caller::Accounts,
            Self::Service(Service::Keystore) => Caller::Keystore,
            Self::Service(Service::Records) => Caller::Records,
            Self::Service(Service::Ledger) => Caller::Ledger,
            Self::Service(Service::Vault(_)) => Caller::Vault,
        }
    }

    /// Its name in entries and certificates.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Web => "web",
            Self::Operator => "operator",
            Self::Service(service) => service.as_str(),
        }
    }
}

/// The kinds of callers that contracts tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Caller {
    /// [`Peer::Gateway`]
    Gateway,
    /// [`Peer::Web`]
    Web,
    /// [`Peer::Operator`]
    Operator,
    /// [`Service::Accounts`]
    Accounts,
    /// [`Service::Keystore`]
    Keystore,
    /// [`Service::Records`]
    Records,
    /// [`Service::Ledger`]
    Ledger,
    /// One of the vaults.
    Vault,
}

/// A method, and who may call it.
#[derive(Clone, Copy, Debug)]
pub struct Allowed {
    /// Its name.
    pub method: &'static str,
    /// Who may.
    pub callers: &'static [Caller],
    /// Whether an argument says which of them exactly.
    pub exactly: bool,
}

/// A call did not reach the service, or its answer not the caller.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum CallFault {
    /// The peer may not call this. It is recorded.
    #[error("this peer may not call this method")]
    Refused,
    /// The contract has no such method.
    #[error("there is no such method")]
    NoSuchMethod,
    /// The request or the answer is no message of this method.
    #[error("the message cannot be read")]
    Malformed,
    /// The other end does not answer.
    #[error("the service cannot be reached")]
    Unreachable,
}

/// Records who was refused which call. What cannot be recorded is refused all the same.
#[async_trait]
pub trait Refusals: Send + Sync + 'static {
    /// A peer was refused a method of a contract.
    async fn refused(&self, peer: Peer, contract: &'static str, method: &'static str);
}

/// How calls between services in one process go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// As they are.
    #[default]
    Direct,
    /// As bytes, as they would between two processes.
    Bytes,
}

/// What every door of a service is made with.
#[derive(Clone)]
pub struct Calls {
    /// How calls come.
    pub way: Way,
    /// Who records those that are refused.
    pub refusals: Arc<dyn Refusals>,
}

/// What one peer may call of one contract.
pub struct Guard {
    contract: &'static str,
    peer: Peer,
    refusals: Arc<dyn Refusals>,
}

impl Guard {
    /// A guard for this peer.
    #[must_use]
    pub fn new(contract: &'static str, peer: Peer, refusals: Arc<dyn Refusals>) -> Self {
        Self { contract, peer, refusals }
    }

    /// Whether the peer is one of these callers and, where it must be a certain one, that one.
    #[must_use]
    pub fn may(&self, callers: &[Caller], only: Option<Peer>) -> bool {
        callers.contains(&self.peer.caller()) && only.is_none_or(|only| only == self.peer)
    }

    /// Records that it may not.
    pub async fn refuse(&self, method: &'static str) -> CallFault {
        self.refusals.refused(self.peer, self.contract, method).await;
        CallFault::Refused
    }
}

/// A door, called by bytes.
#[async_trait]
pub trait Served: Send + Sync + 'static {
    /// Decodes, calls, encodes.
    async fn answer(&self, method: &str, request: &[u8]) -> Result<Vec<u8>, CallFault>;
}

/// Carries the bytes of a call to a door and those of the answer back.
#[async_trait]
pub trait Line: Send + Sync + 'static {
    /// One call.
    async fn call(&self, method: &'static str, request: Vec<u8>) -> Result<Vec<u8>, CallFault>;
}

/// A line to a door in the same process: every call crosses as bytes.
pub struct Loopback<D>(pub D);

#[async_trait]
impl<D: Served> Line for Loopback<D> {
    async fn call(&self, method: &'static str, request: Vec<u8>) -> Result<Vec<u8>, CallFault> {
        self.0.answer(method, &request).await
    }
}

/// Sends a request over a line and reads the answer.
///
/// # Errors
/// [`CallFault`]
pub(crate) async fn ask<A: DeserializeOwned>(
    line: &dyn Line,
    method: &'static str,
    request: &impl Serialize,
) -> Result<A, CallFault> {
    decode(&line.call(method, encode(request)?).await?)
}

/// The bytes of a message (postcard).
///
/// # Errors
/// [`CallFault::Malformed`] where it cannot be written.
pub(crate) fn encode(message: &impl Serialize) -> Result<Vec<u8>, CallFault> {
    postcard::to_stdvec(message).map_err(|_| CallFault::Malformed)
}

/// The message of these bytes, and nothing behind it.
///
/// # Errors
/// [`CallFault::Malformed`]
pub(crate) fn decode<M: DeserializeOwned>(bytes: &[u8]) -> Result<M, CallFault> {
    match postcard::take_from_bytes(bytes) {
        Ok((message, [])) => Ok(message),
        _ => Err(CallFault::Malformed),
    }
}

/// A call that does not reach its service is one that the service did not answer.
macro_rules! unreachable_is_unavailable {
    ($($error:ty),+ $(,)?) => {$(
        impl From<$crate::wire::CallFault> for $error {
            fn from(fault: $crate::wire::CallFault) -> Self {
                tracing::error!(%fault, "a call between two services failed");
                Self::Unavailable
            }
        }
    )+};
}
pub(crate) use unreachable_is_unavailable;
