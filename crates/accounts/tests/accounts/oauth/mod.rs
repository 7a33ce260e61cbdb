//! Applications that act in people's names: OAuth 2.0, OpenID Connect and SMART App Launch.

mod asking;
pub(crate) mod bench;
mod codes;
mod ending;
mod keys;
mod recovering;
mod refreshing;
mod registering;
mod scopes;
