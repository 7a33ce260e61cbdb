//! The floor of an import: as many rows of the same bytes and as many audit rows, in batches, by several connections.

use std::time::Instant;

use anyhow::{Context, Result};
use futures::future::try_join_all;
use tokio_postgres::Client;

use crate::{
    draw::Draw,
    floor::{AUDIT, Floor},
};

/// As many as `tacenda import` has transactions under way.
const CONNECTIONS: usize = 8;
/// About what a patient has.
const BATCH: usize = 120;
/// More rows say nothing more.
const MOST: u64 = 200_000;

const TABLE: &str = "create table imported (name bytea primary key, owner bigint not null, body bytea not null); \
     alter table imported alter column body set storage external; \
     create index imported_of on imported (owner, name)";
const BATCHED: &str = "with recorded as (insert into audits (entry) select unnest($3::bytea[])) \
     insert into imported (name, owner, body) select name, $4, body from unnest($1::bytea[], $2::bytea[]) as new (name, body)";

/// A table to insert into.
pub(crate) struct ImportFloor<'a> {
    floor: &'a Floor,
}

impl<'a> ImportFloor<'a> {
    pub(crate) async fn make(floor: &'a Floor) -> Result<Self> {
        floor.connect().await?.batch_execute(TABLE).await.context("the floor has no table to import into")?;
        Ok(Self { floor })
    }

    /// Rows a second.
    pub(crate) async fn rate(&self, records: u64, bytes_each: usize) -> Result<f64> {
        let batches = usize::try_from(records.min(MOST))?.div_ceil(BATCH);
        let each = batches.div_ceil(CONNECTIONS);
        let mut clients = Vec::new();
        for _ in 0..CONNECTIONS {
            clients.push(self.floor.connect().await?);
        }
        let begun = Instant::now();
        let inserting = clients
            .iter()
            .zip(0_u64..)
            .map(|(client, seed)| insert(client, records + seed, each, bytes_each));
        let inserted: usize = try_join_all(inserting).await?.into_iter().sum();
        #[expect(clippy::cast_precision_loss, reason = "a rate, shown without digits")]
        let inserted = inserted as f64;
        Ok(inserted / begun.elapsed().as_secs_f64())
    }
}

async fn insert(client: &Client, seed: u64, batches: usize, bytes_each: usize) -> Result<usize> {
    let statement = client.prepare(BATCHED).await?;
    let mut draw = Draw::new(seed.wrapping_mul(0x1000_0001));
    for batch in 0..batches {
        let bodies = draw.bytes(bytes_each + BATCH);
        // Making bytes costs more than it took: every row has the same ones, moved by one.
        let body: Vec<&[u8]> = (0..BATCH).filter_map(|from| bodies.get(from..from + bytes_each)).collect();
        let audit: Vec<&[u8]> = (0..BATCH).filter_map(|from| bodies.get(from..from + AUDIT)).collect();
        let name: Vec<Vec<u8>> = (0..BATCH).map(|_| draw.bytes(16)).collect();
        client.execute(&statement, &[&name, &body, &audit, &i64::try_from(batch)?]).await?;
    }
    Ok(batches * BATCH)
}
