//! Opening rows without a permit.
use tacenda_contracts::keystore::KeyRelease;
use tacenda_vault::{StoredRow, disclosure::Opened};

fn open(rows: Vec<StoredRow>, keys: &KeyRelease) {
    let _ = Opened::open(rows, keys);
}

fn main() {}
