//! Going on with a ledger whose end is lost: a decision of people, which the ledger itself then says.
//!
//! What is kept as evidence: the witness that saw more, and every checkpoint over more than there is. What is lost stays
//! lost, and `verify` says so from then on.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result, bail, ensure};
use tacenda_contracts::entry::{Entry, EntrySubject, Event, Fact, Outcome};
use tacenda_crypto::MasterKey;
use tacenda_kernel::{Clock, Random, Service, TraceId};
use tacenda_ledger::{
    journal::Journal,
    verify::{Finding, Outside, Report, verify_storage},
    witness::FileWitness,
};
use tacenda_postgres::Endpoint;

use crate::{
    databases::Databases,
    system::{ORIGIN, open_ledger},
};

const SEEN: &str = "select size, root from checkpoints order by size desc limit 1";
const NOTES_BEYOND: &str = "select note from checkpoints where size > $1 order by size";
const FORGET_CHECKPOINTS: &str = "delete from checkpoints where size > $1";
/// A tile of level n is over 256^n entries.
const FORGET_TILES: &str =
    "delete from tiles where (tile_index::numeric + 1) * (256::numeric ^ level) > $1::bigint";

/// What was adopted.
pub struct Adopted {
    /// How many entries there are left.
    pub entries: u64,
    /// How many had been seen.
    pub seen: u64,
    /// Where the evidence is.
    pub evidence: PathBuf,
}

/// What a ledger was seen to hold.
struct Seen {
    size: u64,
    root: [u8; 32],
}

/// Goes on with what is left of the ledger. Nobody else may have it open.
///
/// # Errors
/// Where the ledger holds, or something else is wrong with it than that its end is missing.
pub async fn adopt(
    databases: &Databases,
    owner: &Endpoint,
    keys: &MasterKey,
    witness: &Path,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
) -> Result<Adopted> {
    let verifier = keys.checkpoint_key(ORIGIN)?.verifier();
    let witnessed = FileWitness::open(witness, verifier.clone())?.read()?;
    let acknowledged = Journal::heads(witness)?;
    let database = databases.get("ledger")?;
    let row_key = keys.ledger_row_key();
    let outside = Outside { witnessed: witnessed.as_ref(), acknowledged: &acknowledged };
    let report = verify_storage(&database, &verifier, &row_key, outside, |_| ()).await?;
    must_be_cut_off(&report)?;
    let mut client = owner.connect().await.context("as the owner of the ledger's database")?;
    let stored = client.query_opt(SEEN, &[]).await?;
    let stored = stored.map(|row| seen(row.get::<_, i64>(0), row.get::<_, &[u8]>(1)));
    let witnessed = witnessed.map(|kept| Seen { size: kept.size, root: kept.root });
    let acknowledged = acknowledged.into_iter().map(|(size, root)| Seen { size, root });
    let all = stored.into_iter().chain(witnessed).chain(acknowledged);
    let seen = all.max_by_key(|seen| seen.size).context("nothing was ever signed of this ledger")?;

    let evidence = beside(witness, &format!("refused-{}-of-{}", report.entries, seen.size));
    ensure!(!evidence.exists(), "{} is there already: move it away", evidence.display());
    let entries = i64::try_from(report.entries)?;
    let notes: Vec<String> =
        client.query(NOTES_BEYOND, &[&entries]).await?.iter().map(|row| row.get(0)).collect();
    // CRASH: until the new witness is in its place, the old one refuses the ledger, and all of this can be done again.
    tacenda_kernel::crash::at("ledger-adopts");
    // Where an earlier run ended between this and its last step, the evidence is there, and in no table any more.
    let refused = witness.join("refused.checkpoints");
    if !refused.exists() {
        fs::write(refused, notes.join("\n"))?;
    }
    let transaction = client.transaction().await?;
    transaction.execute(FORGET_CHECKPOINTS, &[&entries]).await?;
    transaction.execute(FORGET_TILES, &[&entries]).await?;
    transaction.commit().await?;
    let next = beside(witness, "next");
    let _left_by_a_crash = fs::remove_dir_all(&next);
    let ledger = open_ledger(databases, keys, next.clone(), &clock, &random).await?;
    let entry =
        Entry::new(clock.now(), Event::LedgerAdopted, Outcome::Allowed, TraceId::make(random.as_ref()));
    let entry = entry.with(Fact::Adopted { entries: report.entries, seen: seen.size, root: seen.root });
    let key = keys.general_audit_key(Service::Records);
    let subject = EntrySubject::Nobody(Service::Records);
    ledger
        .append(vec![entry.seal(&key, subject, random.as_ref())])
        .await
        .context("the ledger does not go on")?;
    ledger.checkpoint().await.context("the ledger is not signed")?;
    fs::rename(witness, &evidence).context("cannot keep the evidence")?;
    fs::rename(&next, witness).context("cannot begin the new witness")?;
    Ok(Adopted { entries: report.entries, seen: seen.size, evidence })
}

/// What is edited, doubled or taken from the middle is no end that is missing: nobody may go on over it.
fn must_be_cut_off(report: &Report) -> Result<()> {
    if report.holds() {
        bail!("the ledger holds: there is nothing to adopt");
    }
    let other = report.findings.iter().find(|finding| match finding {
        Finding::TailCutOff { .. } | Finding::RolledBack { .. } => false,
        Finding::TileEdited { last, .. } => *last < report.entries,
        _ => true,
    });
    match other {
        None => Ok(()),
        Some(other) => bail!(
            "only a ledger whose end is missing can be adopted, and of this one: {other}. Restore a backup"
        ),
    }
}

fn seen(size: i64, root: &[u8]) -> Seen {
    Seen { size: u64::try_from(size).unwrap_or_default(), root: root.try_into().unwrap_or_default() }
}

fn beside(witness: &Path, name: &str) -> PathBuf {
    witness.with_file_name(format!("witness-{name}"))
}
