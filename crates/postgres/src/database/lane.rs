//! One shared connection and the task that keeps it.

use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::task::JoinHandle;
use tokio_postgres::{Row, Statement, types::ToSql};

use crate::{DatabaseError, Endpoint, endpoint::Traffic};

const FIRST_PAUSE: Duration = Duration::from_millis(25);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// One connection, with the statements prepared on it.
pub(super) struct Session {
    client: tokio_postgres::Client,
    statements: RwLock<HashMap<&'static str, Statement>>,
    /// How many statements were begun, and the last of them that was answered. Answers come in the order of statements.
    begun: AtomicU64,
    answered: AtomicU64,
}

impl Session {
    fn new(client: tokio_postgres::Client) -> Arc<Self> {
        let (begun, answered) = (AtomicU64::new(0), AtomicU64::new(0));
        Arc::new(Self { client, statements: RwLock::default(), begun, answered })
    }

    /// How many statements are under way. One that nobody waits for any more, or whose outcome is unknown, counts until one
    /// after it was answered: its lane is the last to be chosen.
    pub(super) fn under_way(&self) -> u64 {
        self.begun.load(Ordering::Relaxed).saturating_sub(self.answered.load(Ordering::Relaxed))
    }

    async fn counted<T>(
        &self,
        statement: impl Future<Output = Result<T, DatabaseError>>,
    ) -> Result<T, DatabaseError> {
        let number = self.begun.fetch_add(1, Ordering::Relaxed) + 1;
        let answer = statement.await;
        if !matches!(answer, Err(DatabaseError::Unknown)) {
            self.answered.fetch_max(number, Ordering::Relaxed);
        }
        answer
    }

    pub(super) async fn query(
        &self,
        sql: &'static str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, DatabaseError> {
        self.counted(async {
            let statement = self.prepared(sql).await?;
            self.client.query(&statement, parameters).await.map_err(|error| self.failed(sql, &error))
        })
        .await
    }

    pub(super) async fn execute(
        &self,
        sql: &'static str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<u64, DatabaseError> {
        self.counted(async {
            let statement = self.prepared(sql).await?;
            self.client.execute(&statement, parameters).await.map_err(|error| self.failed(sql, &error))
        })
        .await
    }

    /// Has the statement at hand.
    pub(super) async fn prepare(&self, sql: &'static str) -> Result<(), DatabaseError> {
        self.prepared(sql).await.map(drop)
    }

    async fn prepared(&self, sql: &'static str) -> Result<Statement, DatabaseError> {
        let kept = self.statements.read().unwrap_or_else(PoisonError::into_inner).get(sql).cloned();
        if let Some(statement) = kept {
            return Ok(statement);
        }
        // Two tasks may prepare the same text at once; the server closes the one that is not kept.
        let statement = self.client.prepare(sql).await?;
        let mut statements = self.statements.write().unwrap_or_else(PoisonError::into_inner);
        Ok(statements.entry(sql).or_insert(statement).clone())
    }

    /// A statement whose plan no longer fits its table is prepared anew next time.
    fn failed(&self, sql: &'static str, error: &tokio_postgres::Error) -> DatabaseError {
        let error = DatabaseError::of_commit(error);
        if matches!(error, DatabaseError::Other(_)) {
            self.statements.write().unwrap_or_else(PoisonError::into_inner).remove(sql);
        }
        error
    }
}

type Slot = Arc<RwLock<Option<Arc<Session>>>>;

/// A place for one connection, which its task fills again whenever it becomes empty.
pub(super) struct Lane {
    slot: Slot,
    keeper: JoinHandle<()>,
}

impl Lane {
    pub(super) async fn open(endpoint: Endpoint) -> Result<Self, DatabaseError> {
        let (client, traffic) = endpoint.open_or_say().await?;
        let slot: Slot = Arc::new(RwLock::new(Some(Session::new(client))));
        let keeper = tokio::spawn(keep(endpoint, Arc::clone(&slot), traffic));
        Ok(Self { slot, keeper })
    }

    /// The connection, if there is one now.
    pub(super) fn session(&self) -> Option<Arc<Session>> {
        let session = self.slot.read().unwrap_or_else(PoisonError::into_inner).clone();
        session.filter(|session| !session.client.is_closed())
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

/// Carries the connection's traffic until it ends, then connects again, for ever.
async fn keep(endpoint: Endpoint, slot: Slot, mut traffic: Traffic) {
    loop {
        traffic.await;
        fill(&slot, None);
        traffic = reconnect(&endpoint, &slot).await;
    }
}

async fn reconnect(endpoint: &Endpoint, slot: &Slot) -> Traffic {
    let mut pause = FIRST_PAUSE;
    loop {
        tokio::time::sleep(pause).await;
        if let Ok((client, traffic)) = endpoint.open_or_say().await {
            fill(slot, Some(Session::new(client)));
            return traffic;
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn fill(slot: &Slot, session: Option<Arc<Session>>) {
    *slot.write().unwrap_or_else(PoisonError::into_inner) = session;
}
