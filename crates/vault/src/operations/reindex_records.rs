//! Making search tokens anew, a page of records at a time, beside whatever reads and writes them.
//!
//! A release may index more than the one before, and tokens may be lost with a disk: both are mended from the sealed
//! records alone. INVARIANT: nothing that is opened here leaves this file but as a token.

use std::{collections::HashMap, iter, sync::Arc};

use futures::future::try_join_all;
use tacenda_contracts::{
    accounts::BearerToken,
    entry::{Outcome, SealedEntry, Touched},
    keystore::{KeyRelease, PermitError, PermitRequest, ReleaseError, Subject},
    ledger::tell_arrived,
    permit::{Permit, Slice},
    receipt::Receipt,
    vault::{Reindexed, Term, Use, VaultError},
};
use tacenda_kernel::{Action, Compartment, Purpose, RequestContext, Version};

use super::{compare_versions::link, search_records::tokens_of};
use crate::{
    disclosure::{permitted, subject_of, terms_of, type_of_deleted},
    error::{from_ledger, from_permit, from_release},
    service::Vault,
    session::MOST_ANNOUNCED,
    store::{
        reindexes::{self, NewTokens, Step},
        rows::StoredRow,
        versions,
    },
};

/// Rows of tokens that are swept for each record of a page.
const SWEPT: u32 = 10;
/// First versions that are in memory at the same time.
const AT_A_TIME: usize = 32;

/// The keys to whom the page's records belong.
type Patients = HashMap<[u8; 16], Keys>;

/// Of one patient.
enum Keys {
    Open(Arc<Slice>, Arc<KeyRelease>),
    /// Nobody may open these records.
    Closed,
    /// The key itself is damaged.
    Damaged,
}

/// Does the next page.
pub(crate) async fn reindex(
    vault: &Vault,
    token: &BearerToken,
    context: RequestContext,
    limit: u32,
) -> Result<Reindexed, VaultError> {
    let reindexes = vault.reindexes();
    let from = reindexes.position().await?;
    if !from.progress.of_this_release {
        return Err(VaultError::Conflict);
    }
    if from.progress.finished {
        return Ok(from.progress);
    }
    let page = match from.swept_until {
        None => Some(reindexes::page(&vault.database, vault.compartment, &from, limit).await?),
        Some(_) => None,
    };
    match page.as_ref().and_then(|page| page.until.as_deref().zip(Some(page))) {
        None => reindexes::sweep(reindexes, &from, limit.saturating_mul(SWEPT)).await?,
        Some((until, page)) => {
            let patients = patients(vault, token, context, &page.rows).await?;
            record(vault, context, &page.rows, &patients).await?;
            let looked_at = page.rows.len() as u64 + page.malformed;
            let mut step = Step { from: &from, until, looked_at, closed: 0, damaged: page.malformed };
            let (new, changed) = tokens(vault, &mut step, &page.rows, &patients).await?;
            let announced = announce(vault, context, changed, &patients).await?;
            if reindexes::write(reindexes, &step, &new).await? {
                tell_arrived(vault.ledger.as_ref(), &announced).await;
            }
        }
    }
    // Another run would have moved it on. Somebody who lets none move it would have this announced without end.
    let to = reindexes.position().await?;
    match to {
        to if to.is(&from) => Err(VaultError::Damaged),
        to if !to.progress.of_this_release => Err(VaultError::Conflict),
        to => Ok(to.progress),
    }
}

/// A permit and keys for each patient of the page.
async fn patients(
    vault: &Vault,
    token: &BearerToken,
    context: RequestContext,
    rows: &[StoredRow],
) -> Result<Patients, VaultError> {
    let mut numbers: Vec<[u8; 16]> = rows.iter().map(|row| row.header.patient).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let request = PermitRequest {
        token: token.clone(),
        action: Action::Reindex,
        purpose: Purpose::SystemAdministration,
        subject: Subject::Nobody,
        compartments: [vault.compartment].into_iter().collect(),
        context,
    };
    let permits = permits(vault, &request, &numbers).await.map_err(from_permit)?;
    let keys = permits.into_iter().map(|permit| async move {
        let Some(permit) = permit else { return Ok(Keys::Closed) };
        let slice = permit.slice(vault.compartment).ok_or(VaultError::Refused)?;
        match vault.keystore.release(slice).await {
            Ok(keys) => Ok(Keys::Open(Arc::clone(slice), keys)),
            Err(ReleaseError::Erased) => Ok(Keys::Closed),
            Err(ReleaseError::Damaged) => Ok(Keys::Damaged),
            Err(error) => Err(from_release(error)),
        }
    });
    Ok(numbers.into_iter().zip(try_join_all(keys).await?).collect())
}

async fn permits(
    vault: &Vault,
    request: &PermitRequest,
    numbers: &[[u8; 16]],
) -> Result<Vec<Option<Arc<Permit>>>, PermitError> {
    if vault.compartment == Compartment::Directory {
        return Ok(vec![Some(vault.keystore.permit(request).await?)]);
    }
    let subjects: Vec<Subject> =
        numbers.iter().map(|number| Subject::InVault(vault.compartment, *number)).collect();
    vault.keystore.permits(request, &subjects).await
}

/// Says in the ledger whose records are opened, and which, before any is.
async fn record(
    vault: &Vault,
    context: RequestContext,
    rows: &[StoredRow],
    patients: &Patients,
) -> Result<(), VaultError> {
    let mut entries: Vec<SealedEntry> = Vec::new();
    for (number, opened) in patients {
        let Keys::Open(permit, keys) = opened else { continue };
        let mut entry =
            permitted(&Use::whole(Arc::clone(permit), context), vault.clock.now(), Outcome::Allowed);
        entry.compartment = Some(vault.compartment);
        let of_patient = rows.iter().filter(|row| row.header.patient == *number);
        entry.records = of_patient.flat_map(opened_for).collect();
        let subject = subject_of(permit, vault.compartment);
        entries.push(entry.seal(&keys.audit, subject, vault.random.as_ref()));
    }
    if !entries.is_empty() {
        vault.ledger.append(entries).await.map_err(from_ledger)?;
    }
    Ok(())
}

/// Says in the ledger which rows get other tokens, with the digests of these: tokens that nobody announced are a finding.
async fn announce(
    vault: &Vault,
    context: RequestContext,
    changed: Vec<StoredRow>,
    patients: &Patients,
) -> Result<Vec<u64>, VaultError> {
    let mut entries: Vec<SealedEntry> = Vec::new();
    for (number, opened) in patients {
        let Keys::Open(permit, keys) = opened else { continue };
        let rows: Vec<&StoredRow> = changed.iter().filter(|row| row.header.patient == *number).collect();
        for rows in rows.chunks(MOST_ANNOUNCED) {
            let mut entry =
                permitted(&Use::whole(Arc::clone(permit), context), vault.clock.now(), Outcome::Allowed);
            entry.compartment = Some(vault.compartment);
            let touched =
                |row: &&StoredRow| Touched { record: row.header.record, version: row.header.version };
            entry.records = rows.iter().map(touched).collect();
            let writes = rows.iter().map(|row| link(vault, row)).collect();
            let subject = subject_of(permit, vault.compartment);
            entries.push(entry.seal_announcing(writes, &keys.audit, subject, vault.random.as_ref()));
        }
    }
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let receipts = vault.ledger.append(entries).await.map_err(from_ledger)?;
    Ok(receipts.iter().map(Receipt::position).collect())
}

/// Which versions are opened for a record: what is deleted does not say its type, and the first version does.
fn opened_for(row: &StoredRow) -> impl Iterator<Item = Touched> {
    let record = row.header.record;
    let first = row.header.deleted.then_some(Version::FIRST);
    iter::once(row.header.version).chain(first).map(move |version| Touched { record, version })
}

async fn tokens(
    vault: &Vault,
    step: &mut Step<'_>,
    rows: &[StoredRow],
    patients: &Patients,
) -> Result<(NewTokens, Vec<StoredRow>), VaultError> {
    let (mut new, mut changed) = (NewTokens::default(), Vec::new());
    for rows in rows.chunks(AT_A_TIME) {
        let deleted = rows.iter().filter(|row| row.header.deleted);
        let names: Vec<_> = deleted.map(|row| (row.header.record, Version::FIRST)).collect();
        let firsts = if names.is_empty() {
            Vec::new()
        } else {
            versions::among(&vault.database, vault.compartment, &names).await?
        };
        for row in rows {
            let header = &row.header;
            let first = firsts.iter().find(|first| first.header.record == header.record);
            match patients.get(&header.patient) {
                Some(Keys::Open(_, keys)) => match terms(row, first, keys) {
                    Ok(terms) => {
                        let tokens = tokens_of(vault, header.patient, &terms);
                        new.add(header.record, header.version, &tokens);
                        if sorted(&tokens) != sorted(&row.tokens) {
                            changed.push(StoredRow { tokens, ..row.clone() });
                        }
                    }
                    Err(_) => step.damaged += 1,
                },
                Some(Keys::Damaged) => step.damaged += 1,
                Some(Keys::Closed) | None => step.closed += 1,
            }
        }
    }
    Ok((new, changed))
}

fn sorted(tokens: &[i64]) -> Vec<i64> {
    let mut sorted = tokens.to_vec();
    sorted.sort_unstable();
    sorted
}

fn terms(row: &StoredRow, first: Option<&StoredRow>, keys: &KeyRelease) -> Result<Vec<Term>, VaultError> {
    if !row.header.deleted {
        return terms_of(row, keys);
    }
    let first = first.filter(|first| first.header.patient == row.header.patient);
    let kind = type_of_deleted(row, first.ok_or(VaultError::Damaged)?, keys)?;
    Ok(vec![Term::of_deleted(&kind)])
}
