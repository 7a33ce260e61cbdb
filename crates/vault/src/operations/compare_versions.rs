//! What the vault has, as the ledger would recognise it. No key of a patient is needed, and nothing is opened.

use tacenda_contracts::vault::{Held, VaultError};
use tacenda_kernel::{RecordId, Version};

use crate::{
    service::Vault,
    store::{rows::StoredRow, staged, versions},
};

/// Rows that are in memory at the same time, so that their digests can be made.
const AT_A_TIME: usize = 32;

/// Whether each version asked about is stored, staged or absent.
pub(crate) async fn held(vault: &Vault, asked: &[(RecordId, Version)]) -> Result<Vec<Held>, VaultError> {
    let mut answers = Vec::with_capacity(asked.len());
    for some in asked.chunks(AT_A_TIME) {
        answers.extend(held_of(vault, some).await?);
    }
    Ok(answers)
}

async fn held_of(vault: &Vault, asked: &[(RecordId, Version)]) -> Result<Vec<Held>, VaultError> {
    let names: Vec<RecordId> = asked.iter().map(|(record, _)| *record).collect();
    // Staged first: a saga that is promoted between the two look-ups is then found twice, never missed.
    let staged = staged::among(&vault.database, &names).await?;
    let stored = versions::among(&vault.database, vault.compartment, asked).await?;
    let answer = |asked: &(RecordId, Version)| match stored
        .iter()
        .find(|row| (row.header.record, row.header.version) == *asked)
    {
        Some(row) => Held::Stored(digest(vault, row)),
        None if staged.contains(asked) => Held::Staged,
        None => Held::Absent,
    };
    Ok(asked.iter().map(answer).collect())
}

/// A page of all versions.
pub(crate) async fn scan(
    vault: &Vault,
    after: Option<(RecordId, Version)>,
    limit: u32,
) -> Result<Vec<(RecordId, Version, [u8; 16])>, VaultError> {
    let rows = versions::scan(&vault.database, vault.compartment, after, limit).await?;
    Ok(rows.iter().map(|row| (row.header.record, row.header.version, digest(vault, row))).collect())
}

fn digest(vault: &Vault, row: &StoredRow) -> [u8; 16] {
    vault.link_key.digest(&row.header, &row.sealed)
}
