//! What people see of their own account.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tacenda_kernel::{Language, Role, Secret};
use uuid::Uuid;

use crate::accounts::sign_in::{FactorKind, NewSession, Standing};

/// A person as they see themselves.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OwnProfile {
    /// What they are called on pages.
    #[serde(with = "tacenda_kernel::kept")]
    pub display_name: Secret<String>,
    /// Where they sign in and get mail.
    #[serde(with = "tacenda_kernel::kept")]
    pub email: Option<Secret<String>>,
    /// The address to which they asked to move; it is not confirmed at both yet.
    #[serde(with = "tacenda_kernel::kept")]
    pub next_email: Option<Secret<String>>,
    /// In which language they read.
    pub language: Language,
    /// Their roles in force.
    pub roles: Vec<HeldRole>,
    /// Since when the account is there.
    pub since: Timestamp,
    /// When the password was set.
    pub password_set_at: Option<Timestamp>,
    /// The fewest characters of a new password for their roles.
    pub least_password_length: u32,
}

/// A role that is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldRole {
    /// Which.
    pub role: Role,
    /// Until when; none for no end.
    pub until: Option<Timestamp>,
}

/// The second factors of a person.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Factors {
    /// The authenticator app.
    pub totp: Option<TotpFactor>,
    /// The passkeys, oldest first.
    pub passkeys: Vec<PasskeyFactor>,
    /// How many recovery codes are unused; none where none were made.
    pub recovery_codes_left: Option<u32>,
    /// Whether a role needs a second factor, so that the last cannot be removed.
    pub needed: bool,
}

/// An authenticator app.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct TotpFactor {
    /// When it was enrolled.
    pub enrolled_at: Timestamp,
    /// When it was last used.
    pub used_at: Option<Timestamp>,
}

/// A passkey.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PasskeyFactor {
    /// Its number.
    pub id: Uuid,
    /// What its owner calls it.
    #[serde(with = "tacenda_kernel::kept")]
    pub name: Secret<String>,
    /// When it was enrolled.
    pub enrolled_at: Timestamp,
    /// When it was last used.
    pub used_at: Option<Timestamp>,
}

/// A factor to be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FactorRef {
    /// The authenticator app.
    Totp,
    /// The passkey with this number.
    Passkey(Uuid),
}

/// What an authenticator app is to keep.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TotpOffer {
    /// The secret in base32, for typing.
    #[serde(with = "tacenda_kernel::kept")]
    pub secret: Secret<String>,
    /// The same as an `otpauth://` URI, for a QR code.
    #[serde(with = "tacenda_kernel::kept")]
    pub uri: Secret<String>,
}

/// A second factor was enrolled.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Enrolled {
    /// The session has proven it, so its token was replaced.
    pub session: NewSession,
    /// Ten recovery codes to be shown this once, where it is the person's first second factor.
    #[serde(with = "tacenda_kernel::kept")]
    pub recovery_codes: Vec<Secret<String>>,
}

/// A session of the person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OpenSession {
    /// Its number.
    pub id: Uuid,
    /// Whether it is the one that asks.
    pub current: bool,
    /// What it has proven.
    pub standing: Standing,
    /// What the browser called itself.
    #[serde(with = "tacenda_kernel::kept")]
    pub agent: Secret<String>,
    /// From which address it was begun.
    #[serde(with = "tacenda_kernel::kept")]
    pub network: Option<Secret<String>>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// When it ends at the latest.
    pub ends_at: Timestamp,
}

/// How an attempt to sign in ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AttemptOutcome {
    /// Signed in.
    SignedIn,
    /// The password was wrong.
    WrongPassword,
    /// The password was right and the second factor wrong.
    WrongFactor,
}

/// An attempt to sign in, as its owner sees it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Attempt {
    /// When.
    pub at: Timestamp,
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// With which second factor; none for the password alone.
    pub factor: Option<FactorKind>,
    /// From which address.
    #[serde(with = "tacenda_kernel::kept")]
    pub network: Option<Secret<String>>,
    /// What the browser called itself.
    #[serde(with = "tacenda_kernel::kept")]
    pub agent: Secret<String>,
    /// Whether it was a browser that had not signed in before.
    pub new_device: bool,
}

/// The attempts to sign in that are kept.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Attempts {
    /// The newest first.
    pub all: Vec<Attempt>,
    /// How often somebody signed in besides, by rows that are not there any more: they were removed from the database.
    pub missing: usize,
}
