//! Every service in one process, put together with direct calls.

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use axum::Router;
use jiff::tz::TimeZone;
use tacenda_accounts::{AccountRules, Accounts, AccountsParts, Provider};
use tacenda_contracts::{
    keystore::Keystore as KeystoreContract, ledger::Ledger as LedgerContract, vault::Vault as VaultContract,
};
use tacenda_crypto::{Domain, MasterKey, RootKey};
use tacenda_fhir::Limits;
use tacenda_gateway::{Capacity, Edge, EdgeParts, Gate};
use tacenda_kernel::{ApiRealm, Clock, Compartment, Random, Service, TrustedProxies};
use tacenda_keystore::{Keystore, KeystoreParts};
use tacenda_ledger::{
    service::{Ledger, LedgerParts},
    witness::FileWitness,
};
use tacenda_policy::Policies;
use tacenda_records::{LaunchPicker, Records, RecordsParts};
use tacenda_vault::{Vault, VaultParts};
use tacenda_web::{Web, WebParts};

use crate::{
    databases::{Databases, vault_name},
    keys,
};

/// The ledger's name in its checkpoints.
pub const ORIGIN: &str = "tacenda/ledger";

/// What a system is made of.
pub struct SystemParts {
    /// Its databases.
    pub databases: Databases,
    /// The key above all others.
    pub root: RootKey,
    /// The public URL, without a slash at its end: who issues tokens, and where FHIR is.
    pub origin: String,
    /// Where checkpoints are kept outside of the ledger's database.
    pub witness: PathBuf,
    /// What the installation decides about accounts.
    pub rules: AccountRules,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
}

/// Every service, running.
pub struct System {
    /// Who somebody is.
    pub accounts: Arc<Accounts>,
    /// Who may do what, and every key.
    pub keystore: Arc<dyn KeystoreContract>,
    /// The same keystore, to look after its tables.
    pub keeper: Arc<Keystore>,
    /// What happened.
    pub ledger: Arc<dyn LedgerContract>,
    /// The application.
    pub records: Arc<Records>,
    /// The public URL.
    pub origin: String,
    /// The proxies that say from where a request comes.
    pub trusted_proxies: TrustedProxies,
    /// Whether anybody is let in.
    pub gate: Gate,
    /// The databases.
    pub databases: Databases,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
}

impl System {
    /// Opens every service, ledger first and application last, and finishes what an earlier instance left. It makes no
    /// key: [`keys::make_first`] does, once.
    ///
    /// # Errors
    /// Where a service does not open; the text says which and why.
    pub async fn open(parts: SystemParts) -> Result<Self> {
        Self::open_with(parts, Vec::new()).await
    }

    /// The same, with identity providers whose people are let in.
    ///
    /// # Errors
    /// As [`Self::open`], and where a provider cannot be believed as configured.
    pub async fn open_with(parts: SystemParts, providers: Vec<Provider>) -> Result<Self> {
        let SystemParts { databases, root, origin, witness, rules, clock, random } = parts;
        let keys = keys::unseal(&databases, &root).await?;
        let ledger = open_ledger(&databases, &keys, witness, &clock, &random).await?;
        let accounts = accounts(&databases, &keys, &ledger, &origin, rules, &clock, &random).await?;
        let accounts = Arc::new(accounts.with_providers(providers).context("in [[providers]]")?);
        let policies = Policies::load().context("the policies do not load")?;
        let keeper = Arc::new(
            Keystore::open(KeystoreParts {
                database: databases.get("keystore")?,
                master: keys.clone(),
                policies,
                verifier: accounts.verifier(),
                ledger: Arc::clone(&ledger),
                audit_general: keys.general_audit_key(Service::Keystore),
                clock: Arc::clone(&clock),
                random: Arc::clone(&random),
            })
            .await
            .context("the keystore does not open")?,
        );
        let keystore = Arc::clone(&keeper) as Arc<dyn KeystoreContract>;
        let beneath = Beneath {
            databases: &databases,
            keys: &keys,
            keystore: &keystore,
            ledger: &ledger,
            clock: &clock,
            random: &random,
        };
        let records = Records::open(beneath.application(format!("{origin}/fhir"))?).await;
        let records = records.context("the application does not open")?;
        let records = Arc::new(records);
        let trusted_proxies = TrustedProxies::default();
        Ok(Self {
            accounts,
            keystore,
            keeper,
            ledger,
            records,
            origin,
            trusted_proxies,
            gate: Gate::default(),
            databases,
            clock,
            random,
        })
    }

    /// Records what was counted and waits for its minute to end, and has the witness keep all that was recorded. To be done
    /// when nobody is answered any more.
    pub async fn finish(&self) {
        for strangers in [self.accounts.strangers(), self.keeper.strangers()] {
            strangers.finish().await;
        }
        if let Err(error) = self.ledger.checkpoint().await {
            tracing::warn!(%error, "the last entries were not signed: the next start does that");
        }
    }

    /// The edge over this system.
    #[must_use]
    pub fn edge(&self) -> Edge {
        Edge::new(EdgeParts {
            accounts: Arc::clone(&self.accounts) as _,
            federation: Arc::clone(&self.accounts) as _,
            records: Arc::clone(&self.records),
            origin: self.origin.clone(),
            authorize: Arc::clone(&self.accounts) as _,
            discovery: tacenda_accounts::discovery(&self.origin),
            smart_configuration: tacenda_accounts::smart_configuration(&self.origin),
            limits: Limits::default(),
            capacity: Capacity::default(),
            gate: self.gate.clone(),
            trusted_proxies: self.trusted_proxies.clone(),
            clock: Arc::clone(&self.clock),
            random: Arc::clone(&self.random),
        })
    }
}

impl System {
    /// The pages over this system. Times are shown in this machine's zone.
    pub fn pages(&self) -> Router {
        let accounts = || Arc::clone(&self.accounts);
        let launch = LaunchPicker { records: Arc::clone(&self.records), accounts: accounts() as _ };
        tacenda_web::router(Web::new(WebParts {
            sign_in: accounts() as _,
            federation: accounts() as _,
            own: accounts() as _,
            links: accounts() as _,
            people: accounts() as _,
            applications: accounts() as _,
            authorize: accounts() as _,
            launch: Arc::new(launch),
            origin: self.origin.clone(),
            trusted_proxies: self.trusted_proxies.clone(),
            time_zone: TimeZone::system(),
            clock: Arc::clone(&self.clock),
            random: Arc::clone(&self.random),
        }))
    }
}

/// What the application stands on.
pub(crate) struct Beneath<'a> {
    pub(crate) databases: &'a Databases,
    pub(crate) keys: &'a MasterKey,
    pub(crate) keystore: &'a Arc<dyn KeystoreContract>,
    pub(crate) ledger: &'a Arc<dyn LedgerContract>,
    pub(crate) clock: &'a Arc<dyn Clock>,
    pub(crate) random: &'a Arc<dyn Random>,
}

impl Beneath<'_> {
    /// What the application is made of, its vaults among it.
    pub(crate) fn application(&self, base_url: String) -> Result<RecordsParts> {
        let keys = self.keys;
        Ok(RecordsParts {
            database: self.databases.get("records")?,
            keystore: Arc::clone(self.keystore),
            ledger: Arc::clone(self.ledger),
            base_url,
            vaults: Compartment::ALL.into_iter().map(|one| self.vault(one)).collect::<Result<_>>()?,
            codecs: ApiRealm::ALL.into_iter().map(|realm| (realm, keys.record_codec(realm))).collect(),
            general_audit: keys.general_audit_key(Service::Records),
            submission_key: keys.submission_key(),
            saga_row_key: keys.saga_row_key(),
            cursor_key: keys.wrapping_key(Domain::Cursor),
            clock: Arc::clone(self.clock),
            random: Arc::clone(self.random),
        })
    }

    fn vault(&self, compartment: Compartment) -> Result<Arc<dyn VaultContract>> {
        Ok(Arc::new(Vault::new(VaultParts {
            compartment,
            database: self.databases.get(&vault_name(compartment))?,
            keystore: Arc::clone(self.keystore),
            ledger: Arc::clone(self.ledger),
            index_key: self.keys.index_key(compartment),
            link_key: self.keys.link_key(compartment),
            reindex_key: self.keys.reindex_key(compartment),
            general_audit: self.keys.general_audit_key(Service::Vault(compartment)),
            clock: Arc::clone(self.clock),
            random: Arc::clone(self.random),
        })))
    }
}

/// Opens the ledger alone.
///
/// # Errors
/// Where its storage contradicts what was signed; the text says how.
pub async fn open_ledger(
    databases: &Databases,
    keys: &MasterKey,
    witness: PathBuf,
    clock: &Arc<dyn Clock>,
    random: &Arc<dyn Random>,
) -> Result<Arc<dyn LedgerContract>> {
    let key = keys.checkpoint_key(ORIGIN)?;
    let kept = FileWitness::open(&witness, key.verifier()).context("the ledger's witness does not open")?;
    let ledger = Ledger::open(LedgerParts {
        database: databases.get("ledger")?,
        key,
        row_key: keys.ledger_row_key(),
        witness: Arc::new(kept),
        journal: Some(witness),
        clock: Arc::clone(clock),
        random: Arc::clone(random),
        checkpoint_every: Duration::from_secs(1),
    });
    Ok(Arc::new(ledger.await.context("the ledger does not open")?))
}

/// Opens the accounts alone.
///
/// # Errors
/// Where they do not open.
pub async fn open_accounts(
    databases: &Databases,
    keys: &MasterKey,
    ledger: &Arc<dyn LedgerContract>,
    origin: &str,
    rules: AccountRules,
    clock: &Arc<dyn Clock>,
    random: &Arc<dyn Random>,
) -> Result<Arc<Accounts>> {
    Ok(Arc::new(accounts(databases, keys, ledger, origin, rules, clock, random).await?))
}

async fn accounts(
    databases: &Databases,
    keys: &MasterKey,
    ledger: &Arc<dyn LedgerContract>,
    origin: &str,
    rules: AccountRules,
    clock: &Arc<dyn Clock>,
    random: &Arc<dyn Random>,
) -> Result<Accounts> {
    let accounts = Accounts::open(AccountsParts {
        database: databases.get("accounts")?,
        wrapping_key: keys.wrapping_key(Domain::Accounts),
        index_key: keys.account_index_key(),
        row_key: keys.account_row_key(),
        audit_general: keys.general_audit_key(Service::Accounts),
        ledger: Arc::clone(ledger),
        issuer: origin.to_owned(),
        audience: format!("{origin}/fhir"),
        rules,
        clock: Arc::clone(clock),
        random: Arc::clone(random),
    });
    accounts.await.context("the accounts do not open")
}
