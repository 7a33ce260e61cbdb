//! An accounts service on a database of its own, and hands to look behind it.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use tacenda_accounts::{
    AccountKind, Accounts, AccountsParts, Author, Credential, GRANTS, NewAccount, RoleGrant, migrations,
};
use tacenda_contracts::{
    accounts::Accounts as _,
    entry::{Event, Outcome},
};
use tacenda_crypto::{AuditKey, RootKey};
use tacenda_kernel::{Actor, ActorId, AuthStrength, Role, Secret, TraceId};
use tacenda_postgres::{
    Cluster, Database, DatabaseOptions, DatabaseSpec, Endpoint, ServiceEndpoints, undocumented_columns,
};
use tacenda_testkit::{MockClock, SeededRandom};
use tokio::sync::OnceCell;

use super::ledger::FakeLedger;

pub(crate) const ISSUER: &str = "https://tacenda.example";

/// One for all tests; it stops with this process.
static CLUSTER: OnceCell<Cluster> = OnceCell::const_new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

pub(crate) struct World<A = Arc<Accounts>> {
    pub(crate) accounts: A,
    pub(crate) ledger: Arc<FakeLedger>,
    pub(crate) clock: MockClock,
    pub(crate) root: RootKey,
    pub(crate) audit: AuditKey,
    pub(crate) trace: TraceId,
    database: Arc<Database>,
    endpoints: ServiceEndpoints,
    number: u32,
}

pub(crate) fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}
