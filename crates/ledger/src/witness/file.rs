//! A witness that is a file: on another disk, or in a folder that is copied away.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use tacenda_contracts::ledger::Checkpoint;
use tacenda_crypto::CheckpointVerifier;

use super::{Witness, WitnessError};
use crate::checkpoint;

const NEWEST: &str = "ledger.checkpoint";
const NEXT: &str = "ledger.checkpoint.next";
const LOCK: &str = "ledger.checkpoint.lock";

/// Keeps the newest note as `ledger.checkpoint` in a folder.
#[derive(Clone)]
pub struct FileWitness {
    folder: PathBuf,
    verifier: Arc<CheckpointVerifier>,
}

impl FileWitness {
    /// A witness in that folder, which is made if it is missing.
    ///
    /// # Errors
    /// [`WitnessError::Unavailable`] where it cannot be made.
    pub fn open(folder: &Path, verifier: CheckpointVerifier) -> Result<Self, WitnessError> {
        fs::create_dir_all(folder).map_err(WitnessError::Unavailable)?;
        Ok(Self { folder: folder.to_owned(), verifier: Arc::new(verifier) })
    }

    /// The newest checkpoint in the folder, without waiting for anything but the disk.
    ///
    /// # Errors
    /// [`WitnessError`] where it cannot be read, or is not this ledger's.
    pub fn read(&self) -> Result<Option<Checkpoint>, WitnessError> {
        let note = match fs::read_to_string(self.folder.join(NEWEST)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => return Err(WitnessError::Damaged),
            read => read.map_err(WitnessError::Unavailable)?,
        };
        let signed = checkpoint::open(&note, &self.verifier).map_err(|_| WitnessError::Damaged)?;
        Ok(Some(signed.checkpoint))
    }

    fn write(&self, new: &Checkpoint) -> Result<(), WitnessError> {
        // Two instances may share the folder: without the lock, the older of two could be renamed last.
        let lock = File::create(self.folder.join(LOCK)).map_err(WitnessError::Unavailable)?;
        lock.lock().map_err(WitnessError::Unavailable)?;
        match self.read()? {
            Some(kept) if kept.size == new.size && kept.root != new.root => {
                Err(WitnessError::Contradicted(new.size))
            }
            Some(kept) if kept.size >= new.size => Ok(()),
            _ => self.replace(&new.note).map_err(WitnessError::Unavailable),
        }
    }

    fn replace(&self, note: &str) -> io::Result<()> {
        let next = self.folder.join(NEXT);
        let mut file = File::create(&next)?;
        file.write_all(note.as_bytes())?;
        file.sync_all()?;
        // CRASH: before the rename the older note is kept, whole; after it the newer one is.
        tacenda_kernel::crash::at("witness-renames");
        fs::rename(&next, self.folder.join(NEWEST))?;
        File::open(&self.folder)?.sync_all()
    }
}

#[async_trait]
impl Witness for FileWitness {
    async fn newest(&self) -> Result<Option<Checkpoint>, WitnessError> {
        let witness = self.clone();
        off_the_runtime(move || witness.read()).await
    }

    async fn keep(&self, checkpoint: &Checkpoint) -> Result<(), WitnessError> {
        let (witness, checkpoint) = (self.clone(), checkpoint.clone());
        off_the_runtime(move || witness.write(&checkpoint)).await
    }
}

async fn off_the_runtime<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, WitnessError> + Send + 'static,
) -> Result<T, WitnessError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|stopped| Err(WitnessError::Unavailable(io::Error::other(stopped))))
}
