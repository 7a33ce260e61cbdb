#![doc = include_str!("../README.md")]

mod account;
mod discovery;
mod error;
mod hashing;
mod notices;
mod operations;
mod recorder;
mod sealing;
mod service;
mod signing;
mod store;

pub use account::{Account, AccountKind, Author, Credential, NewAccount, OPERATOR, RoleGrant};
pub use discovery::{JWKS_PATH, TOKEN_PATH, discovery};
pub use error::{ChangeError, OpenError, SignInError};
pub use notices::{MailServer, NoPost, Post, Security};
pub use service::{Accounts, AccountsParts};
pub use store::{GRANTS, migrations};
