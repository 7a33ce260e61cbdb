//! Every service in one process, put together: one file a service.
//!
//! Services hold doors of each other, made for the peer that they are. The edge and the pages hold the application itself,
//! which has no contract yet.

mod accounts;
mod edge;
mod installation;
mod keystore;
mod ledger;
mod pages;
mod records;
mod vaults;

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context, Result};
use tacenda_accounts::{AccountRules, Accounts, Provider};
use tacenda_contracts::{
    keystore::Keystore as KeystoreContract, ledger::Ledger as LedgerContract, wire::Peer,
};
use tacenda_crypto::RootKey;
use tacenda_gateway::Gate;
use tacenda_kernel::{Clock, Random, Service, TrustedProxies};
use tacenda_keystore::Keystore;
use tacenda_policy::Policies;
use tacenda_records::Records;

use crate::{databases::Databases, keys};

pub(crate) use self::installation::Installation;
pub use self::{accounts::open_accounts, ledger::open_ledger};

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
    /// Who may do what, and every key, as the application may ask for them.
    pub keystore: Arc<dyn KeystoreContract>,
    /// The same keystore, to look after its tables.
    pub keeper: Arc<Keystore>,
    /// What happened, as an operator may ask for it.
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
    installation: Installation,
    all_of_ledger: Arc<dyn LedgerContract>,
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
        let installation = Installation::new(databases.clone(), keys, &clock, &random);
        let ledger = installation.open_ledger(witness).await?;
        let accounts = installation.open_accounts(&ledger, &origin, rules).await?;
        let accounts = Arc::new(accounts.with_providers(providers).context("in [[providers]]")?);
        let policies = Policies::load().context("the policies do not load")?;
        let keeper = installation.keystore(policies, &ledger, Some(&accounts), &origin)?;
        let keeper = Keystore::open(keeper).await.context("the keystore does not open")?;
        let keeper = Arc::new(keeper);
        let application = installation.application(&keeper, &ledger, format!("{origin}/fhir"))?;
        installation.note(accounts.strangers());
        installation.note(keeper.strangers());
        let records = Records::open(application).await.context("the application does not open")?;
        Ok(Self {
            keystore: installation.keystore_for(&keeper, Peer::Service(Service::Records)),
            ledger: installation.ledger_for(&ledger, Peer::Operator),
            records: Arc::new(records),
            trusted_proxies: TrustedProxies::default(),
            gate: Gate::default(),
            accounts,
            keeper,
            origin,
            databases,
            clock,
            random,
            installation,
            all_of_ledger: ledger,
        })
    }

    /// The ledger as this peer may call it.
    #[must_use]
    pub fn ledger_for(&self, peer: Peer) -> Arc<dyn LedgerContract> {
        self.installation.ledger_for(&self.all_of_ledger, peer)
    }

    /// Records what was counted and waits for its minute to end, and has the witness keep all that was recorded. To be done
    /// when nobody is answered any more.
    pub async fn finish(&self) {
        self.installation.finish().await;
        if let Err(error) = self.ledger.checkpoint().await {
            tracing::warn!(%error, "the last entries were not signed: the next start does that");
        }
    }
}
