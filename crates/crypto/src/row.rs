//! A row: one version of one record, compressed and sealed under a key of its own.

use std::{cell::RefCell, fmt};

use jiff::Timestamp;
use tacenda_kernel::{Compartment, Random, RecordId, Version};
use zeroize::Zeroizing;
use zstd::bulk::{Compressor, Decompressor};

use crate::{Domain, envelope::Source};

/// The largest document, uncompressed, in bytes.
pub const LARGEST_DOCUMENT: usize = 4 << 20;

const LEVEL: i32 = 1;

/// What a row is bound to: a row with any other header does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowHeader {
    /// In which vault.
    pub compartment: Compartment,
    /// Whose, under that vault's pseudonym; zero in the directory.
    pub patient: [u8; 16],
    /// Which record.
    pub record: RecordId,
    /// Which version.
    pub version: Version,
    /// When it was written, to the microsecond.
    pub recorded_at: Timestamp,
    /// Whether it says that the record is deleted.
    pub deleted: bool,
}

impl RowHeader {
    /// The header's one encoding: fixed lengths, big endian.
    #[must_use]
    pub fn encode(&self) -> [u8; 46] {
        let mut out = [0; 46];
        out[0] = self.compartment as u8;
        out[1..17].copy_from_slice(&self.patient);
        out[17..33].copy_from_slice(&self.record.to_bytes());
        out[33..37].copy_from_slice(&self.version.number().to_be_bytes());
        out[37..45].copy_from_slice(&self.recorded_at.as_microsecond().to_be_bytes());
        out[45] = u8::from(self.deleted);
        out
    }
}

/// A patient's key in one compartment. Destroying it erases every row under it.
#[derive(Clone)]
pub struct PatientKey {
    bytes: Zeroizing<[u8; 32]>,
    source: Source,
}

/// A row does not open: another key, another header, or altered.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("a row does not open: it was altered or moved, or the key is another")]
pub struct RowOpenError;

/// A document cannot be sealed.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("the document is larger than a row takes")]
pub struct SealError;

thread_local! {
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = RefCell::new(Compressor::new(LEVEL).ok());
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = RefCell::new(Decompressor::new().ok());
}

impl PatientKey {
    /// A new random key.
    pub fn make(random: &dyn Random) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        random.fill(&mut *bytes);
        Self::from_bytes(bytes)
    }

    pub(crate) fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self { source: Source::new(&bytes), bytes }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &*self.bytes
    }

    /// Compresses and seals a document.
    ///
    /// # Errors
    /// [`SealError`] for a document over [`LARGEST_DOCUMENT`].
    pub fn seal_row(
        &self,
        header: &RowHeader,
        document: &[u8],
        random: &dyn Random,
    ) -> Result<Vec<u8>, SealError> {
        let size = u32::try_from(document.len()).map_err(|_| SealError)?;
        if document.len() > LARGEST_DOCUMENT {
            return Err(SealError);
        }
        let mut plain = Zeroizing::new(size.to_be_bytes().to_vec());
        let compressed = COMPRESSOR.with_borrow_mut(|one| one.as_mut()?.compress(document).ok());
        plain.extend_from_slice(&Zeroizing::new(compressed.ok_or(SealError)?));
        self.source.seal(Domain::Row, &header.encode(), &plain, random).ok_or(SealError)
    }

    /// Opens a row.
    ///
    /// # Errors
    /// [`RowOpenError`]
    pub fn open_row(&self, header: &RowHeader, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, RowOpenError> {
        let plain = self.source.open(Domain::Row, &header.encode(), sealed).ok_or(RowOpenError)?;
        let (size, compressed) = plain.split_first_chunk::<4>().ok_or(RowOpenError)?;
        let size = usize::try_from(u32::from_be_bytes(*size)).map_err(|_| RowOpenError)?;
        if size > LARGEST_DOCUMENT {
            return Err(RowOpenError);
        }
        let document = DECOMPRESSOR.with_borrow_mut(|one| one.as_mut()?.decompress(compressed, size).ok());
        document.map(Zeroizing::new).filter(|document| document.len() == size).ok_or(RowOpenError)
    }
}

impl fmt::Debug for PatientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PatientKey")
    }
}
