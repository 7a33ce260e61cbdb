//! Where transactions go: the one seam of an import.

mod local;
mod remote;

use std::{future::Future, path::Path, sync::Arc, time::Duration};

use anyhow::Result;
use bytes::Bytes;
use tacenda_kernel::Secret;

use self::{local::Local, remote::Remote};
use super::failure::Problem;
use crate::system::System;

/// How long until what was not available is asked for again, the first time; then twice as long each time.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(8);

/// Where an import goes.
#[derive(Clone)]
pub struct Target(Arc<Seam>);

enum Seam {
    Local(Local),
    Remote(Remote),
}

/// What became of a transaction that was accepted.
pub(super) enum Posted {
    /// It was done; `Type/id` of each entry's resource, in order.
    Done(Vec<Option<String>>),
    /// A transaction with this key was done before.
    Repeated,
}

/// Why a transaction was not done.
#[derive(Debug, thiserror::Error)]
pub(super) enum PostError {
    /// It cannot be done as it is.
    #[error("the transaction was refused")]
    Refused(Vec<Problem>),
    /// The token is not, or no longer, valid: nothing else will be done with it either.
    #[error("the access token was refused")]
    Token,
    /// It may be done later. Whether it was done now is not known; its key tells, the next time.
    #[error("{0}")]
    Unavailable(String),
    /// The target is not the one it should be, and waiting does not help.
    #[error("{0}")]
    Unreachable(String),
}

impl Target {
    /// A system in this process. `token` gives a fresh access token of an application whenever it is asked.
    pub fn local<F, T>(system: Arc<System>, token: T) -> Self
    where
        F: Future<Output = Result<Secret<String>>> + Send + 'static,
        T: Fn() -> F + Send + Sync + 'static,
    {
        Self(Arc::new(Seam::Local(Local::new(system, token))))
    }

    /// The server at this URL, with or without `/fhir` at its end. `authority` is the file (PEM) of the only
    /// certificate authority to believe; without it, the operating system's are.
    ///
    /// # Errors
    /// Where the URL is not one to which a token may be sent, or the file holds no certificate.
    pub fn remote(url: &str, token: &str, authority: Option<&Path>) -> Result<Self> {
        Ok(Self(Arc::new(Seam::Remote(Remote::new(url, token, authority)?))))
    }

    /// The FHIR base URL: by it, one target is told from another.
    pub(super) fn base(&self) -> String {
        match &*self.0 {
            Seam::Local(local) => local.base(),
            Seam::Remote(remote) => remote.base(),
        }
    }

    /// Does the transaction, unless one with this key was done before.
    pub(super) async fn post_transaction(&self, bundle: &Bytes, key: &str) -> Result<Posted, PostError> {
        let mut wait = FIRST_WAIT;
        loop {
            let posted = match &*self.0 {
                Seam::Local(local) => local.post(bundle, key).await,
                Seam::Remote(remote) => remote.post(bundle, key).await,
            };
            match posted {
                Err(PostError::Unavailable(_)) if wait <= LONGEST_WAIT => tokio::time::sleep(wait).await,
                posted => return posted,
            }
            wait *= 2;
        }
    }
}
