//! People of an identity provider that is not ours: signing in there, and being believed on its tokens.

pub(crate) mod admit_person;
pub(crate) mod begin_sign_in;
mod directory;
pub(crate) mod end_sessions;
pub(crate) mod exchange_token;
mod fetch;
pub(crate) mod finish_sign_in;
mod identity;
mod metadata;
mod provider;
mod redeem_code;
mod refusal;
mod role_steps;

pub(crate) use directory::Directory;
pub use directory::check_providers;
pub use provider::{Provider, ProviderApi, ProviderCredential, ProviderFault, SecondFactor};
