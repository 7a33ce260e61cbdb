//! What joins a ledger entry and a row: only the holder of this key can.

use std::{fmt, sync::Arc};

use aws_lc_rs::hmac;
use tacenda_kernel::RecordId;

use crate::{RowHeader, block::Permutation};

/// Makes and reads links between the ledger and the vaults.
#[derive(Clone)]
pub struct LinkKey {
    permutation: Arc<Permutation>,
    digest: hmac::Key,
}

impl LinkKey {
    pub(crate) fn new(link: &[u8; 32], digest: &[u8; 32]) -> Self {
        let permutation = Arc::new(Permutation::new(link));
        Self { permutation, digest: hmac::Key::new(hmac::HMAC_SHA256, digest) }
    }

    /// The record as a ledger entry names it.
    #[must_use]
    pub fn link(&self, record: RecordId) -> [u8; 16] {
        self.permutation.apply(record.to_bytes())
    }

    /// The record that a link names, if it can be one.
    #[must_use]
    pub fn record(&self, link: [u8; 16]) -> Option<RecordId> {
        RecordId::from_bytes(self.permutation.invert(link))
    }

    /// The keyed digest of a sealed row with its header.
    #[must_use]
    pub fn digest(&self, header: &RowHeader, sealed: &[u8]) -> [u8; 16] {
        let mut context = hmac::Context::with_key(&self.digest);
        context.update(&header.encode());
        context.update(sealed);
        cut(context.sign().as_ref())
    }
}

pub(crate) fn cut<const N: usize>(tag: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    out.iter_mut().zip(tag).for_each(|(to, from)| *to = *from);
    out
}

impl fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkKey")
    }
}
