//! Compares the account database with itself and with what the ledger says of it. It changes nothing.

mod counters;
mod finding;
mod rows;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use tacenda_contracts::ledger::{Ledger, LedgerError};
use tacenda_crypto::{AuditKey, MacKey};
use tacenda_kernel::{ActorId, Clock};
use tacenda_postgres::{Database, DatabaseError};
use uuid::Uuid;

use counters::{Counter, counters};
pub use finding::Finding;

use crate::{
    row_seal::RowKey,
    service::AccountsParts,
    store::{
        SealedDatabase,
        account_row::{Fault, Judged},
        accounts,
    },
};

/// How often an account is looked at again.
const TRIES: u32 = 2;
/// How long a change may take from being announced to being committed.
const UNDER_WAY: Duration = Duration::from_millis(20);

/// Nothing is known.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The account database does not answer.
    #[error("the account database did not answer")]
    Database(#[from] DatabaseError),
    /// The ledger does not.
    #[error("the ledger did not answer")]
    Ledger(#[from] LedgerError),
}

/// What is compared, and with what.
pub struct VerifyParts {
    /// The account database: to read is enough.
    pub database: Arc<Database>,
    /// Under which its rows are believed.
    pub row_key: MacKey,
    /// Opens the entries of this service.
    pub audit_general: AuditKey,
    /// What happened.
    pub ledger: Arc<dyn Ledger>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

impl From<AccountsParts> for VerifyParts {
    fn from(parts: AccountsParts) -> Self {
        let AccountsParts { database, row_key, audit_general, ledger, clock, .. } = parts;
        Self { database, row_key, audit_general, ledger, clock }
    }
}

/// What the parts make.
struct Looked {
    database: SealedDatabase,
    audit: AuditKey,
    ledger: Arc<dyn Ledger>,
    clock: Arc<dyn Clock>,
}

/// What was compared, and what does not hold.
#[derive(Clone, Debug, Default)]
pub struct Verified {
    /// How many accounts were looked at, each with all that counts for it.
    pub accounts: u64,
    /// What does not hold, in the order of the accounts.
    pub findings: Vec<Finding>,
}

/// Walks all accounts with their roles, passwords, factors, clients, sessions and what they let applications do.
///
/// # Errors
/// [`VerifyError`] where the database or the ledger does not answer.
pub async fn verify(parts: VerifyParts) -> Result<Verified, VerifyError> {
    let VerifyParts { database, row_key, audit_general, ledger, clock } = parts;
    let key = RowKey::new(row_key, Arc::clone(&clock));
    let database = SealedDatabase::new(database, key, Arc::default());
    let looked = &Looked { database, audit: audit_general, ledger, clock };
    let known = counters(looked).await?;
    let (mut verified, mut behind, mut seen) = (Verified::default(), ActorId(Uuid::nil()), HashSet::new());
    loop {
        let page = accounts::page(&looked.database, behind).await?;
        let Some(last) = page.last() else { break };
        behind = last.account.id;
        for judged in &page {
            if !seen.insert(judged.account.id) {
                let account = judged.account.id;
                verified.findings.push(Finding::Strange { account, table: "accounts" });
            }
            verified.accounts += 1;
            verified.findings.extend(settled(looked, &known, judged).await?);
        }
    }
    let mut gone: Vec<_> = known.keys().filter(|account| !seen.contains(account)).copied().collect();
    gone.retain(|account| known.get(account).is_some_and(|counter| counter.committed > 0));
    gone.sort_by_key(|account| account.0);
    verified.findings.extend(gone.into_iter().map(Finding::Gone));
    Ok(verified)
}

/// What does not hold of an account. One that is being changed now is looked at again: its rows are read after itself.
async fn settled(
    looked: &Looked,
    known: &HashMap<ActorId, Counter>,
    judged: &Judged,
) -> Result<Vec<Finding>, DatabaseError> {
    let mut findings = of_account(looked, judged).await?;
    findings.extend(of_counter(known, judged));
    for _ in 0..TRIES {
        if findings.is_empty() {
            break;
        }
        tokio::time::sleep(UNDER_WAY).await;
        let Some(judged) = accounts::find_judged(&looked.database, judged.account.id).await? else { break };
        findings = of_account(looked, &judged).await?;
        findings.extend(of_counter(known, &judged));
    }
    Ok(findings)
}

/// What the ledger knows of the account's newest change.
fn of_counter(known: &HashMap<ActorId, Counter>, judged: &Judged) -> Option<Finding> {
    let account = judged.account.id;
    let known = known.get(&account)?;
    let counter = u64::try_from(judged.account.counter).unwrap_or_default();
    if counter < known.committed {
        return Some(Finding::PutBack(account));
    }
    (counter < known.announced).then_some(Finding::NotThere(account))
}

async fn of_account(looked: &Looked, judged: &Judged) -> Result<Vec<Finding>, DatabaseError> {
    let account = judged.account.id;
    let mut findings = Vec::new();
    match judged.fault {
        Some(Fault::Seal) => return Ok(vec![Finding::Edited(account)]),
        Some(Fault::Missing(kind)) => findings.push(Finding::Missing { account, table: kind.table() }),
        None => {}
    }
    if judged.strays {
        findings.push(Finding::Strange { account, table: "one of those it proves itself by" });
    }
    findings.extend(rows::check(looked, &judged.account).await?);
    Ok(findings)
}
