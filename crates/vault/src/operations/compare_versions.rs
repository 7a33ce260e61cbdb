//! What the vault has, as the ledger would recognise it. No key of a patient is needed, and nothing is opened.

use std::collections::HashMap;

use tacenda_contracts::{
    entry::WriteLink,
    vault::{Held, Inspection, StoredVersion, VaultError},
};
use tacenda_kernel::{RecordId, Version};

use crate::{
    service::Vault,
    store::{
        fences,
        rows::StoredRow,
        staged,
        versions::{self, Compared},
    },
};

/// Rows that are in memory at the same time, so that their digests can be made.
const AT_A_TIME: usize = 32;

/// Whether each version announced is stored, staged or absent.
pub(crate) async fn held(vault: &Vault, announced: &[WriteLink]) -> Result<Vec<Held>, VaultError> {
    let mut answers = Vec::with_capacity(announced.len());
    for some in announced.chunks(AT_A_TIME) {
        answers.extend(held_of(vault, some).await?);
    }
    Ok(answers)
}

async fn held_of(vault: &Vault, announced: &[WriteLink]) -> Result<Vec<Held>, VaultError> {
    let own = |write: &WriteLink| Some((vault.link_key.record(write.link)?, write.version));
    let asked: Vec<(RecordId, Version)> = announced.iter().filter_map(own).collect();
    if asked.is_empty() {
        return Ok(vec![Held::Foreign; announced.len()]);
    }
    let names: Vec<RecordId> = asked.iter().map(|(record, _)| *record).collect();
    // Staged first: a saga that is promoted between the two look-ups is then found twice, never missed.
    let staged = staged::among(&vault.database, vault.compartment, &names).await?;
    let stored = versions::held(&vault.database, vault.compartment, &asked).await?;
    let stored: HashMap<(RecordId, Version), StoredVersion> = stored
        .iter()
        .map(|found| ((found.row.header.record, found.row.header.version), as_stored(vault, found)))
        .collect();
    let answer = |write: &WriteLink| match own(write) {
        None => Held::Foreign,
        Some(name) => match stored.get(&name) {
            Some(found) => Held::Stored(*found),
            None => match staged.get(&name).map(Vec::as_slice) {
                Some([(saga, row), others @ ..]) => {
                    let is_whole =
                        others.is_empty() && row.as_ref().is_some_and(|row| is_of(vault, row, write));
                    Held::Staged { record: name.0, saga: *saga, is_whole }
                }
                Some([]) | None => Held::Absent(name.0),
            },
        },
    };
    Ok(announced.iter().map(answer).collect())
}

/// Whether a staged row is the one that was announced, and says so.
fn is_of(vault: &Vault, row: &StoredRow, announced: &WriteLink) -> bool {
    let (record, version) = (row.header.record, row.header.version);
    link(vault, row) == *announced && vault.link_key.announced_at(record, version, row.announced).is_some()
}

/// A page of all versions.
pub(crate) async fn scan(
    vault: &Vault,
    after: Option<(RecordId, Version)>,
    limit: u32,
) -> Result<Vec<StoredVersion>, VaultError> {
    let rows = versions::scan(&vault.database, vault.compartment, after, limit).await?;
    Ok(rows.iter().map(|row| as_stored(vault, row)).collect())
}

/// What is under way.
pub(crate) async fn inspect(vault: &Vault) -> Result<Inspection, VaultError> {
    let staged_by = staged::sagas(&vault.database).await?;
    Ok(Inspection { staged_by, fenced_until: fences::fenced_until(&vault.database).await? })
}

fn as_stored(vault: &Vault, Compared { row, current, found }: &Compared) -> StoredVersion {
    let (record, version) = (row.header.record, row.header.version);
    StoredVersion {
        record,
        write: link(vault, row),
        current: *current,
        found: *found,
        announced_at: vault.link_key.announced_at(record, version, row.announced),
    }
}

/// What the announcement of a row says of it.
pub(crate) fn link(vault: &Vault, row: &StoredRow) -> WriteLink {
    let (record, version) = (row.header.record, row.header.version);
    WriteLink {
        link: vault.link_key.link(record),
        version,
        digest: vault.link_key.digest(&row.header, &row.sealed),
        tokens: tokens_digest(vault, record, version, &row.tokens),
    }
}

/// The digest of the tokens by which a version is found, in whatever order.
pub(crate) fn tokens_digest(vault: &Vault, record: RecordId, version: Version, tokens: &[i64]) -> [u8; 8] {
    let mut sorted = tokens.to_vec();
    sorted.sort_unstable();
    vault.link_key.tokens_digest(record, version, &sorted)
}
