//! The passwords of the private cluster's roles: random, in one file that only the caller reads.

use std::{
    collections::BTreeMap,
    fs, io,
    sync::{Mutex, PoisonError},
};

use aws_lc_rs::rand;
use data_encoding::BASE64URL_NOPAD;
use tacenda_kernel::Secret;

use super::{error::ClusterError, folder::Folder};
use crate::ProvisionError;

const FILE: &str = "passwords";

/// One password for each role.
#[derive(Debug)]
pub(crate) struct Passwords {
    folder: Folder,
    kept: Mutex<BTreeMap<String, Secret<String>>>,
}

impl Passwords {
    pub(super) fn open(folder: Folder) -> Result<Self, ProvisionError> {
        let text = match fs::read_to_string(folder.file(FILE)) {
            Ok(text) => Secret::new(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Secret::new(String::new()),
            Err(error) => return Err(ProvisionError::Passwords(error)),
        };
        // EXPOSE: to read the lines of the file.
        let lines = text.expose().lines().filter_map(|line| line.split_once(' '));
        let kept =
            lines.map(|(role, password)| (role.to_owned(), Secret::new(password.to_owned()))).collect();
        Ok(Self { folder, kept: Mutex::new(kept) })
    }

    /// The role's password, if there is one.
    pub(crate) fn of(&self, role: &str) -> Option<Secret<String>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(role).cloned()
    }

    /// Makes a password for each of `roles` that has none, and says which those are. Durable before it returns, so
    /// that no role ever has a password that is not kept.
    pub(crate) fn make_missing(&self, roles: &[String]) -> Result<Vec<String>, ProvisionError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let missing: Vec<String> = roles.iter().filter(|role| !kept.contains_key(*role)).cloned().collect();
        if missing.is_empty() {
            return Ok(missing);
        }
        for role in &missing {
            kept.insert(role.clone(), random_password()?);
        }
        let mut text = String::new();
        for (role, password) in kept.iter() {
            // EXPOSE: to keep it in the file.
            text.push_str(&format!("{role} {}\n", password.expose()));
        }
        let text = Secret::new(text);
        // EXPOSE: the file is readable by its owner alone.
        self.folder.write(FILE, 0o600, text.expose()).map_err(|error| match error {
            ClusterError::Io { source, .. } => ProvisionError::Passwords(source),
            other => ProvisionError::Passwords(io::Error::other(other)),
        })?;
        Ok(missing)
    }
}

fn random_password() -> Result<Secret<String>, ProvisionError> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| ProvisionError::Passwords(io::Error::other("no randomness")))?;
    Ok(Secret::new(BASE64URL_NOPAD.encode(&bytes)))
}
