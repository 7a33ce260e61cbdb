//! What other processes have written: how far each was, and what the dead among them could not say.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::{HEAD, MAGIC, NAME, NEXT, beside};
use crate::tree::Hash;

/// The files of others, those of the dead locked.
#[derive(Default)]
pub(crate) struct Left {
    /// How far each of them was.
    pub(crate) heads: Vec<(u64, Hash)>,
    /// What arrived, as the dead say.
    pub(crate) arrived: Vec<u64>,
    dead: Vec<(PathBuf, File)>,
}

impl Left {
    pub(super) fn gather(paths: impl Iterator<Item = PathBuf>) -> io::Result<Self> {
        let mut left = Self::default();
        for path in paths {
            match File::open(&path) {
                // Somebody else took it over.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                opened => left.take(path, opened?)?,
            }
        }
        Ok(left)
    }

    fn take(&mut self, path: PathBuf, mut file: File) -> io::Result<()> {
        let dead = match file.try_lock() {
            Ok(()) => true,
            Err(TryLockError::WouldBlock) => false,
            Err(TryLockError::Error(error)) => return Err(error),
        };
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        self.heads.extend(head(&bytes));
        if dead {
            self.arrived.extend(positions(&bytes));
            self.dead.push((path, file));
        }
        Ok(())
    }

    /// Removes the files of the dead: what they said is noted by somebody who lives.
    pub(crate) fn forget(self) {
        for (path, _locked) in self.dead {
            let _never_renamed = fs::remove_file(beside(&path));
            if let Err(error) = fs::remove_file(&path) {
                tracing::warn!(%error, "a journal that was taken over stays, and is taken over again");
            }
        }
    }
}

/// All files of a folder.
pub(super) fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| name.starts_with(NAME) && !name.ends_with(NEXT)) {
            found.push(entry.path());
        }
    }
    Ok(found)
}

/// How far a file's process was. One that died at its start was nowhere.
pub(super) fn head(bytes: &[u8]) -> Option<(u64, Hash)> {
    let rest = bytes.get(..HEAD)?.strip_prefix(MAGIC)?;
    let (size, root) = rest.split_first_chunk::<8>()?;
    Some((u64::from_be_bytes(*size), root.try_into().ok()?))
}

fn positions(bytes: &[u8]) -> impl Iterator<Item = u64> {
    let (whole, _half_written) = bytes.get(HEAD..).unwrap_or_default().as_chunks::<8>();
    whole.iter().map(|position| u64::from_be_bytes(*position))
}
