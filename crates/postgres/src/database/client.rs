//! A connection of the pool, and transactions on it.

use std::{future::Future, pin::Pin, sync::OnceLock};

use deadpool_postgres::Connect;
use tokio::task::JoinHandle;
use tokio_postgres::{Config, Row, types::ToSql};

use crate::{DatabaseError, Endpoint};

/// Connects the pool the way lanes are connected.
pub(super) struct Connector(pub(super) Endpoint);

type Connecting<'a> = Pin<
    Box<
        dyn Future<Output = Result<(tokio_postgres::Client, JoinHandle<()>), tokio_postgres::Error>>
            + Send
            + 'a,
    >,
>;

impl Connect for Connector {
    fn connect(&self, _the_endpoint_has_it: &Config) -> Connecting<'_> {
        Box::pin(async {
            let (client, traffic) = self.0.open_or_say().await?;
            Ok((client, tokio::spawn(traffic)))
        })
    }
}

/// A connection of the pool. Its statements are prepared once for each connection.
///
/// SECURITY: SQL is `&'static str` here and everywhere else, so no value can become part of its text.
pub struct Client(deadpool_postgres::Client);

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Client")
    }
}

impl Client {
    pub(super) fn new(client: deadpool_postgres::Client) -> Self {
        Self(client)
    }

    /// Begins a transaction; dropped without [`Transaction::commit`], it is rolled back.
    ///
    /// # Errors
    /// [`DatabaseError::Unavailable`] if the connection is lost.
    pub async fn transaction(&mut self) -> Result<Transaction<'_>, DatabaseError> {
        Ok(Transaction { inner: self.0.transaction().await?, failed: OnceLock::new() })
    }

    /// One statement that commits by itself, and its rows.
    ///
    /// # Errors
    /// See [`DatabaseError`].
    pub async fn query(
        &self,
        sql: &'static str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, DatabaseError> {
        let statement = self.0.prepare_cached(sql).await?;
        self.0.query(&statement, parameters).await.map_err(|error| DatabaseError::of_commit(&error))
    }

    /// One statement that commits by itself, and how many rows it touched.
    ///
    /// # Errors
    /// See [`DatabaseError`].
    pub async fn execute(
        &self,
        sql: &'static str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<u64, DatabaseError> {
        let statement = self.0.prepare_cached(sql).await?;
        self.0.execute(&statement, parameters).await.map_err(|error| DatabaseError::of_commit(&error))
    }
}

/// Several statements, all or none.
pub struct Transaction<'a> {
    inner: deadpool_postgres::Transaction<'a>,
    failed: OnceLock<DatabaseError>,
}

impl std::fmt::Debug for Transaction<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Transaction")
    }
}

impl Transaction<'_> {
    /// One statement and its rows.
    ///
    /// # Errors
    /// See [`DatabaseError`]; never [`DatabaseError::Unknown`], since nothing is done before the commit.
    pub async fn query(
        &self,
        sql: &'static str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, DatabaseError> {
        let statement = self.inner.prepare_cached(sql).await.map_err(|error| self.fail(&error))?;
        self.inner.query(&statement, parameters).await.map_err(|error| self.fail(&error))
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

    /// One statement and how many rows it touched.
    ///
    /// # Errors
    /// As for [`Self::query`].
    pub async fn execute(
        &self,
        sql: &'static str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<u64, DatabaseError> {
        let statement = self.inner.prepare_cached(sql).await.map_err(|error| self.fail(&error))?;
        self.inner.execute(&statement, parameters).await.map_err(|error| self.fail(&error))
    }

    /// Makes it all durable.
    ///
    /// # Errors
    /// [`DatabaseError::Unknown`] means that it may or may not be durable; every other error, that it is not.
    pub async fn commit(self) -> Result<(), DatabaseError> {
        // INVARIANT: PostgreSQL answers the COMMIT of a failed transaction with a rollback and no error, so the first
        // failure is kept and returned here.
        if let Some(error) = self.failed.into_inner() {
            return Err(error);
        }
        self.inner.commit().await.map_err(|error| DatabaseError::of_commit(&error))
    }

    /// Undoes it all, and waits until that is done.
    ///
    /// # Errors
    /// [`DatabaseError::Unavailable`] if the connection is lost, which undoes it as well.
    pub async fn rollback(self) -> Result<(), DatabaseError> {
        Ok(self.inner.rollback().await?)
    }

    fn fail(&self, error: &tokio_postgres::Error) -> DatabaseError {
        self.failed.get_or_init(|| DatabaseError::from(error)).clone()
    }
}
