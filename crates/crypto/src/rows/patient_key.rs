//! The key of one patient in one compartment. Destroying it erases what it sealed.

use tacenda_kernel::Random;
use zeroize::Zeroizing;

use super::{
    RowHeader,
    packing::{self, PackingError},
};
use crate::{
    Domain,
    envelope::{self, EnvelopeError},
    key_bytes::{KeyBytes, crosses_wires, make_key, opaque},
};

/// Seals and opens one patient's rows in one compartment.
#[derive(Clone)]
pub struct PatientKey(KeyBytes);

opaque!(PatientKey);
crosses_wires!(PatientKey);

/// The row was not sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The document is larger than [`LARGEST_ROW`](crate::LARGEST_ROW).
    #[error("the document is larger than a row may be")]
    TooLarge,
    /// It could not be packed: memory is short.
    #[error("the document could not be packed")]
    Packing,
}

/// The row does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It was sealed by a later version of this software.
    #[error("the row is sealed in a way that this version does not know")]
    UnknownSuite,
    /// Another key, another header, or an altered row.
    #[error("the row is not the one that was sealed under this key and header")]
    Refused,
    /// It would be larger than [`LARGEST_ROW`](crate::LARGEST_ROW).
    #[error("the row's document is larger than a row may be")]
    TooLarge,
    /// Its key sealed something that is no packed document.
    #[error("the row's document cannot be unpacked")]
    Packing,
}

impl PatientKey {
    /// A new random key.
    #[must_use]
    pub fn make(random: &dyn Random) -> Self {
        Self(make_key(random))
    }

    /// Packs and seals a document as exactly the version that `header` names.
    ///
    /// # Errors
    /// [`SealError::TooLarge`] beyond [`LARGEST_ROW`](crate::LARGEST_ROW).
    pub fn seal_row(
        &self,
        header: &RowHeader,
        plain: &[u8],
        random: &dyn Random,
    ) -> Result<Vec<u8>, SealError> {
        let packed = packing::pack(plain).map_err(|error| match error {
            PackingError::TooLarge => SealError::TooLarge,
            PackingError::Failed => SealError::Packing,
        })?;
        Ok(envelope::seal(&self.0, Domain::Row, &header.canonical(), &packed, random))
    }

    /// Opens a row that stands where it was sealed for.
    ///
    /// # Errors
    /// [`OpenError::Refused`] if the key, the row or any field of the header is another.
    pub fn open_row(&self, header: &RowHeader, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let packed = envelope::open(&self.0, Domain::Row, &header.canonical(), sealed);
        let packed = packed.map_err(|error| match error {
            EnvelopeError::UnknownSuite => OpenError::UnknownSuite,
            EnvelopeError::Refused => OpenError::Refused,
        })?;
        packing::unpack(&packed).map_err(|error| match error {
            PackingError::TooLarge => OpenError::TooLarge,
            PackingError::Failed => OpenError::Packing,
        })
    }

    pub(crate) const fn from_key(key: KeyBytes) -> Self {
        Self(key)
    }

    pub(crate) const fn key(&self) -> &KeyBytes {
        &self.0
    }
}
