//! Verifying an installation: the ledger against itself and its witness, every vault, the keystore and the accounts
//! against the ledger, and what the databases consist of against their migrations.
//!
//! INVARIANT: nothing is written. The ledger is opened to read, no transaction that was left is finished, nothing is
//! settled, and no witness is made. On databases of [`crate::home::Home::to_look_at`] the server itself refuses writes.

mod accounts;
mod opened;
mod verdict;

use std::{path::Path, sync::Arc, time::Duration};

use accounts::AccountsVerified;
use anyhow::{Context, Result};
use data_encoding::HEXLOWER;
use opened::Opened;
use tacenda_contracts::entry::{Event, Fact, SealedEntry};
use tacenda_crypto::{AuditKey, RootKey};
use tacenda_kernel::{Clock, Random, Service};
use tacenda_ledger::{
    journal::Journal,
    verify::{Outside, verify_storage},
    witness::FileWitness,
};
use tacenda_records::CrossReport;
pub use verdict::{Verdict, Verification};

use crate::{databases::Databases, keys, keystore::KeystoreVerified, standing::look, system::ORIGIN};

/// How long a write that was announced may take to reach its vault.
pub const UNDER_WAY: Duration = Duration::from_secs(6);

/// What is verified, and with what.
#[derive(Clone)]
pub struct VerifyParts<'a> {
    /// Its databases.
    pub databases: &'a Databases,
    /// The key above all others.
    pub root: &'a RootKey,
    /// Where checkpoints are kept outside of the ledger's database.
    pub witness: &'a Path,
    /// How long is waited before what does not fit is looked at again, as [`UNDER_WAY`].
    pub under_way: Duration,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
}

/// How far a verification is.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// So many entries were read.
    Entries(u64),
    /// The vaults are being compared with the entries.
    Vaults,
    /// What does not fit yet may be under way: it is looked at again.
    Again,
}

/// Verifies everything, and says how far it is. It may run beside a system that serves.
///
/// # Errors
/// Where a database or the witness does not answer: then nothing is known.
pub async fn verify(parts: VerifyParts<'_>, mut tell: impl FnMut(Step) + Send) -> Result<Verification> {
    let VerifyParts { databases, root, witness, under_way, clock, random } = parts;
    let keys = keys::unseal(databases, root).await?;
    let (verifier, row_key) = (keys.checkpoint_key(ORIGIN)?.verifier(), keys.ledger_row_key());
    // To open one is to make its folder.
    let kept = match witness.is_dir() {
        true => Some(FileWitness::open(witness, verifier.clone())?),
        false => None,
    };
    let witnessed = kept.as_ref().map(FileWitness::read).transpose()?.flatten();
    let acknowledged = Journal::heads(witness).context("the ledger's journals cannot be read")?;
    let outside = Outside { witnessed: witnessed.as_ref(), acknowledged: &acknowledged };
    let ledger = databases.get("ledger")?;
    let (mut entries, mut adopted) = (0, Vec::new());
    let general = keys.general_audit_key(Service::Records);
    let storage = verify_storage(&ledger, &verifier, &row_key, outside, |stored| {
        entries += 1;
        tell(Step::Entries(entries));
        adopted.extend(adoption(&stored.entry, &general));
    });
    let storage = storage.await?;
    tell(Step::Vaults);
    let (vaults, keystore, accounts) = match opened::ledger(databases, &keys, kept, &clock, &random).await {
        Ok(ledger) => {
            let keystore =
                KeystoreVerified::look(databases, &keys, ledger.as_ref(), clock.as_ref(), under_way);
            let keystore = keystore.await;
            let accounts = AccountsVerified::look(databases, &keys, &ledger, &clock).await;
            let vaults = match Opened::open(databases, &keys, ledger, &clock, &random).await {
                Ok(opened) => compare(&opened, under_way, tell).await.map_err(|error| format!("{error:#}")),
                Err(error) => Err(format!("{error:#}")),
            };
            (vaults, keystore, accounts)
        }
        // A ledger that contradicts itself cannot be compared; what is wrong with it was found above.
        Err(error) => {
            let why = "the ledger does not open".to_owned();
            let keystore = KeystoreVerified::not_compared(why.clone());
            (Err(format!("{error:#}")), keystore, AccountsVerified::not_compared(why))
        }
    };
    let witnessed = witnessed.map(|checkpoint| checkpoint.size);
    let strangers = look(databases).await;
    let witness = witness.to_owned();
    Ok(Verification { storage, adopted, witnessed, witness, strangers, vaults, keystore, accounts })
}

/// What an entry says of a decision to go on with a ledger whose end was lost, if it is of one.
fn adoption(entry: &SealedEntry, general: &AuditKey) -> Option<String> {
    if entry.subject.service() != Some(Service::Records) {
        return None;
    }
    let opened = entry.open(general).ok().filter(|opened| opened.event == Event::LedgerAdopted)?;
    opened.facts.iter().find_map(|fact| match fact {
        Fact::Adopted { entries, seen, root } => Some(format!(
            "on {} the operator went on with {entries} entries, where {seen} had been seen under the root {}: those between \
             are lost",
            opened.at,
            HEXLOWER.encode(root)
        )),
        _ => None,
    })
}

/// Compares vaults and ledger. What seems to be wrong may be under way: it is given time.
async fn compare(opened: &Opened, under_way: Duration, mut tell: impl FnMut(Step)) -> Result<CrossReport> {
    let size = opened.ledger.checkpoint().await?.size;
    let report = opened.records.cross_check(size).await?;
    if report.findings.is_empty() {
        return Ok(report);
    }
    tell(Step::Again);
    tokio::time::sleep(under_way).await;
    Ok(opened.records.cross_check(size).await?)
}
