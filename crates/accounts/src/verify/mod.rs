//! Compares the account database with itself and with what the ledger says of it. It changes nothing.

mod finding;
mod rows;

use std::collections::HashSet;

use tacenda_kernel::ActorId;
use tacenda_postgres::DatabaseError;
use uuid::Uuid;

pub use finding::Finding;

use crate::{
    service::Accounts,
    store::{
        account_row::{Fault, Judged},
        accounts,
    },
};

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
/// [`DatabaseError`] where the database does not answer: then nothing is known.
pub async fn verify(accounts: &Accounts) -> Result<Verified, DatabaseError> {
    let (mut verified, mut behind, mut seen) = (Verified::default(), ActorId(Uuid::nil()), HashSet::new());
    loop {
        let page = accounts::page(&accounts.database, behind).await?;
        let Some(last) = page.last() else { break };
        behind = last.account.id;
        for judged in &page {
            seen.insert(judged.account.id);
            verified.accounts += 1;
            verified.findings.extend(of_account(accounts, judged).await?);
        }
    }
    Ok(verified)
}

async fn of_account(accounts: &Accounts, judged: &Judged) -> Result<Vec<Finding>, DatabaseError> {
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
    findings.extend(rows::check(accounts, &judged.account).await?);
    Ok(findings)
}
