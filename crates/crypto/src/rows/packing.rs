//! Compression of rows: zstd at its fastest, with contexts kept by each thread.
//!
//! SECURITY: compression before encryption tells the length of the packed text. A row holds one document of one
//! patient, with nothing an attacker chooses beside something they want to know.

use std::{cell::RefCell, io};

use zeroize::Zeroizing;
use zstd::{
    bulk::{Compressor, Decompressor},
    zstd_safe,
};

/// The largest document a row holds, in bytes.
pub const LARGEST_ROW: usize = 4 << 20;

/// Without entropy coding: a page of records is unpacked in half the time of level 1, and rows are a quarter larger.
const LEVEL: i32 = -1;

thread_local! {
    static PACKER: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static UNPACKER: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// The text was not packed or unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PackingError {
    TooLarge,
    Failed,
}

/// Packs a document.
pub(super) fn pack(plain: &[u8]) -> Result<Zeroizing<Vec<u8>>, PackingError> {
    if plain.len() > LARGEST_ROW {
        return Err(PackingError::TooLarge);
    }
    PACKER.with_borrow_mut(|kept| {
        let packer = kept_or_new(kept, || Compressor::new(LEVEL))?;
        packer.compress(plain).map(Zeroizing::new).map_err(|_| PackingError::Failed)
    })
}

/// Unpacks a document. What it claims to become is checked before any memory is taken.
pub(super) fn unpack(packed: &[u8]) -> Result<Zeroizing<Vec<u8>>, PackingError> {
    let claimed = zstd_safe::get_frame_content_size(packed).ok().flatten().ok_or(PackingError::Failed)?;
    let length = usize::try_from(claimed).unwrap_or(usize::MAX);
    if length > LARGEST_ROW {
        return Err(PackingError::TooLarge);
    }
    let mut plain = Zeroizing::new(Vec::with_capacity(length));
    UNPACKER.with_borrow_mut(|kept| {
        let unpacker = kept_or_new(kept, Decompressor::new)?;
        unpacker.decompress_to_buffer(packed, &mut *plain).map_err(|_| PackingError::Failed)
    })?;
    if plain.len() == length { Ok(plain) } else { Err(PackingError::Failed) }
}

fn kept_or_new<T>(kept: &mut Option<T>, new: impl FnOnce() -> io::Result<T>) -> Result<&mut T, PackingError> {
    match kept {
        Some(context) => Ok(context),
        None => Ok(kept.insert(new().map_err(|_| PackingError::Failed)?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_of_every_size_come_back() {
        for length in [0, 1, 100, 1_500, 200_000, LARGEST_ROW] {
            let plain: Vec<u8> = (0..length).map(|index| (index * index % 251) as u8).collect();
            assert_eq!(*unpack(&pack(&plain).unwrap()).unwrap(), plain);
        }
    }

    #[test]
    fn what_is_too_large_is_refused_both_ways() {
        let large = vec![0; LARGEST_ROW + 1];
        assert_eq!(pack(&large), Err(PackingError::TooLarge));
        let bomb = Compressor::new(LEVEL).unwrap().compress(&large).unwrap();
        assert_eq!(unpack(&bomb), Err(PackingError::TooLarge));
    }

    #[test]
    fn a_text_that_was_not_packed_or_was_cut_off_is_refused() {
        let packed = pack(&[b'x'; 1_500]).unwrap();
        assert_eq!(unpack(b""), Err(PackingError::Failed));
        assert_eq!(unpack(b"not zstd at all"), Err(PackingError::Failed));
        assert_eq!(unpack(&packed[..packed.len() - 1]), Err(PackingError::Failed));
    }
}
