//! What was acknowledged, kept beside the databases until a signature covers it: how far the ledger was durable, and
//! which announced writes arrived that no entry says yet.
//!
//! It is written before anybody is answered, and waits for no disk: what a process has written outlives its death, though
//! not that of the machine. So killing a process, and changing its databases before the next one starts, excuses nothing.
//!
//! Each process has a file of its own, locked for as long as it lives. Another one takes over what the dead have left, once the
//! database holds all that they acknowledged.
//!
//! INVARIANT: a file gets its name, and is looked at by others, under the folder's lock; so the file of a process that lives
//! is locked whenever others look.

mod left;

use std::{
    fs::{self, File},
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use tacenda_kernel::Random;

pub(crate) use left::Left;

use crate::tree::Hash;

const NAME: &str = "acknowledged.";
const NEXT: &str = ".next";
const LOCK: &str = "ledger.acknowledged.lock";

/// Says what the file is, and in which format.
const MAGIC: &[u8; 8] = b"tacenda1";
/// Magic, size and root.
const HEAD: usize = 48;
/// A file that is longer is emptied once nothing waits. Doing it each time would cost more than all else here.
const LONG: u64 = HEAD as u64 + 8 * 1_024;
/// A file that is longer is written anew, without what was said meanwhile.
const LONGEST: u64 = HEAD as u64 + 8 * 8_192;

/// One process's file.
pub struct Journal {
    folder: PathBuf,
    open: Mutex<Open>,
}

struct Open {
    path: PathBuf,
    file: File,
    head: [u8; HEAD],
    length: u64,
    fails: bool,
}

impl Journal {
    /// Begins a file in that folder, which is made if it is missing.
    ///
    /// # Errors
    /// Where it cannot be made or locked.
    pub fn begin(folder: &Path, random: &dyn Random) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let _nobody_looks = lock(folder)?;
        let mut number = [0; 8];
        random.fill(&mut number);
        let path = folder.join(format!("{NAME}{:016x}", u64::from_be_bytes(number)));
        let file = File::options().read(true).write(true).create_new(true).open(&path)?;
        file.try_lock()?;
        let open = Open { path, file, head: [0; HEAD], length: HEAD as u64, fails: false };
        Ok(Self { folder: folder.to_owned(), open: Mutex::new(open) })
    }

    /// How far the ledger was durable, as each file in a folder says. Nothing is written for it.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn heads(folder: &Path) -> io::Result<Vec<(u64, Hash)>> {
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        let heads = left::files(folder)?.into_iter().filter_map(|path| match fs::read(path) {
            // Its process took what it said to its own.
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            read => read.map(|bytes| left::head(&bytes)).transpose(),
        });
        heads.collect()
    }

    /// What processes that are dead have left, and how far others were. It stays theirs until it is forgotten.
    pub(crate) fn left(&self) -> io::Result<Left> {
        let own = self.open().path.clone();
        let _nobody_begins = lock(&self.folder)?;
        Left::gather(left::files(&self.folder)?.into_iter().filter(|path| *path != own))
    }

    /// Notes that the ledger is durable up to here.
    pub(crate) fn reached(&self, size: u64, root: &Hash) {
        let mut open = self.open();
        open.head[..8].copy_from_slice(MAGIC);
        open.head[8..16].copy_from_slice(&size.to_be_bytes());
        open.head[16..].copy_from_slice(root);
        let written = open.file.write_all_at(&open.head, 0);
        open.note(&written);
    }

    /// Notes writes that arrived; false where it cannot.
    pub(crate) fn arrived(&self, positions: &[u64]) -> bool {
        let mut open = self.open();
        let bytes = encode(positions);
        let written = open.file.write_all_at(&bytes, open.length);
        if written.is_ok() {
            open.length += bytes.len() as u64;
        }
        open.note(&written)
    }

    /// Forgets all writes but those that wait to be said, where there are many. What is said again does no harm.
    pub(crate) fn keep_only(&self, waiting: &[u64]) {
        let mut open = self.open();
        let done = if waiting.is_empty() && open.length > LONG {
            open.length = HEAD as u64;
            open.file.set_len(HEAD as u64)
        } else if open.length > LONGEST {
            open.write_anew(&self.folder, waiting)
        } else {
            return;
        };
        open.note(&done);
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn write_anew(&mut self, folder: &Path, waiting: &[u64]) -> io::Result<()> {
        let _nobody_looks = lock(folder)?;
        let next = beside(&self.path);
        let file = File::options().read(true).write(true).create(true).truncate(true).open(&next)?;
        file.try_lock()?;
        let bytes = [&self.head[..], &encode(waiting)].concat();
        file.write_all_at(&bytes, 0)?;
        // CRASH: before the rename the longer file is there, which says some writes again; after it the shorter one.
        tacenda_kernel::crash::at("journal-renames");
        fs::rename(&next, &self.path)?;
        (self.file, self.length) = (file, bytes.len() as u64);
        Ok(())
    }

    /// Says it once where nothing can be written.
    fn note(&mut self, written: &io::Result<()>) -> bool {
        match written {
            Err(error) if !self.fails => {
                tracing::error!(%error, "the ledger's journal cannot be written: a write now waits until an entry says it");
            }
            _ => {}
        }
        self.fails = written.is_err();
        !self.fails
    }
}

fn encode(positions: &[u64]) -> Vec<u8> {
    positions.iter().flat_map(|position| position.to_be_bytes()).collect()
}

fn beside(path: &Path) -> PathBuf {
    let mut next = path.as_os_str().to_owned();
    next.push(NEXT);
    next.into()
}

/// One process at a time begins a file, gives it its name, or gathers. A lock that another account made can be locked, though
/// not written.
fn lock(folder: &Path) -> io::Result<File> {
    let path = folder.join(LOCK);
    let lock = match File::create(&path) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => File::open(&path)?,
        created => created?,
    };
    lock.lock()?;
    Ok(lock)
}

#[cfg(test)]
mod tests {
    use tacenda_crypto::SystemRandom;

    use super::*;

    fn begin(folder: &Path) -> Journal {
        Journal::begin(folder, &SystemRandom).unwrap()
    }

    fn bytes(journal: &Journal) -> Vec<u8> {
        fs::read(&journal.open().path).unwrap()
    }

    #[test]
    fn a_file_is_magic_size_root_and_positions() {
        let folder = tempfile::tempdir().unwrap();
        let journal = begin(folder.path());
        journal.reached(258, &[7; 32]);
        assert!(journal.arrived(&[1, 256]));
        let mut expected = b"tacenda1\0\0\0\0\0\0\x01\x02".to_vec();
        expected.extend([7; 32]);
        expected.extend(b"\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\x01\0");
        assert_eq!(bytes(&journal), expected);
        assert_eq!(Journal::heads(folder.path()).unwrap(), [(258, [7; 32])]);
    }

    #[test]
    fn what_the_dead_have_left_is_there_until_it_is_forgotten_and_the_living_keep_theirs() {
        let folder = tempfile::tempdir().unwrap();
        let (dead, living) = (begin(folder.path()), begin(folder.path()));
        dead.reached(9, &[1; 32]);
        living.reached(11, &[2; 32]);
        assert!(dead.arrived(&[3, 4]) && living.arrived(&[5]));
        drop(dead);
        let next = begin(folder.path());
        for _ in 0..2 {
            let left = next.left().unwrap();
            let mut heads = left.heads.clone();
            heads.sort_unstable();
            assert_eq!((heads, &left.arrived[..]), (vec![(9, [1; 32]), (11, [2; 32])], &[3, 4][..]));
        }
        next.left().unwrap().forget();
        assert!(next.left().unwrap().arrived.is_empty());
        assert_eq!(bytes(&living).len(), HEAD + 8, "the living keep theirs");
    }

    #[test]
    fn a_position_that_is_half_written_is_none_and_neither_is_a_file_without_a_head() {
        let folder = tempfile::tempdir().unwrap();
        let (dead, empty) = (begin(folder.path()), begin(folder.path()));
        dead.reached(9, &[1; 32]);
        assert!(dead.arrived(&[3]));
        let path = dead.open().path.clone();
        let whole = bytes(&dead);
        fs::write(&path, [&whole[..], &[0; 5]].concat()).unwrap();
        drop((dead, empty));
        let left = begin(folder.path()).left().unwrap();
        assert_eq!((left.heads.len(), &left.arrived[..]), (1, &[3][..]));
    }

    #[test]
    fn it_stays_short_and_keeps_what_waits() {
        let folder = tempfile::tempdir().unwrap();
        let journal = begin(folder.path());
        journal.reached(1 << 20, &[1; 32]);
        for position in 0..20_000 {
            assert!(journal.arrived(&[position]));
            journal.keep_only(&[position.saturating_sub(1), position]);
            assert!(bytes(&journal).len() as u64 <= LONGEST + 8);
        }
        drop(journal);
        let next = begin(folder.path());
        let left = next.left().unwrap();
        assert!(left.arrived.ends_with(&[19_998, 19_999]) && left.heads == [(1 << 20, [1; 32])]);
        assert!(next.arrived(&[7]));
        next.keep_only(&[]);
        assert_eq!(bytes(&next).len(), HEAD + 8, "it is not worth it");
        assert!(next.arrived(&vec![8; 1_024]));
        next.keep_only(&[8]);
        assert!(bytes(&next).len() > HEAD + 8, "something waits");
        next.keep_only(&[]);
        assert_eq!(bytes(&next).len(), HEAD);
    }
}
