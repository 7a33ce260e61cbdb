//! What can be wrong with the policies themselves.

use std::error::Error;

/// The embedded policies cannot be used. None of these happens to a tested build.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The schema is not Cedar.
    #[error("the policy schema cannot be read")]
    Schema(#[source] Box<dyn Error + Send + Sync>),
    /// A policy file is not Cedar.
    #[error("policies/{file} cannot be read")]
    Syntax {
        /// Which file.
        file: &'static str,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A policy has no `@id("…")`, so the ledger could not say which one allowed something.
    #[error("a policy in policies/{file} has no @id")]
    Unnamed {
        /// Which file.
        file: &'static str,
    },
    /// Two policies have the same id.
    #[error("the policy id {id} is used twice")]
    Twice {
        /// Which id.
        id: String,
    },
    /// The policies speak of something that the schema does not know, or can never apply.
    #[error("the policies do not fit the schema: {findings}")]
    Invalid {
        /// What the validator found, one finding a line.
        findings: String,
    },
    /// A word of the kernel's cannot be said in Cedar.
    #[error("the vocabulary cannot be said in Cedar")]
    Vocabulary(#[source] Box<dyn Error + Send + Sync>),
}

impl PolicyError {
    pub(crate) fn schema(source: impl Error + Send + Sync + 'static) -> Self {
        Self::Schema(Box::new(source))
    }

    pub(crate) fn vocabulary(source: impl Error + Send + Sync + 'static) -> Self {
        Self::Vocabulary(Box::new(source))
    }
}
