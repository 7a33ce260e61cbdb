//! An accounts service on a database of its own, and hands to look behind it.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use tacenda_accounts::{
    AccountKind, AccountRules, Accounts, AccountsParts, Author, Credential, GRANTS, NewAccount, NewClient,
    RoleGrant, Verified, VerifyError, migrations, verify,
};
use tacenda_contracts::{
    accounts::{Accounts as _, BearerToken, people::People},
    entry::{Event, Outcome},
};
use tacenda_crypto::{AuditKey, Domain, MasterKey};
use tacenda_kernel::{Actor, ActorId, AuthStrength, Language, Pseudonym, Role, Secret, Service, TraceId};
use tacenda_postgres::{
    Cluster, Database, DatabaseOptions, DatabaseSpec, Endpoint, ServiceEndpoints, undocumented_columns,
};
use tacenda_testkit::{FakeLedger, MockClock, SeededRandom};
use tokio::sync::OnceCell;
use tokio_postgres::SimpleQueryMessage;

pub(crate) const ISSUER: &str = "https://tacenda.example";

/// One for all tests; it stops with this process.
static CLUSTER: OnceCell<Cluster> = OnceCell::const_new();
static WORLDS: AtomicU32 = AtomicU32::new(0);

pub(crate) struct World {
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) ledger: Arc<FakeLedger>,
    pub(crate) clock: MockClock,
    pub(crate) audit: AuditKey,
    pub(crate) trace: TraceId,
    home: Home,
}

/// A migrated database on which no service was opened yet.
pub(crate) struct Home {
    pub(crate) ledger: Arc<FakeLedger>,
    pub(crate) clock: MockClock,
    pub(crate) database: Arc<Database>,
    endpoints: ServiceEndpoints,
}

pub(crate) fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

pub(crate) fn root(byte: u8) -> MasterKey {
    MasterKey::from_bytes(&Secret::new([byte; 32]))
}

impl Home {
    pub(crate) async fn make() -> Self {
        let cluster =
            CLUSTER.get_or_init(async || Cluster::start_temporary_without_fsync().await.unwrap()).await;
        let prefix = format!("t{}_", WORLDS.fetch_add(1, Ordering::Relaxed));
        let spec = DatabaseSpec { name: "accounts".to_owned(), migrations, grants: GRANTS };
        let endpoints = cluster.provision(&prefix, &[spec]).await.unwrap().remove(0);
        let options = DatabaseOptions { lanes: 1, pool: 2, ..DatabaseOptions::named("accounts") };
        let database = Arc::new(Database::open(&endpoints.runtime, &options).await.unwrap());
        Self { ledger: Arc::default(), clock: MockClock::default(), database, endpoints }
    }

    pub(crate) fn parts(&self, root: &MasterKey) -> AccountsParts {
        static SEEDS: AtomicU32 = AtomicU32::new(0);
        let seed = u64::from(SEEDS.fetch_add(1, Ordering::Relaxed));
        AccountsParts {
            database: Arc::clone(&self.database),
            wrapping_key: root.wrapping_key(Domain::Accounts),
            index_key: root.account_index_key(),
            row_key: root.account_row_key(),
            audit_general: root.general_audit_key(Service::Accounts),
            ledger: self.ledger.clone(),
            issuer: ISSUER.to_owned(),
            audience: format!("{ISSUER}/fhir"),
            rules: AccountRules::default(),
            clock: Arc::new(self.clock.clone()),
            random: Arc::new(SeededRandom::new(seed)),
        }
    }
}

impl World {
    pub(crate) async fn open() -> Self {
        let home = Home::make().await;
        Self {
            accounts: Arc::new(Accounts::open(home.parts(&root(1))).await.unwrap()),
            ledger: Arc::clone(&home.ledger),
            clock: home.clock.clone(),
            audit: root(1).general_audit_key(Service::Accounts),
            trace: TraceId([5; 16]),
            home,
        }
    }

    pub(crate) fn parts(&self, root: &MasterKey) -> AccountsParts {
        self.home.parts(root)
    }

    /// What does not hold of the database, as a tool beside the service finds it.
    pub(crate) async fn verify(&self) -> Result<Verified, VerifyError> {
        verify(self.parts(&root(1)).into()).await
    }

    pub(crate) async fn another_instance(&self) -> Accounts {
        Accounts::open(self.parts(&root(1))).await.unwrap()
    }

    pub(crate) async fn person(&self, email: &str, roles: &[Role]) -> ActorId {
        self.make(AccountKind::Person, Some(email), roles).await
    }

    /// An application with a client of this id and a secret.
    pub(crate) async fn application(&self, client_id: &str, roles: &[Role]) -> (ActorId, Secret<String>) {
        let (account, secret) = self.client(client_id, roles, Credential::Secret).await;
        (account, secret.unwrap())
    }

    pub(crate) async fn client(
        &self,
        client_id: &str,
        roles: &[Role],
        credential: Credential,
    ) -> (ActorId, Option<Secret<String>>) {
        let account = self.make(AccountKind::Application, None, roles).await;
        let operator = Author::Operator;
        let new = NewClient::machine(client_id, credential);
        let registered = self.accounts.register_client(&operator, account, new, self.trace).await;
        (account, registered.unwrap())
    }

    /// A patient with a password.
    pub(crate) async fn patient(&self, email: &str) -> ActorId {
        static NUMBERS: AtomicU32 = AtomicU32::new(1);
        let number = u128::from(NUMBERS.fetch_add(1, Ordering::Relaxed));
        let new = NewAccount {
            kind: AccountKind::Person,
            display_name: secret(&format!("Name of {email}")),
            email: Some(secret(email)),
            language: Language::default(),
            patient: Some(Pseudonym::from_bytes(number.to_be_bytes())),
            roles: vec![RoleGrant::lasting(Role::Patient)],
        };
        let operator = Author::Operator;
        let person = self.accounts.create_account(&operator, new, self.trace).await.unwrap();
        let password = secret(super::browser::PASSWORD);
        self.accounts.set_password(&operator, person, &password, self.trace).await.unwrap();
        person
    }

    async fn make(&self, kind: AccountKind, email: Option<&str>, roles: &[Role]) -> ActorId {
        let new = NewAccount {
            kind,
            display_name: secret(&format!("Name of {}", email.unwrap_or("a program"))),
            email: email.map(secret),
            language: Language::default(),
            patient: None,
            roles: roles.iter().copied().map(RoleGrant::lasting).collect(),
        };
        self.accounts.create_account(&Author::Operator, new, self.trace).await.unwrap()
    }

    /// The person as their token says.
    pub(crate) async fn actor(&self, person: ActorId, role: Role) -> Actor {
        let strength = AuthStrength::Multi;
        let issued = self.accounts.issue_for_person(person, role, strength, self.trace).await.unwrap();
        self.accounts.identify(Some(&issued.access_token), self.trace.into()).await.unwrap()
    }

    /// A token of the person, proven by two factors.
    pub(crate) async fn token(&self, person: ActorId, role: Role) -> BearerToken {
        let strength = AuthStrength::Multi;
        let issued = self.accounts.issue_for_person(person, role, strength, self.trace).await;
        issued.unwrap().access_token
    }

    pub(crate) async fn administrator(&self, person: ActorId) -> Author {
        Author::Administrator(self.actor(person, Role::Administrator).await)
    }

    /// The newest entry, in short: event, outcome and reason.
    pub(crate) fn last(&self) -> (Event, Outcome, String) {
        self.ledger.last(&self.audit)
    }

    /// Whether an entry gives this reason.
    pub(crate) fn told(&self, reason: &str) -> bool {
        self.ledger.opened(&self.audit).iter().any(|entry| entry.reason.as_deref() == Some(reason))
    }

    pub(crate) async fn as_owner(&self, sql: &str) {
        self.try_as_owner(sql).await.unwrap();
    }

    /// The first column of what the owner reads.
    pub(crate) async fn rows(&self, sql: &str) -> Vec<String> {
        attempt(&self.home.endpoints.owner, sql).await.unwrap()
    }

    pub(crate) async fn try_as_owner(&self, sql: &str) -> Result<(), String> {
        attempt(&self.home.endpoints.owner, sql).await.map(drop)
    }

    pub(crate) async fn try_as_runtime(&self, sql: &str) -> Result<(), String> {
        attempt(&self.home.endpoints.runtime, sql).await.map(drop)
    }

    /// Every row of every table as a dump would have it.
    pub(crate) async fn every_row(&self) -> String {
        let mut rows = Vec::new();
        for (table, _) in GRANTS {
            let sql = format!("select t::text from {table} t");
            rows.extend(attempt(&self.home.endpoints.owner, &sql).await.unwrap());
        }
        rows.join("\n")
    }

    /// From now an identity provider vouches for the person.
    pub(crate) async fn vouched_for(&self, person: ActorId) {
        let subject = secret(&format!("subject of {person}"));
        self.accounts
            .link_as_operator(person, "https://provider.example", &subject, self.trace)
            .await
            .unwrap();
    }

    /// What administrators ask, each by their own token.
    pub(crate) fn people(&self) -> &dyn People {
        self.accounts.as_ref()
    }

    /// The account with this address.
    pub(crate) async fn find(&self, email: &str) -> ActorId {
        self.accounts.find_by_email(&secret(email)).await.unwrap().unwrap()
    }

    /// Waits until somebody sleeps in a transaction.
    pub(crate) async fn until_locked(&self) {
        let asleep =
            "select 1 from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'";
        while self.rows(asleep).await.is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }

    /// How many rows a table has.
    pub(crate) async fn count(&self, table: &str) -> usize {
        attempt(&self.home.endpoints.owner, &format!("select 1 from {table}")).await.unwrap().len()
    }

    pub(crate) async fn undocumented_columns(&self) -> Vec<String> {
        undocumented_columns(&self.home.database).await.unwrap()
    }
}

/// The first column of each row, or the server's words.
async fn attempt(endpoint: &Endpoint, sql: &str) -> Result<Vec<String>, String> {
    let client = endpoint.connect().await.unwrap();
    let words = |error: tokio_postgres::Error| error.as_db_error().unwrap().message().to_owned();
    let answers = client.simple_query(sql).await.map_err(words)?;
    let rows = answers.iter().filter_map(|answer| match answer {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    });
    Ok(rows.collect())
}
