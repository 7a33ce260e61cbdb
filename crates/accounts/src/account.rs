//! What an account is, to those who manage them.

pub use tacenda_contracts::accounts::people::RoleGrant;
use tacenda_contracts::entry::{Entry, Fact};
use tacenda_crypto::sha256;
use tacenda_kernel::{Actor, ActorId, AuthStrength, Language, Pseudonym, Role, Secret, realms};
use uuid::Uuid;

pub use crate::store::clients::GrantType;

/// The operator: whoever holds the root key of this installation and acts at the machine itself.
pub const OPERATOR: ActorId = ActorId(Uuid::nil());

/// What stands behind an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountKind {
    /// A human being.
    Person,
    /// A program that acts for an organisation.
    Application,
    /// A sensor or gateway in a home.
    Device,
}

impl AccountKind {
    /// The name in the database and in ledger entries.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Application => "application",
            Self::Device => "device",
        }
    }

    /// The kind with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Person, Self::Application, Self::Device].into_iter().find(|kind| kind.as_str() == name)
    }

    /// Whether an account of this kind may have the role: a device is a device and nothing else, a program is nobody's
    /// patient, and a person is no program.
    #[must_use]
    pub const fn may_have(self, role: Role) -> bool {
        match self {
            Self::Person => !matches!(role, Role::Application | Role::Device),
            Self::Application => !matches!(role, Role::Patient | Role::Device),
            Self::Device => matches!(role, Role::Device),
        }
    }
}

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// What stands behind it.
    pub kind: AccountKind,
    /// What it is called on pages.
    pub display_name: Secret<String>,
    /// Where a person signs in and gets mail. Upper and lower case are one.
    pub email: Option<Secret<String>>,
    /// In which language a person is written to.
    pub language: Language,
    /// For a patient's account: the number by which `keystore` finds their own records.
    pub patient: Option<Pseudonym<realms::Account>>,
    /// What it may be: at least one role.
    pub roles: Vec<RoleGrant>,
}

/// An account as those who manage accounts see it.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its number.
    pub id: ActorId,
    /// What stands behind it.
    pub kind: AccountKind,
    /// What it is called on pages.
    pub display_name: Secret<String>,
    /// A person's e-mail address.
    pub email: Option<Secret<String>>,
    /// In which language a person is written to.
    pub language: Language,
    /// Whether it gets no tokens now and those it has are not believed.
    pub suspended: bool,
    /// Its roles, those that are over included.
    pub roles: Vec<RoleGrant>,
}

/// How a client will prove itself.
#[derive(Clone, Debug)]
pub enum Credential {
    /// By a secret, which is made here and shown once.
    Secret,
    /// By signatures under these public keys (RFC 7517 key set, as JSON text).
    Keys(String),
    /// By nothing: a public client, such as a program in a browser or on a telephone.
    None,
}

/// A client to be registered.
#[derive(Clone, Debug)]
pub struct NewClient {
    /// Its name in OAuth: 1 to 128 printable ASCII characters without a colon.
    pub client_id: String,
    /// How it will prove itself.
    pub credential: Credential,
    /// By what it gets tokens.
    pub grant_types: Vec<GrantType>,
    /// The addresses that codes may be sent to: https, or http on loopback with any port. Compared exactly.
    pub redirect_uris: Vec<String>,
    /// The addresses a browser may be sent to after signing out.
    pub post_logout_uris: Vec<String>,
    /// The scopes it may ask for; none for any.
    pub scopes: Option<Vec<String>>,
}

impl NewClient {
    /// A client that acts for itself, with everything that its account may do.
    #[must_use]
    pub fn machine(client_id: &str, credential: Credential) -> Self {
        Self {
            client_id: client_id.to_owned(),
            credential,
            grant_types: vec![GrantType::ClientCredentials],
            redirect_uris: Vec::new(),
            post_logout_uris: Vec::new(),
            scopes: None,
        }
    }

    /// A client that acts in the name of people who let it in.
    #[must_use]
    pub fn for_people(
        client_id: &str,
        credential: Credential,
        redirect_uris: &[&str],
        scopes: &[&str],
    ) -> Self {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Self {
            client_id: client_id.to_owned(),
            credential,
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            redirect_uris: owned(redirect_uris),
            post_logout_uris: Vec::new(),
            scopes: Some(owned(scopes)),
        }
    }
}

/// Who changes accounts.
#[derive(Clone, Debug)]
pub enum Author {
    /// The operator at the machine: the first accounts, and the demo's.
    Operator,
    /// A signed-in administrator.
    Administrator(Actor),
    /// Nobody: time passed, and the rules of the installation say so.
    Upkeep,
    /// The configured identity provider of this name, which vouches for the account's person.
    Provider(String),
}

impl Author {
    /// Under which number the change is recorded.
    #[must_use]
    pub fn id(&self) -> ActorId {
        match self {
            Self::Operator | Self::Upkeep => OPERATOR,
            Self::Administrator(actor) => actor.id,
            Self::Provider(name) => provider_id(name),
        }
    }

    /// Whether this one may change accounts at all: an administrator by a token of their own, for all of their role.
    ///
    /// SECURITY: an application that an administrator let in manages nobody.
    pub(crate) fn may_change(&self) -> bool {
        match self {
            Self::Operator | Self::Upkeep | Self::Provider(_) => true,
            Self::Administrator(actor) => {
                actor.role == Role::Administrator
                    && actor.strength == AuthStrength::Multi
                    && actor.narrowing.is_none()
                    && actor.delegation.is_none()
            }
        }
    }

    /// The entry, with who it was.
    pub(crate) fn sign(&self, mut entry: Entry) -> Entry {
        match self {
            Self::Operator => Entry { actor: Some(OPERATOR), ..entry },
            Self::Administrator(actor) => entry.by(actor),
            Self::Upkeep => entry,
            Self::Provider(name) => {
                entry.facts.insert(0, Fact::Provider(name.clone()));
                Entry { actor: Some(self.id()), ..entry }
            }
        }
    }
}

/// No account has it: accounts have random numbers, of another version (RFC 9562 §5.8).
fn provider_id(name: &str) -> ActorId {
    let hash = sha256(format!("identity provider\0{name}").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    ActorId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_fits_some_kind_and_devices_are_devices() {
        let kinds = [AccountKind::Person, AccountKind::Application, AccountKind::Device];
        for role in Role::ALL {
            assert!(kinds.iter().any(|kind| kind.may_have(role)), "{role}");
            assert_eq!(AccountKind::Device.may_have(role), role == Role::Device);
        }
        assert!(!AccountKind::Application.may_have(Role::Patient));
        assert!(!AccountKind::Person.may_have(Role::Application));
        for kind in kinds {
            assert_eq!(AccountKind::from_name(kind.as_str()), Some(kind));
        }
    }
}
