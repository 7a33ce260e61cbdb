//! Why somebody whom a provider sent is not let in: a code for the ledger, and what each surface says of it.

use tacenda_contracts::{
    accounts::{
        IdentifyError,
        federation::{FederationError, LogoutError},
    },
    entry::{Entry, Event, Fact, Outcome},
};
use tacenda_crypto::ProviderTokenError;
use tacenda_kernel::{ActorId, RequestContext};

use super::fetch::NoAnswer;
use crate::{
    error::{ChangeError, Unanswered},
    operations::sign_in::tries::NoTurn,
    recorder::about,
    sealing::SealingFailed,
    service::Accounts,
};

/// Nobody was let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The browser's sign-in is not one that was begun here and is still open.
    NotBegun(&'static str),
    /// The provider did not sign anybody in.
    Declined,
    /// A token or code proves nothing.
    Unproven(&'static str),
    /// It is known who it is, and they have no access.
    NotAdmitted(&'static str, Option<ActorId>),
    /// The provider does not answer.
    NoAnswer,
    /// Our own database does not.
    Unavailable,
}

impl Refusal {
    fn code(self) -> &'static str {
        match self {
            Self::NotBegun(code) | Self::Unproven(code) | Self::NotAdmitted(code, _) => code,
            Self::Declined => "declined-by-provider",
            Self::NoAnswer => "provider-does-not-answer",
            Self::Unavailable => "unavailable",
        }
    }

    /// Records the refusal of something that this provider was named for. What cannot be recorded is unavailable.
    pub(super) async fn recorded(self, accounts: &Accounts, provider: &str, request: RequestContext) -> Self {
        let outcome = if matches!(self, Self::NoAnswer | Self::Unavailable) {
            Outcome::Failed
        } else {
            Outcome::Denied
        };
        let entry = accounts.recorder.entry(Event::Unauthenticated, outcome, request);
        let entry = entry.because(self.code());
        let whom = match self {
            Self::NotAdmitted(_, account) => account.map(about),
            _ => None,
        };
        let is_stranger = whom.is_none();
        let facts = std::iter::once(Fact::Provider(provider.to_owned())).chain(whom).collect();
        let (recorder, entry) = (&accounts.recorder, Entry { facts, ..entry });
        let recorded = match is_stranger {
            true => recorder.record_stranger(entry, request).await,
            false => recorder.record(entry).await,
        };
        match recorded {
            Ok(()) => self,
            Err(_) => Self::Unavailable,
        }
    }
}

impl From<Refusal> for FederationError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotBegun(_) => Self::StartAgain,
            Refusal::Declined => Self::Declined,
            Refusal::Unproven(_) => Self::NotValid,
            Refusal::NotAdmitted(..) => Self::NotAdmitted,
            Refusal::NoAnswer => Self::ProviderUnavailable,
            Refusal::Unavailable => Self::Unavailable,
        }
    }
}

impl From<Refusal> for IdentifyError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoAnswer | Refusal::Unavailable => Self::Unavailable,
            _ => Self::Unauthenticated,
        }
    }
}

impl From<Refusal> for LogoutError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoAnswer | Refusal::Unavailable => Self::Unavailable,
            _ => Self::NotValid,
        }
    }
}

impl From<ProviderTokenError> for Refusal {
    fn from(error: ProviderTokenError) -> Self {
        Self::Unproven(error.code())
    }
}

impl From<NoAnswer> for Refusal {
    fn from(_: NoAnswer) -> Self {
        Self::NoAnswer
    }
}

impl From<NoTurn> for Refusal {
    fn from(no_turn: NoTurn) -> Self {
        match no_turn {
            NoTurn::Wait { .. } => Self::NotBegun("too-many-attempts"),
            NoTurn::Unanswered(_) => Self::Unavailable,
        }
    }
}

macro_rules! unavailable {
    ($($cause:ty),+) => {$(
        impl From<$cause> for Refusal {
            fn from(_: $cause) -> Self {
                Self::Unavailable
            }
        }
    )+};
}

unavailable!(Unanswered, SealingFailed, ChangeError);
