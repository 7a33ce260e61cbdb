//! A few connections that everyone shares.
//!
//! Statements go out without waiting for the answers of those before them (pipelining), so a handful of connections
//! serves any number of tasks, and none is checked out.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures::future::try_join_all;
use tokio_postgres::{Row, types::ToSql};

use super::lane::{Lane, Session};
use crate::{DatabaseError, Endpoint};

/// Shared connections. Each returns by itself after the server went away.
pub struct Lanes {
    lanes: Vec<Lane>,
    patience: Duration,
    database: String,
    /// When it was last said that a statement was not answered.
    said: Mutex<Option<Instant>>,
}

/// Whoever asks knows of a failure, and not in which of several databases: that is said now and then.
const SAID_EVERY: Duration = Duration::from_secs(10);

impl std::fmt::Debug for Lanes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Lanes({})", self.lanes.len())
    }
}

impl Lanes {
    pub(super) async fn open(
        endpoint: &Endpoint,
        count: usize,
        patience: Duration,
    ) -> Result<Self, DatabaseError> {
        let lanes = try_join_all((0..count.max(1)).map(|_| Lane::open(endpoint.clone()))).await?;
        Ok(Self { lanes, patience, database: endpoint.database().to_owned(), said: Mutex::default() })
    }

    /// One statement that commits by itself, and its rows.
    ///
    /// # Errors
    /// See [`DatabaseError`]. While the server is away, [`DatabaseError::Unavailable`] at once.
    pub async fn query(
        &self,
        sql: &'static str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, DatabaseError> {
        let session = self.session()?;
        self.in_time(session.query(sql, parameters)).await
    }

    /// One statement and its row, if it has one. With several, the first.
    ///
    /// # Errors
    /// As for [`Self::query`].
    pub async fn query_opt(
        &self,
        sql: &'static str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Option<Row>, DatabaseError> {
        Ok(self.query(sql, parameters).await?.into_iter().next())
    }

    /// One statement that commits by itself, and right after that commit the rows of another one, in one round trip.
    ///
    /// # Errors
    /// As for [`Self::query`]: of the first statement, where that fails.
    pub async fn query_after(
        &self,
        (first, of_first): (&'static str, &[&(dyn ToSql + Sync)]),
        (then, of_then): (&'static str, &[&(dyn ToSql + Sync)]),
    ) -> Result<Vec<Row>, DatabaseError> {
        let session = self.session()?;
        self.in_time(async {
            // Both go out in their order only where neither has to be prepared first.
            session.prepare(first).await?;
            session.prepare(then).await?;
            let (first, rows) =
                futures::join!(session.execute(first, of_first), session.query(then, of_then));
            first?;
            rows
        })
        .await
    }

    /// One statement that commits by itself, and how many rows it touched.
    ///
    /// # Errors
    /// As for [`Self::query`].
    pub async fn execute(
        &self,
        sql: &'static str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<u64, DatabaseError> {
        let session = self.session()?;
        self.in_time(session.execute(sql, parameters)).await
    }

    /// The least busy lane that is connected. Of equals the first, so that while one is enough its backend is the one that
    /// has everything at hand.
    fn session(&self) -> Result<Arc<Session>, DatabaseError> {
        let connected = self.lanes.iter().filter_map(Lane::session);
        connected.min_by_key(|session| session.under_way()).ok_or(DatabaseError::Unavailable)
    }

    /// The server's own timeout comes first; this one is for a server that answers nothing at all.
    async fn in_time<T>(
        &self,
        statement: impl Future<Output = Result<T, DatabaseError>>,
    ) -> Result<T, DatabaseError> {
        let answer =
            tokio::time::timeout(self.patience, statement).await.unwrap_or(Err(DatabaseError::Unknown));
        if let Err(error @ (DatabaseError::Unavailable | DatabaseError::Unknown | DatabaseError::Full)) =
            &answer
        {
            self.say(error);
        }
        answer
    }

    fn say(&self, error: &DatabaseError) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.is_none_or(|at| at.elapsed() > SAID_EVERY) {
            *said = Some(Instant::now());
            tracing::error!(database = self.database, %error, "a statement was not done");
        }
    }
}
