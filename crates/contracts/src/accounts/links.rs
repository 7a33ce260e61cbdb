//! Links sent by mail: each is good once, for one thing, for a while.
//!
//! Opening a page by a link changes nothing (mail filters open links, too); what the page sends does.

use std::borrow::Cow;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tacenda_contract_macro::contract;
use tacenda_kernel::{Language, Secret};

use super::{
    own_account::OwnAccountError,
    sign_in::{NewSession, PasswordFault, SessionToken, SignInError, Visit},
};
use crate::wire::unreachable_is_unavailable;

unreachable_is_unavailable!(LinkError);

/// The last part of a mailed URL `/link/{token}`: 256 random bits, base64url.
pub type LinkToken = Secret<String>;

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LinkPurpose {
    /// Accept an invitation by choosing a password. Good for 7 days.
    Invitation,
    /// Choose a new password for one that was forgotten. Good for 30 minutes.
    NewPassword,
    /// Agree, at the present address, to move to another. Good for 30 minutes.
    LeaveAddress,
    /// Show that one reads mail at the new address. Good for 30 minutes.
    JoinAddress,
}

/// What a page shows of a link before it is used.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OpenLink {
    /// What it is for.
    pub purpose: LinkPurpose,
    /// Whose it is.
    #[serde(with = "tacenda_kernel::kept")]
    pub display_name: Secret<String>,
    /// The address it was sent to.
    #[serde(with = "tacenda_kernel::kept")]
    pub email: Secret<String>,
    /// In which language that person reads.
    pub language: Language,
    /// The fewest characters of a new password for their roles.
    pub least_password_length: u32,
}

/// How far a change of address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AddressChange {
    /// Confirmed at both; the new address holds, and every session ended.
    Done,
    /// The link sent to the other address must be used as well.
    OtherAwaited,
}

/// A link did not do what it is for.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinkError {
    /// There is none like it, or it was used, is over, or is for something else; which of them is not told.
    #[error("this link is over or was used; ask for a new one")]
    Invalid,
    /// The new password is not accepted; the link stays good.
    #[error(transparent)]
    Password(#[from] PasswordFault),
    /// Another account has the new address by now.
    #[error("this address cannot be used; ask for the change again with another")]
    Taken,
    /// Too many attempts: wait.
    #[error("too many attempts; try again in {seconds} seconds")]
    Slow {
        /// How long, at least 1.
        seconds: u32,
    },
    /// A field does not fit; its name is told.
    #[error("{0} does not fit")]
    Malformed(Cow<'static, str>),
    /// A disk is full: that of accounts, or of the ledger. Nothing was done.
    #[error("there is no space left")]
    Full,
    /// The answer could not be found, stored or recorded.
    #[error("this is not available now; try again in a minute")]
    Unavailable,
}

impl From<SignInError> for LinkError {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Wrong | SignInError::Ended | SignInError::SecondFactorNeeded => Self::Invalid,
            SignInError::Slow { seconds } => Self::Slow { seconds },
            SignInError::Malformed(field) => Self::Malformed(field),
            SignInError::Full => Self::Full,
            SignInError::Unavailable => Self::Unavailable,
        }
    }
}

/// What people do by mailed links. Every use is in the ledger before it takes effect.
#[contract(Web)]
#[async_trait]
pub trait Links: Send + Sync + 'static {
    /// What the link is for. It is not used by that.
    async fn open(&self, link: &LinkToken, visit: &Visit) -> Result<OpenLink, LinkError>;

    /// Sets the first password of an invited person, and signs them in.
    async fn accept_invitation(
        &self,
        link: &LinkToken,
        password: &Secret<String>,
        visit: &Visit,
    ) -> Result<NewSession, LinkError>;

    /// Sends a link for a new password where the address is known. The answer and the work are the same where it is not.
    async fn ask_new_password(&self, email: &Secret<String>, visit: &Visit) -> Result<(), LinkError>;

    /// Sets a new password, ends every session, and begins one: a second factor is still owed by those who have one.
    async fn set_new_password(
        &self,
        link: &LinkToken,
        password: &Secret<String>,
        visit: &Visit,
    ) -> Result<NewSession, LinkError>;

    /// Sends a link to the present address of the session's person and one to the new: both must be used for the address
    /// to change. Needs a proof of the last 5 minutes.
    async fn ask_address_change(
        &self,
        session: &SessionToken,
        email: &Secret<String>,
        visit: &Visit,
    ) -> Result<(), OwnAccountError>;

    /// Confirms a change of address from the old or the new one.
    async fn confirm_address(&self, link: &LinkToken, visit: &Visit) -> Result<AddressChange, LinkError>;
}
