//! The ids a set's directory was given, kept beside the set for a run that goes on later: the server says them once.
//!
//! The file's mode is 0600. It holds ids of Practitioners, Organizations and the like, and nothing about a patient.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, Error, Result, anyhow};
use serde::{Deserialize, Serialize};

use crate::import::submission::key;

/// `Type/id` on the server by `Type/id` in the set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(in crate::import) struct DirectoryIds(BTreeMap<String, String>);

impl DirectoryIds {
    pub(super) fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }
}

impl FromIterator<(String, String)> for DirectoryIds {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(named: I) -> Self {
        Self(named.into_iter().collect())
    }
}

/// The file for one directory on one server.
pub(in crate::import) struct IdsFile(PathBuf);

/// The file while the directory is being imported.
pub(in crate::import) struct Pending {
    path: PathBuf,
    new: PathBuf,
    file: File,
}

impl IdsFile {
    pub(in crate::import) fn of(folder: &Path, base: &str, directory_key: &str) -> Self {
        let name = key(format!("{base}\n{directory_key}").as_bytes());
        Self(folder.join(format!(".tacenda-import-{}.json", &name[..16])))
    }

    /// What an earlier run noted.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub(in crate::import) fn read(&self) -> Result<Option<DirectoryIds>> {
        let path = &self.0;
        if !path.exists() {
            return Ok(None);
        }
        let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_slice(&text).map(Some).with_context(|| format!("{} is damaged", path.display()))
    }

    /// Makes sure, before anything is sent, that the ids can be kept.
    ///
    /// # Errors
    /// Where the folder is not writable.
    pub(in crate::import) fn begin(self) -> Result<Pending> {
        let new = self.0.with_extension("new");
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new);
        let file = file.with_context(|| {
            format!(
                "cannot keep the directory's ids in {}; copy the NDJSON to a folder that is writable",
                new.display()
            )
        })?;
        Ok(Pending { path: self.0, new, file })
    }
}

impl Pending {
    /// Keeps the ids.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub(in crate::import) fn finish(mut self, ids: &DirectoryIds) -> Result<()> {
        let kept = self.file.write_all(&serde_json::to_vec_pretty(ids)?).and_then(|()| self.file.sync_all());
        kept.and_then(|()| fs::rename(&self.new, &self.path))
            .with_context(|| format!("cannot keep the directory's ids in {}", self.path.display()))
    }

    /// Nothing was imported.
    pub(in crate::import) fn abandon(self) {
        // What is left behind is empty, and is used by the next run.
        let _ = fs::remove_file(&self.new);
    }

    /// The directory is there, and its ids are not known.
    pub(in crate::import) fn lost(self) -> Error {
        let path = self.path.display().to_string();
        self.abandon();
        anyhow!(
            "the directory (Practitioner, Organization, …) of this NDJSON was imported before, but {path}, with the ids \
             it was given, is missing: put that file back, or run the import from the folder it was run from. To import \
             the directory a second time, add a resource to it; patients who are there already are not added twice"
        )
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn ids_are_kept_for_their_server_and_their_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let file = || IdsFile::of(folder.path(), "https://a/fhir", "k");
        assert_eq!(file().read().unwrap(), None);
        let ids = DirectoryIds::from_iter([("Location/1".to_owned(), "Location/x".to_owned())]);
        file().begin().unwrap().abandon();
        assert_eq!(file().read().unwrap(), None);
        file().begin().unwrap().finish(&ids).unwrap();
        assert_eq!(file().read().unwrap(), Some(ids));
        assert_eq!(fs::metadata(&file().0).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(IdsFile::of(folder.path(), "https://b/fhir", "k").read().unwrap(), None);
    }
}
