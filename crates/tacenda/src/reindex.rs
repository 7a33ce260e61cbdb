//! Making all search tokens anew, beside whatever serves the same databases.
//!
//! INVARIANT: how far it is, is kept in each vault's own database with the tokens themselves. Whatever ends it, the next
//! run goes on there.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tacenda_contracts::{accounts::TokenError, vault::Reindexed};
use tacenda_kernel::{Compartment, Secret, TraceId};
use tacenda_records::RecordsError;

use crate::system::System;

/// Records at a time: about a tenth of a second.
const PAGE: u32 = 500;
/// Tokens hold for five minutes.
const RENEWED_AFTER: Duration = Duration::from_secs(150);
/// How often what does not answer is asked again, and after how long the first time; then twice as long each time.
const ATTEMPTS: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_millis(500);

const AGAIN: &str = "run this again: it goes on where it was";
/// Records that do not open are counted: it is the row that says how far a vault is.
const ALTERED: &str = "somebody else wrote in a database how far this is: run this again with --restart";

const ANOTHER: &str = "a program of another release makes them anew at the same time: end one of the two";

/// How far one vault is.
pub type Progress = (Compartment, Reindexed);

/// Makes them all anew, or goes on where an earlier run was ended, and tells how far it is after each page.
///
/// # Errors
/// Where a service does not answer for long. What was done stays done.
pub async fn reindex(system: &System, mut tell: impl FnMut(Progress)) -> Result<Vec<Progress>> {
    system.records.begin_reindex(false).await.context(AGAIN)?;
    let trace = TraceId::make(system.random.as_ref());
    let mut token = Token { system, trace, kept: None };
    let mut all = Vec::new();
    for compartment in Compartment::ALL {
        loop {
            let progress = page(&mut token, compartment).await?;
            tell((compartment, progress));
            if progress.finished {
                all.push((compartment, progress));
                break;
            }
        }
    }
    Ok(all)
}

async fn page(token: &mut Token<'_>, compartment: Compartment) -> Result<Reindexed> {
    let mut wait = FIRST_WAIT;
    for _ in 1..ATTEMPTS {
        match token.reindex(compartment).await {
            Err(
                StepError::Records(RecordsError::Unavailable) | StepError::Token(TokenError::Unavailable),
            ) => {
                tokio::time::sleep(wait).await;
            }
            Err(StepError::Records(RecordsError::Damaged)) => bail!(ALTERED),
            Err(StepError::Records(RecordsError::Conflict)) => bail!(ANOTHER),
            done => return done.context(AGAIN),
        }
        wait *= 2;
    }
    token.reindex(compartment).await.context(AGAIN)
}

/// A page could not be done.
#[derive(Debug, thiserror::Error)]
enum StepError {
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error(transparent)]
    Records(#[from] RecordsError),
}

struct Token<'a> {
    system: &'a System,
    trace: TraceId,
    kept: Option<(Instant, Secret<String>)>,
}

impl Token<'_> {
    async fn reindex(&mut self, compartment: Compartment) -> Result<Reindexed, StepError> {
        let bearer = self.get().await?;
        Ok(self.system.records.reindex(compartment, &bearer, self.trace.into(), PAGE).await?)
    }

    async fn get(&mut self) -> Result<Secret<String>, TokenError> {
        match &self.kept {
            Some((since, token)) if since.elapsed() < RENEWED_AFTER => Ok(token.clone()),
            _ => {
                let issued = self.system.accounts.issue_for_operator(self.trace).await?;
                self.kept = Some((Instant::now(), issued.access_token.clone()));
                Ok(issued.access_token)
            }
        }
    }
}
