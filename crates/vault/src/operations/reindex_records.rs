//! Making search tokens anew, a page of records at a time, beside whatever reads and writes them.
//!
//! A release may index more than the one before, and tokens may be lost with a disk: both are mended from the sealed
//! records alone. INVARIANT: nothing that is opened here leaves this file but as a token.

use std::{collections::HashMap, sync::Arc};

use futures::future::try_join_all;
use tacenda_contracts::{
    accounts::BearerToken,
    entry::{Outcome, SealedEntry, Touched},
    keystore::{KeyRelease, PermitError, PermitRequest, ReleaseError, Subject},
    permit::Permit,
    vault::{Reindexed, Use, VaultError},
};
use tacenda_kernel::{Action, Compartment, Purpose, RecordId, TraceId};

use super::search_records::tokens_of;
use crate::{
    disclosure::{permitted, terms_of},
    error::{from_ledger, from_permit, from_release},
    service::Vault,
    store::{
        reindexes::{self, NewTokens, Position, Step},
        rows::StoredRow,
    },
};

/// Rows of tokens that are swept for each record of a page.
const SWEPT: u32 = 10;

/// The keys to whom the page's records belong; none for patients whose records nobody may open.
type Patients = HashMap<[u8; 16], Option<(Arc<Permit>, Arc<KeyRelease>)>>;

/// Does the next page.
pub(crate) async fn reindex(
    vault: &Vault,
    token: &BearerToken,
    trace: TraceId,
    limit: u32,
) -> Result<Reindexed, VaultError> {
    let from = reindexes::position(&vault.database).await?;
    if from.progress.finished {
        return Ok(from.progress);
    }
    let rows = match from.swept_until {
        None => reindexes::page(&vault.database, vault.compartment, &from, limit).await?,
        Some(_) => Vec::new(),
    };
    match rows.last().map(|row| row.header.record) {
        None => reindexes::sweep(&vault.database, &from, limit.saturating_mul(SWEPT)).await?,
        Some(until) => {
            let patients = patients(vault, token, trace, &rows).await?;
            record(vault, trace, &rows, &patients).await?;
            let (step, new) = tokens(vault, &from, until, &rows, &patients);
            reindexes::write(&vault.database, &step, &new).await?;
        }
    }
    Ok(reindexes::position(&vault.database).await?.progress)
}

/// A permit and keys for each patient of the page.
async fn patients(
    vault: &Vault,
    token: &BearerToken,
    trace: TraceId,
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
        trace,
    };
    let permits = permits(vault, &request, &numbers).await.map_err(from_permit)?;
    let keys = permits.into_iter().map(|permit| async move {
        let Some(permit) = permit else { return Ok(None) };
        match vault.keystore.release(&permit, vault.compartment).await {
            Ok(keys) => Ok(Some((permit, keys))),
            Err(ReleaseError::Erased) => Ok(None),
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
    trace: TraceId,
    rows: &[StoredRow],
    patients: &Patients,
) -> Result<(), VaultError> {
    let mut entries: Vec<SealedEntry> = Vec::new();
    for (number, opened) in patients {
        let Some((permit, keys)) = opened else { continue };
        let mut entry = permitted(Use::whole(permit, trace), vault.clock.now(), Outcome::Allowed);
        entry.compartment = Some(vault.compartment);
        let of_patient = rows.iter().filter(|row| row.header.patient == *number);
        entry.records = of_patient
            .map(|row| Touched { record: row.header.record, version: row.header.version })
            .collect();
        let subject = permit.claims().subject.as_ref().map(|subject| subject.ledger);
        entries.push(entry.seal(&keys.audit, subject, None, vault.random.as_ref()));
    }
    if !entries.is_empty() {
        vault.ledger.append(entries).await.map_err(from_ledger)?;
    }
    Ok(())
}

fn tokens<'a>(
    vault: &Vault,
    from: &'a Position,
    until: RecordId,
    rows: &[StoredRow],
    patients: &Patients,
) -> (Step<'a>, NewTokens) {
    let mut step = Step { from, until, looked_at: rows.len() as u64, closed: 0, damaged: 0 };
    let mut new = NewTokens::default();
    for row in rows {
        let Some(Some((_, keys))) = patients.get(&row.header.patient) else {
            step.closed += 1;
            continue;
        };
        match terms_of(row, keys) {
            Ok(terms) => {
                let tokens = tokens_of(vault, row.header.patient, &terms);
                new.add(row.header.record, row.header.version, &tokens);
            }
            Err(_) => step.damaged += 1,
        }
    }
    (step, new)
}
