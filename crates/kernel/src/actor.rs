//! Who acts.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Narrowing, Pseudonym, realms};

/// The account of a person, an application or a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ActorId(pub Uuid);

impl fmt::Display for ActorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What an account may be. An access token is for exactly one role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Cares for patients.
    Clinician,
    /// Visits homes and keeps installations running.
    Technician,
    /// Watches installations and streams from afar.
    Monitor,
    /// Studies pseudonymous data.
    Researcher,
    /// Is the subject of the records.
    Patient,
    /// Reviews who saw what, and erases.
    SecurityOfficer,
    /// Manages accounts; sees no patient.
    Administrator,
    /// A program that acts for an organisation.
    Application,
    /// A sensor that writes measurements and reads nothing.
    Device,
}

impl Role {
    /// Every role there is.
    pub const ALL: [Self; 9] = [
        Self::Clinician,
        Self::Technician,
        Self::Monitor,
        Self::Researcher,
        Self::Patient,
        Self::SecurityOfficer,
        Self::Administrator,
        Self::Application,
        Self::Device,
    ];

    /// The name used in tokens, on the command line and in ledger entries.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clinician => "clinician",
            Self::Technician => "technician",
            Self::Monitor => "monitor",
            Self::Researcher => "researcher",
            Self::Patient => "patient",
            Self::SecurityOfficer => "security-officer",
            Self::Administrator => "administrator",
            Self::Application => "application",
            Self::Device => "device",
        }
    }

    /// The realm whose pseudonyms callers of this role see.
    #[must_use]
    pub const fn realm(self) -> ApiRealm {
        match self {
            Self::Technician | Self::Monitor | Self::Device => ApiRealm::House,
            Self::Researcher => ApiRealm::Data,
            Self::Clinician
            | Self::Patient
            | Self::SecurityOfficer
            | Self::Administrator
            | Self::Application => ApiRealm::Care,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no role.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "unknown role; use clinician, technician, monitor, researcher, patient, security-officer, administrator, application or device"
)]
pub struct UnknownRole;

impl FromStr for Role {
    type Err = UnknownRole;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(UnknownRole)
    }
}

/// A realm of ids at the API, so that callers of different kinds cannot compare notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ApiRealm {
    /// Those who care for, or are, the patient.
    Care,
    /// Those who look after installations.
    House,
    /// Those who study.
    Data,
}

impl ApiRealm {
    /// Every realm of the API.
    pub const ALL: [Self; 3] = [Self::Care, Self::House, Self::Data];

    /// The name that separates the realm's keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Care => "care",
            Self::House => "house",
            Self::Data => "data",
        }
    }
}

/// How strongly the caller proved who they are (NIST SP 800-63B levels).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AuthStrength {
    /// One factor.
    Single,
    /// Two factors, or one that is two (a passkey).
    Multi,
    /// A program that proved possession of its key or secret.
    Client,
}

/// A caller whose token was verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The account.
    pub id: ActorId,
    /// The one role this token is for.
    pub role: Role,
    /// How the caller proved who they are.
    pub strength: AuthStrength,
    /// For a patient: the number by which `keystore` finds their own records.
    pub patient: Option<Pseudonym<realms::Account>>,
    /// When a person last proved a factor, the second where they have one; none for a program.
    pub proven_at: Option<Timestamp>,
    /// The token's unique id (`jti`).
    pub token_id: Uuid,
    /// When the token ends.
    pub expires_at: Timestamp,
    /// To what the token's scopes narrow what policy allows; none where it is for the role as a whole.
    pub narrowing: Option<Narrowing>,
    /// The application that acts in the person's name; none where they act themselves, or where it acts for itself.
    pub delegation: Option<Delegation>,
}

/// Which application acts in a person's name, and since which answer of theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegation {
    /// The OAuth client.
    pub client: String,
    /// The authorisation the token was issued under: it ends when that does.
    pub authorisation: Uuid,
    /// Which words about who the person is the token was issued for, such as `openid`.
    pub identity: Vec<String>,
}
