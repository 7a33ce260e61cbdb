//! A few connections that everyone shares.
//!
//! Statements go out without waiting for the answers of those before them (pipelining), so a handful of connections
//! serves any number of tasks, and none is checked out.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use futures::future::try_join_all;
use tokio_postgres::{Row, types::ToSql};

use super::lane::{Lane, Session};
use crate::{DatabaseError, Endpoint};

/// Shared connections, used in turn. Each returns by itself after the server went away.
pub struct Lanes {
    lanes: Vec<Lane>,
    next: AtomicUsize,
    patience: Duration,
}

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
        Ok(Self { lanes, next: AtomicUsize::new(0), patience })
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

    /// The next lane that is connected.
    fn session(&self) -> Result<std::sync::Arc<Session>, DatabaseError> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        (0..self.lanes.len())
            .filter_map(|step| self.lanes.get(turn.wrapping_add(step) % self.lanes.len()))
            .find_map(Lane::session)
            .ok_or(DatabaseError::Unavailable)
    }

    /// The server's own timeout comes first; this one is for a server that answers nothing at all.
    async fn in_time<T>(
        &self,
        statement: impl Future<Output = Result<T, DatabaseError>>,
    ) -> Result<T, DatabaseError> {
        tokio::time::timeout(self.patience, statement).await.unwrap_or(Err(DatabaseError::Unknown))
    }
}
