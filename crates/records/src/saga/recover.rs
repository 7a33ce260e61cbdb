//! Finishing what a dead instance, or an outage, left unfinished.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use uuid::Uuid;

use super::{
    row::Logged,
    run::{complete_left, give_up},
};
use crate::{Records, RecordsError};

/// The sagas this instance is running now.
#[derive(Default)]
pub(crate) struct Active(Mutex<HashSet<Uuid>>);

/// A saga is active while this is alive.
pub(crate) struct ActiveSaga<'a> {
    active: &'a Active,
    saga: Uuid,
}

impl Active {
    pub(crate) fn enter(&self, saga: Uuid) -> ActiveSaga<'_> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(saga);
        ActiveSaga { active: self, saga }
    }

    fn has(&self, saga: Uuid) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&saga)
    }
}

impl Drop for ActiveSaga<'_> {
    fn drop(&mut self) {
        self.active.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.saga);
    }
}

/// Finishes every saga that nobody is running, in the direction its log entry says. Two instances may do this at once:
/// every step can be repeated.
pub(crate) async fn recover(records: &Records) -> Result<usize, RecordsError> {
    records.instance.hold(&records.database).await?;
    let mut finished = 0;
    let contents = records.log().contents().await?;
    // SECURITY: a row that is not as it was written decides nothing, either way.
    for altered in contents.altered {
        tracing::error!(saga = ?altered.0, "a row in the log of sagas was edited: it is neither finished nor given up");
    }
    for logged in contents.sagas {
        if !is_left(records, &logged).await? {
            continue;
        }
        if logged.is_committed() {
            complete_left(records, &logged).await?;
        } else {
            give_up(records, &logged).await?;
        }
        finished += 1;
    }
    Ok(finished)
}

async fn is_left(records: &Records, logged: &Logged) -> Result<bool, RecordsError> {
    if logged.instance == records.instance.number {
        return Ok(!records.active.has(logged.saga));
    }
    Ok(!records.instance.lives(&records.database, logged.instance).await?)
}
