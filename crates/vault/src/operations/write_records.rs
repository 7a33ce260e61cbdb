//! Writing records: seal the new versions, announce them in the ledger, commit them.

use std::{collections::HashSet, sync::Arc};

use tacenda_contracts::{
    ledger::tell_arrived,
    permit::Elements,
    vault::{Change, Content, VaultError, Write, Written},
};
use tacenda_crypto::{KeyGeneration, RowHeader};
use tacenda_fhir::Template;
use tacenda_kernel::{Action, RecordId, Version};
use tacenda_postgres::{Batcher, BatcherOptions, Database};

use super::search_records::tokens_of;
use crate::{
    error::from_batch,
    session::{MOST_ANNOUNCED, Session},
    store::{commit, records, rows::StoredRow},
    unchanged::{carry_over, require_kind, require_type},
};

/// What a permit to write may be for.
pub(crate) const ACTIONS: &[Action] = &[Action::Create, Action::Update, Action::Delete, Action::Register];

/// Terms a record may be found by.
const MOST_TERMS: usize = 500;

/// Concurrent creations share a commit, one at a time: the fewer, the fuller, and the cheaper each creation. First
/// versions under new random names cannot conflict.
pub(crate) fn batcher(database: &Arc<Database>) -> Batcher<Vec<StoredRow>, bool, VaultError> {
    let database = Arc::clone(database);
    let options = BatcherOptions { workers: 1, max_batch: 64, queue: 4096 };
    Batcher::start(options, move |units: Vec<Vec<StoredRow>>| {
        let database = Arc::clone(&database);
        async move {
            let sizes: Vec<Vec<RecordId>> =
                units.iter().map(|unit| unit.iter().map(|row| row.header.record).collect()).collect();
            let rows: Vec<StoredRow> = units.into_iter().flatten().collect();
            let inserted: HashSet<RecordId> = records::create(&database, &rows).await?.into_iter().collect();
            Ok(sizes.iter().map(|unit| unit.iter().all(|record| inserted.contains(record))).collect())
        }
    })
}

/// Writes, all or none.
pub(crate) async fn write(session: &Session<'_>, writes: Vec<Write>) -> Result<Vec<Written>, VaultError> {
    let mut rows = match seal(session, writes).await {
        Ok(rows) => rows,
        Err(error) => return Err(session.failed(error, Vec::new()).await),
    };
    let announced = session.announce_writes(&mut rows).await?;
    let written = written(&rows, &announced);
    // CRASH: announced and not yet committed: the comparison of ledger and vaults finds it and marks it abandoned.
    tacenda_kernel::crash::at("write-announced");
    match commit(session, rows).await {
        Ok(()) => {
            // CRASH: committed, and the ledger not told: settling finds the rows and says so.
            tacenda_kernel::crash::at("write-committed");
            tell_arrived(session.vault.ledger.as_ref(), &announced).await;
            Ok(written)
        }
        Err(VaultError::Unavailable) => Err(VaultError::Unavailable),
        Err(error) => Err(session.abandoned(error, &announced).await),
    }
}

#[tracing::instrument(name = "commit", level = "debug", skip_all)]
async fn commit(session: &Session<'_>, rows: Vec<StoredRow>) -> Result<(), VaultError> {
    let all_new = rows.iter().all(|row| row.header.version == Version::FIRST);
    if !all_new {
        return commit::commit(&session.vault.database, &rows).await;
    }
    let created = session.vault.creates.submit(rows).await.map_err(from_batch)?;
    if created { Ok(()) } else { Err(VaultError::Unavailable) }
}

/// Checks each change against the current version and seals the next one.
pub(crate) async fn seal(session: &Session<'_>, writes: Vec<Write>) -> Result<Vec<StoredRow>, VaultError> {
    let vault = session.vault;
    let changed: Vec<RecordId> =
        writes.iter().filter(|write| !matches!(write.change, Change::Create(_))).map(|w| w.record).collect();
    let current = if changed.is_empty() {
        Vec::new()
    } else {
        records::current(&vault.database, vault.compartment, &changed).await?
    };
    session.require_types(&current).await?;
    let mut rows = Vec::with_capacity(writes.len());
    for write in writes {
        allowed(session, &write)?;
        let now = current.iter().find(|row| row.header.record == write.record);
        let version = next_version(session, &write.change, now)?;
        rows.push(seal_one(session, write, version, now)?);
    }
    Ok(rows)
}

fn allowed(session: &Session<'_>, write: &Write) -> Result<(), VaultError> {
    let action = session.permit.claims().action;
    let fits = match write.change {
        Change::Create(_) => matches!(action, Action::Create | Action::Register),
        Change::Update(..) | Change::Restore(..) => action == Action::Update,
        Change::Delete { .. } => action == Action::Delete,
    };
    let here = write.record.compartment() == session.vault.compartment;
    if fits && here { Ok(()) } else { Err(VaultError::Refused) }
}

fn next_version(
    session: &Session<'_>,
    change: &Change,
    current: Option<&StoredRow>,
) -> Result<Version, VaultError> {
    let expected = match change {
        Change::Create(_) => return Ok(Version::FIRST),
        Change::Update(_, expected) | Change::Restore(_, expected) | Change::Delete { expected, .. } => {
            *expected
        }
    };
    let current = current.filter(|row| row.header.patient == session.opening.patient);
    let header = &current.ok_or(VaultError::NotFound)?.header;
    if header.deleted && !matches!(change, Change::Restore(..)) {
        return Err(VaultError::Gone(header.version));
    }
    if expected.is_some_and(|expected| expected != header.version) {
        return Err(VaultError::Conflict);
    }
    Ok(header.version.next())
}

fn seal_one(
    session: &Session<'_>,
    write: Write,
    version: Version,
    current: Option<&StoredRow>,
) -> Result<StoredRow, VaultError> {
    let vault = session.vault;
    let deleted = matches!(write.change, Change::Delete { .. });
    match &write.change {
        Change::Create(content) | Change::Update(content, _) | Change::Restore(content, _) => {
            require_kind(content, session.permit)?;
        }
        Change::Delete { kind, .. } if !session.permit.claims().kinds.cover(kind.as_str()) => {
            return Err(VaultError::Refused);
        }
        Change::Delete { .. } => {}
    }
    let kind = kind_of(&write.change)?;
    let content = match (write.change, current) {
        (Change::Create(content), _) => content,
        (Change::Restore(content, _), Some(current)) if current.header.deleted => {
            // What this permit does not cover would not come back with the rest.
            let whole = session.opening.elements == Elements::All;
            if whole { content } else { return Err(VaultError::Refused) }
        }
        (Change::Update(content, _) | Change::Restore(content, _), Some(current)) => {
            carry_over(content, current, session.permit, &session.keys)?
        }
        (Change::Delete { kind, .. }, Some(current)) => {
            require_type(current, kind.as_str(), &session.keys)?;
            Content::deleted(kind.as_str())
        }
        (Change::Update(..) | Change::Restore(..) | Change::Delete { .. }, None) => {
            return Err(VaultError::NotFound);
        }
    };
    let header = RowHeader {
        compartment: vault.compartment,
        patient: session.opening.patient,
        record: write.record,
        version,
        recorded_at: vault.clock.now(),
        deleted,
        key_generation: KeyGeneration::FIRST,
    };
    if content.terms.len() > MOST_TERMS {
        return Err(VaultError::TooLarge);
    }
    let tokens = tokens_of(vault, header.patient, &content.terms);
    // EXPOSE: the document is sealed and goes no further.
    let sealed = session
        .keys
        .patient
        .seal_row(&header, content.document.expose(), vault.random.as_ref())
        .map_err(|_| VaultError::TooLarge)?;
    Ok(StoredRow { header, tokens, sealed, kind, announced: [0; 16] })
}

fn kind_of(change: &Change) -> Result<String, VaultError> {
    match change {
        Change::Create(content) | Change::Update(content, _) | Change::Restore(content, _) => {
            // EXPOSE: only the type is looked at.
            let sent = Template::from_shared(content.document.expose()).map_err(|_| VaultError::Damaged)?;
            Ok(sent.kind().to_owned())
        }
        Change::Delete { kind, .. } => Ok(kind.as_str().to_owned()),
    }
}

/// What is answered of rows, and of the entries that announced them.
pub(crate) fn written(rows: &[StoredRow], announced: &[u64]) -> Vec<Written> {
    let each = rows.chunks(MOST_ANNOUNCED).zip(announced);
    let of = |row: &StoredRow, announced_at| Written {
        record: row.header.record,
        version: row.header.version,
        recorded_at: row.header.recorded_at,
        announced_at,
    };
    each.flat_map(|(rows, place)| rows.iter().map(move |row| of(row, *place))).collect()
}
