//! With a permit, its keys and a receipt it does compile.

use std::sync::Arc;

use jiff::Timestamp;
use tacenda_contracts::{
    keystore::KeyRelease,
    permit::Slice,
    receipt::Receipt,
    vault::{Disclosed, Use, VaultError},
};
use tacenda_kernel::{Random, TraceId};
use tacenda_vault::{StoredRow, disclosure::Opened};

pub(crate) fn read(
    rows: Vec<StoredRow>,
    permit: Arc<Slice>,
    keys: &KeyRelease,
    receipt: &Receipt,
    random: &dyn Random,
) -> Result<Vec<Disclosed>, VaultError> {
    let opened = Opened::open(rows, &permit, keys)?;
    let asked = Use::whole(permit, TraceId([1; 16]).into());
    let (announced, _entry) = opened.announce(&asked, keys, Timestamp::UNIX_EPOCH, random);
    announced.disclose(receipt)
}
