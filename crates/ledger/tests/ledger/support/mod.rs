//! A ledger on a PostgreSQL of its own.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod server;

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

pub(crate) use server::Server;
use tacenda_contracts::{
    entry::{EntrySubject, Outcome, SealedEntry, WriteLink},
    ledger::{Checkpoint, StoredEntry},
};
use tacenda_crypto::{CheckpointKey, CheckpointVerifier, MacKey, MasterKey, SystemRandom};
use tacenda_kernel::{Pseudonym, Secret, Service, Version, realms};
use tacenda_ledger::{
    journal::Journal,
    service::{Ledger, LedgerParts, OpenError},
    verify::{Outside, Report, verify_storage},
    witness::FileWitness,
};
use tacenda_postgres::{Database, DatabaseOptions};
use tacenda_testkit::MockClock;

/// The entry with that number: always the same, and every second one announces a write.
pub(crate) fn entry(number: u64) -> SealedEntry {
    let mut id = [0x77; 16];
    id[8..].copy_from_slice(&number.to_be_bytes());
    let mut link = [0x33; 20];
    link[..16].copy_from_slice(&id);
    let write = WriteLink { link, version: Version::FIRST, digest: [0x55; 16], tokens: [0x66; 8] };
    let subject = if number.is_multiple_of(3) {
        EntrySubject::Nobody(Service::Accounts)
    } else {
        EntrySubject::Patient(Pseudonym::from_bytes([9; 16]))
    };
    SealedEntry {
        id,
        subject,
        writes: number.is_multiple_of(2).then_some(write).into_iter().collect(),
        gives_up: None,
        outcome: Outcome::Allowed,
        sealed: [[0x5e; 192].as_slice(), &number.to_be_bytes()].concat(),
    }
}

pub(crate) fn entry_about(number: u64, subject: Pseudonym<realms::Ledger>) -> SealedEntry {
    SealedEntry { subject: EntrySubject::Patient(subject), ..entry(number) }
}

fn key() -> CheckpointKey {
    MasterKey::from_bytes(&Secret::new([3; 32])).checkpoint_key("ledger.test/tacenda").unwrap()
}

pub(crate) fn row_key() -> MacKey {
    MasterKey::from_bytes(&Secret::new([3; 32])).ledger_row_key()
}

pub(crate) struct Bench {
    server: Server,
    kept: tempfile::TempDir,
}

impl Bench {
    /// A new database on the cluster that the file's tests share.
    pub(crate) async fn start() -> Self {
        Self { server: Server::shared().await, kept: tempfile::tempdir().unwrap() }
    }

    /// A cluster of its own, which can be killed and stopped.
    pub(crate) async fn start_alone() -> Self {
        Self { server: Server::alone().await, kept: tempfile::tempdir().unwrap() }
    }

    /// A ledger that signs every second.
    pub(crate) async fn open(&self) -> Ledger {
        self.try_open().await.unwrap()
    }

    pub(crate) async fn try_open(&self) -> Result<Ledger, OpenError> {
        self.open_with(Duration::from_secs(1), self.kept.path().join("witness")).await
    }

    /// A ledger that signs only when it is asked.
    pub(crate) async fn open_quiet(&self) -> Ledger {
        self.open_with(Duration::from_secs(3600), self.kept.path().join("witness")).await.unwrap()
    }

    /// A ledger that does not know of any witness.
    pub(crate) async fn open_without_witness(&self) -> Ledger {
        self.open_with(Duration::from_secs(3600), self.kept.path().join("another")).await.unwrap()
    }

    async fn open_with(&self, checkpoint_every: Duration, witness: PathBuf) -> Result<Ledger, OpenError> {
        Ledger::open(self.parts_with(checkpoint_every, witness).await).await
    }

    /// All that a ledger is opened with.
    pub(crate) async fn parts(&self) -> LedgerParts {
        self.parts_with(Duration::from_secs(1), self.kept.path().join("witness")).await
    }

    async fn parts_with(&self, checkpoint_every: Duration, witness: PathBuf) -> LedgerParts {
        LedgerParts {
            database: Arc::new(self.database().await),
            key: key(),
            witness: Arc::new(FileWitness::open(&witness, key().verifier()).unwrap()),
            row_key: row_key(),
            journal: Some(witness),
            clock: Arc::new(MockClock::default()),
            random: Arc::new(SystemRandom),
            checkpoint_every,
        }
    }

    async fn database(&self) -> Database {
        // Tests lock tables for as long as they take on a busy machine: what waits for the lock goes on waiting.
        let patient = Duration::from_secs(120);
        let options = DatabaseOptions {
            lock_timeout: patient,
            statement_timeout: patient,
            ..DatabaseOptions::named("ledger-test")
        };
        Database::open(&self.server.endpoints.runtime, &options).await.unwrap()
    }

    pub(crate) fn verifier(&self) -> CheckpointVerifier {
        key().verifier()
    }

    pub(crate) fn witness(&self) -> FileWitness {
        FileWitness::open(&self.kept.path().join("witness"), key().verifier()).unwrap()
    }

    pub(crate) async fn verify(&self, witnessed: Option<&Checkpoint>) -> Report {
        self.verify_each(witnessed, |_| ()).await
    }

    pub(crate) async fn verify_each(
        &self,
        witnessed: Option<&Checkpoint>,
        each: impl FnMut(&StoredEntry) + Send,
    ) -> Report {
        let outside = Outside { witnessed, acknowledged: &[] };
        verify_storage(&self.database().await, &key().verifier(), &row_key(), outside, each).await.unwrap()
    }

    pub(crate) async fn verify_with_other_key(&self) -> Report {
        let verifier = MasterKey::from_bytes(&Secret::new([4; 32]))
            .checkpoint_key("ledger.test/tacenda")
            .unwrap()
            .verifier();
        let outside = Outside::default();
        verify_storage(&self.database().await, &verifier, &row_key(), outside, |_| ()).await.unwrap()
    }

    /// With what the journals say, and nothing else from outside.
    pub(crate) async fn verify_by_journals(&self) -> Report {
        let acknowledged = Journal::heads(&self.kept.path().join("witness")).unwrap();
        let outside = Outside { witnessed: None, acknowledged: &acknowledged };
        verify_storage(&self.database().await, &key().verifier(), &row_key(), outside, |_| ()).await.unwrap()
    }

    pub(crate) async fn as_superuser(&self, statements: &str) {
        self.server.superuser().await.batch_execute(statements).await.unwrap();
    }

    pub(crate) async fn as_runtime_role(&self, statement: &str) -> Result<(), tokio_postgres::Error> {
        self.server.endpoints.runtime.connect().await.unwrap().batch_execute(statement).await
    }

    pub(crate) async fn count(&self, query: &str) -> i64 {
        self.server.superuser().await.query_one(query, &[]).await.unwrap().get(0)
    }

    pub(crate) async fn until(&self, query: &str, count: i64) {
        let started = Instant::now();
        while self.count(query).await != count {
            assert!(started.elapsed() < Duration::from_secs(10), "{query} never became {count}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Runs a statement in a transaction that stays open.
    pub(crate) async fn lock(&self, statement: &str) -> Lock {
        let client = self.server.superuser().await;
        client.batch_execute(&format!("begin; {statement}")).await.unwrap();
        Lock(client)
    }

    pub(crate) async fn set_lazy_commits(&self) {
        let role = self.server.endpoints.runtime.role();
        self.as_superuser(&format!("alter role {role} set synchronous_commit = off")).await;
    }

    /// A copy of the whole database as it is now.
    pub(crate) async fn copy_database(&self) {
        let name = self.server.name();
        self.server.close().await;
        self.server.administer(&format!("create database {name}_older template {name}")).await;
        self.server.administer(&format!("alter database {name} allow_connections true")).await;
    }

    /// Puts the copy in the database's place.
    pub(crate) async fn replay_copy(&self) {
        let name = self.server.name();
        self.server.close().await;
        self.server.administer(&format!("drop database {name}")).await;
        self.server.administer(&format!("alter database {name}_older rename to {name}")).await;
    }

    pub(crate) fn kill_database(&self) {
        self.server.kill();
    }

    pub(crate) async fn stop_database(&self) {
        self.server.stop().await;
    }

    pub(crate) async fn restart_database(&mut self) {
        self.server.restart().await;
    }
}

pub(crate) struct Lock(tokio_postgres::Client);

impl Lock {
    pub(crate) async fn release(self) {
        self.0.batch_execute("rollback").await.unwrap();
    }
}
