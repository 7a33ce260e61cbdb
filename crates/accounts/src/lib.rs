#![doc = include_str!("../README.md")]

mod account;
mod address;
mod bindings;
mod discovery;
mod error;
mod hashing;
mod limits;
mod newest;
mod notices;
mod one_time_codes;
mod operations;
mod operator;
mod passkeys;
mod password_rules;
mod pending;
mod promises;
mod recorder;
mod row_seal;
mod rules;
mod sealing;
mod service;
mod signing;
mod store;
mod upkeep;
mod verify;
mod visit;

pub use account::{
    Account, AccountKind, Author, Credential, GrantType, NewAccount, NewClient, OPERATOR, RoleGrant,
};
pub use discovery::{JWKS_PATH, TOKEN_PATH, discovery, smart_configuration};
pub use error::{ChangeError, OpenError};
pub use notices::{MailServer, NoPost, Post, Security};
pub use one_time_codes::authenticator_code;
pub use operations::federation::{
    Provider, ProviderApi, ProviderCredential, ProviderFault, SecondFactor, check_providers,
};
pub use rules::AccountRules;
pub use service::{Accounts, AccountsParts};
pub use store::{CATALOGUE, GRANTS, migrations};
pub use verify::{Finding, Verified, VerifyError, VerifyParts, verify};
