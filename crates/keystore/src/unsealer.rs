//! What the master secret is wrapped by: today the root key of a file.

use async_trait::async_trait;
use tacenda_crypto::{MasterKey, RootKey};
use tacenda_kernel::Random;

/// The master secret was not wrapped or unwrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnsealError {
    /// It was wrapped by something else, or it was altered.
    #[error("the master key does not open under this root key: it was altered")]
    Refused,
    /// Whoever wraps does not answer.
    #[error("the root key's keeper does not answer: start it, or look at the network")]
    Unavailable,
}

/// Wraps the master secret. Another one is a file, a security module or a service, and touches one row.
#[async_trait]
pub trait Unsealer: Send + Sync {
    /// By what a database recognises what its master secret was wrapped by. It tells nothing else.
    fn check_value(&self) -> [u8; 16];

    /// Wraps the secret.
    ///
    /// # Errors
    /// [`UnsealError::Unavailable`] where that cannot be done now.
    async fn wrap(&self, master: &MasterKey, random: &dyn Random) -> Result<Vec<u8>, UnsealError>;

    /// Unwraps the secret.
    ///
    /// # Errors
    /// [`UnsealError`].
    async fn unwrap(&self, wrapped: &[u8]) -> Result<MasterKey, UnsealError>;
}

#[async_trait]
impl Unsealer for RootKey {
    fn check_value(&self) -> [u8; 16] {
        Self::check_value(self)
    }

    async fn wrap(&self, master: &MasterKey, random: &dyn Random) -> Result<Vec<u8>, UnsealError> {
        Ok(self.wrap_master_key(master, random))
    }

    async fn unwrap(&self, wrapped: &[u8]) -> Result<MasterKey, UnsealError> {
        self.unwrap_master_key(wrapped).map_err(|_| UnsealError::Refused)
    }
}
