//! The password of a role: said once, or in a file that is read for every connection.
//!
//! Whoever changes a password writes the new one into the file and then tells the database, or the other way round: no
//! process has to be started anew, since connections that there are go on and new ones read the file.

use std::{
    fs,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
};

use tacenda_kernel::Secret;

/// Where a password is.
#[derive(Clone)]
pub(crate) enum PasswordSource {
    /// There is none.
    None,
    /// Here.
    Said(Secret<String>),
    /// The first line of a file.
    File(PathBuf),
}

impl PartialEq for PasswordSource {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::None, Self::None) => true,
            // EXPOSE: both are the operator's, who asks whether they changed one.
            (Self::Said(one), Self::Said(two)) => one.expose() == two.expose(),
            (Self::File(one), Self::File(two)) => one == two,
            _ => false,
        }
    }
}

/// A password that every connection made later shares.
#[derive(Clone)]
pub(crate) struct Password(Arc<RwLock<PasswordSource>>);

impl Password {
    pub(crate) fn new(said: Option<&[u8]>) -> Self {
        let said = said.map(|bytes| Secret::new(String::from_utf8_lossy(bytes).into_owned()));
        Self(Arc::new(RwLock::new(said.map_or(PasswordSource::None, PasswordSource::Said))))
    }

    pub(crate) fn replace(&self, source: PasswordSource) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = source;
    }

    pub(crate) fn source(&self) -> PasswordSource {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The password as it is now.
    pub(crate) fn now(&self) -> Option<Secret<String>> {
        match self.source() {
            PasswordSource::None => None,
            PasswordSource::Said(password) => Some(password),
            PasswordSource::File(path) => match fs::read_to_string(&path) {
                Ok(text) => {
                    let text = Secret::new(text);
                    // EXPOSE: its first line is wrapped again at once.
                    Some(Secret::new(text.expose().lines().next().unwrap_or_default().to_owned()))
                }
                Err(error) => {
                    tracing::error!(path = %path.display(), %error, "a database's password file cannot be read");
                    None
                }
            },
        }
    }
}
