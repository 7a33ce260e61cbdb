//! Somebody with every right in PostgreSQL, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use tacenda::databases::vault_name;
use tacenda_crypto::RecordCodec;
use tacenda_kernel::{ApiRealm, Compartment, PublicId};
use tokio_postgres::Client;

use super::clients::Clients;
use crate::site::Site;

const TAKE: &str = "with gone as (delete from records where record = $1 returning version), \
     tokens as (delete from tokens where record = $1) select version from gone";

/// What was acknowledged and then removed.
pub(super) struct Taken {
    /// At which line the process had died.
    pub(super) at: &'static str,
    compartment: Compartment,
    record: String,
    version: i32,
}

impl Taken {
    /// How `verify` names it, up to the entry.
    pub(super) fn line(&self) -> String {
        let Self { compartment, record, version, .. } = self;
        format!("vaults: {compartment} record {record} version {version}: the row")
    }
}

pub(super) struct Thief {
    vaults: BTreeMap<Compartment, Client>,
    /// Not the thief's: it says which row is the one that a client was told of.
    codec: RecordCodec,
}

impl Thief {
    pub(super) async fn enter(site: &Site, clients: &Clients) -> Self {
        let mut vaults = BTreeMap::new();
        for compartment in Compartment::ALL {
            vaults.insert(compartment, site.admin(&vault_name(compartment)).await);
        }
        Self { vaults, codec: clients.keys.record_codec(ApiRealm::Care) }
    }

    /// Removes what the vault has of a record, of which somebody was told by this path.
    pub(super) async fn take(&self, at: &'static str, path: &str) -> Option<Taken> {
        let (compartment, record) = self.row(path);
        let row = self.vaults[&compartment].query_opt(TAKE, &[&record]).await.unwrap()?;
        let record = record.iter().map(|byte| format!("{byte:02x}")).collect();
        Some(Taken { at, compartment, record, version: row.get(0) })
    }

    /// All that was acknowledged and left alone is there.
    pub(super) async fn finds(&self, paths: &[String]) {
        let mut wanted: BTreeMap<Compartment, BTreeSet<Vec<u8>>> = BTreeMap::new();
        for (compartment, record) in paths.iter().map(|path| self.row(path)) {
            wanted.entry(compartment).or_default().insert(record);
        }
        for (compartment, records) in wanted {
            let records: Vec<Vec<u8>> = records.into_iter().collect();
            let count = "select count(*) from records where record = any($1)";
            let there: i64 = self.vaults[&compartment].query_one(count, &[&records]).await.unwrap().get(0);
            assert_eq!(
                there,
                i64::try_from(records.len()).unwrap(),
                "{compartment}: what was acknowledged is there"
            );
        }
    }

    /// No entry gives up what another says has arrived.
    pub(super) async fn finds_nothing_excused_that_arrived(&self, site: &Site) {
        let ledger = site.admin("ledger").await;
        let excused = "with arrived as materialized (select substr(arrived, place * 8 + 1, 8) as position \
             from entries, generate_series(0, length(arrived) / 8 - 1) as place where arrived is not null) \
             select count(*) from entries excuse join arrived on arrived.position = int8send(excuse.gives_up)";
        let count: i64 = ledger.query_one(excused, &[]).await.unwrap().get(0);
        assert_eq!(count, 0, "what arrived was given up");
        let given_up: i64 = ledger
            .query_one("select count(*) from entries where gives_up is not null", &[])
            .await
            .unwrap()
            .get(0);
        println!("{given_up} writes never were, and were given up");
    }

    fn row(&self, path: &str) -> (Compartment, Vec<u8>) {
        let id = path.split('/').nth(1).unwrap();
        let Ok(PublicId::OfPatient { record, .. }) = id.parse() else {
            panic!("{path} is no record of a patient")
        };
        let record = self.codec.decode(record).unwrap();
        (record.compartment(), record.to_bytes().to_vec())
    }
}
