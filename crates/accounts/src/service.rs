//! The accounts service: its parts, how it opens, and what it offers.

use std::sync::{Arc, RwLock};

use quick_cache::sync::Cache;
use tacenda_contracts::{ledger::Ledger, strangers::Strangers};
use tacenda_crypto::{AuditKey, IndexKey, MacKey, TokenVerifier, WrappingKey};
use tacenda_kernel::{ActorId, Clock, Random, Role, Secret, TraceId};
use tacenda_postgres::Database;
use webauthn_rs::Webauthn;

use crate::{
    account::{Account, Author, NewAccount, NewClient, RoleGrant},
    discovery::TOKEN_PATH,
    error::{ChangeError, OpenError},
    hashing::Hasher,
    operations::{
        applications::origins::Origins,
        change_roles, create_account,
        federation::{Directory, Provider, ProviderFault, exchange_token::Exchanged},
        identify_caller::Known,
        read_account, register_client, set_password,
        sign_in::read_session::KnownSession,
        suspend_account,
    },
    passkeys::relying_party,
    recorder::Recorder,
    row_seal::RowKey,
    rules::AccountRules,
    sealing::Sealer,
    signing::{Names, Signing},
    store::SealedDatabase,
};

/// Callers kept in memory at the same time: a few megabytes.
const KEPT_CALLERS: usize = 10_000;

/// What the service is made of.
pub struct AccountsParts {
    /// Its own database, as its runtime role.
    pub database: Arc<Database>,
    /// Made from the root key for this service: everything sealed in its database is sealed under it.
    pub wrapping_key: WrappingKey,
    /// Makes blind tokens of e-mail addresses.
    pub index_key: IndexKey,
    /// Seals the rows that decide, so that no other hand can write one.
    pub row_key: MacKey,
    /// Seals ledger entries that concern no patient.
    pub audit_general: AuditKey,
    /// Who records.
    pub ledger: Arc<dyn Ledger>,
    /// Who issues tokens: the base URL.
    pub issuer: String,
    /// For whom tokens are.
    pub audience: String,
    /// What the installation decides about accounts.
    pub rules: AccountRules,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes numbers nobody can guess.
    pub random: Arc<dyn Random>,
}

/// Knows who someone is.
pub struct Accounts {
    pub(crate) database: SealedDatabase,
    pub(crate) sealer: Sealer,
    pub(crate) hasher: Hasher,
    pub(crate) recorder: Recorder,
    pub(crate) signing: Signing,
    pub(crate) known: Cache<[u8; 32], Known>,
    pub(crate) sessions: Cache<[u8; 32], KnownSession>,
    pub(crate) relying_party: Option<Webauthn>,
    pub(crate) assertion_audiences: Vec<String>,
    /// Who issues tokens.
    pub(crate) issuer: String,
    /// For whom they are: the FHIR base URL.
    pub(crate) audience: String,
    pub(crate) rules: RwLock<AccountRules>,
    pub(crate) directory: Directory,
    pub(crate) exchanged: Cache<[u8; 32], Exchanged>,
    pub(crate) origins: Origins,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
}

impl Accounts {
    /// Opens the service on a migrated database. The first time, it makes the key that signs tokens.
    ///
    /// # Errors
    /// [`OpenError`] where the database does not answer or belongs to another root key.
    pub async fn open(parts: AccountsParts) -> Result<Self, OpenError> {
        let sealer = Sealer::new(parts.wrapping_key, parts.index_key, Arc::clone(&parts.random));
        let (issuer, now) = (parts.issuer.trim_end_matches('/'), parts.clock.now());
        let issuer = issuer.to_owned();
        let names = Names { issuer: issuer.clone(), audience: parts.audience.clone() };
        let pending = Arc::default();
        Ok(Self {
            hasher: Hasher::new(Arc::clone(&parts.random)).map_err(|_| OpenError::Hashing)?,
            assertion_audiences: vec![issuer.clone(), format!("{issuer}{TOKEN_PATH}")],
            signing: Signing::open(&parts.database, &sealer, names, now).await?,
            database: SealedDatabase::new(
                parts.database,
                RowKey::new(parts.row_key, Arc::clone(&parts.clock)),
                Arc::clone(&pending),
            ),
            sealer,
            recorder: Recorder::new(
                parts.ledger,
                parts.audit_general,
                Arc::clone(&parts.clock),
                Arc::clone(&parts.random),
                pending,
            ),
            known: Cache::new(KEPT_CALLERS),
            sessions: Cache::new(KEPT_CALLERS),
            relying_party: relying_party(&issuer),
            issuer,
            audience: parts.audience,
            rules: RwLock::new(parts.rules),
            directory: Directory::default(),
            exchanged: Cache::new(KEPT_CALLERS),
            origins: Origins::default(),
            clock: parts.clock,
            random: parts.random,
        })
    }

    /// The service with identity providers whose people it lets in. None of them is asked before it is needed.
    ///
    /// # Errors
    /// [`ProviderFault`] where one cannot be believed as configured.
    pub fn with_providers(self, providers: Vec<Provider>) -> Result<Self, ProviderFault> {
        Ok(Self { directory: Directory::new(providers)?, ..self })
    }

    /// What records refusals of strangers: at the end, what it counted is to be recorded.
    #[must_use]
    pub fn strangers(&self) -> &Strangers {
        self.recorder.strangers()
    }

    /// Verifies this service's tokens; `keystore` does so for itself.
    #[must_use]
    pub fn verifier(&self) -> Arc<TokenVerifier> {
        Arc::clone(&self.signing.verifier)
    }

    /// How many passwords and secrets were checked since the start, those of nobody included.
    #[must_use]
    pub fn password_checks(&self) -> u64 {
        self.hasher.checks()
    }

    /// The account with this number.
    ///
    /// # Errors
    /// [`ChangeError::Unavailable`] where the database does not answer.
    pub async fn read_account(&self, account: ActorId) -> Result<Option<Account>, ChangeError> {
        read_account::read_account(self, account).await
    }

    /// The account with this e-mail address.
    ///
    /// # Errors
    /// [`ChangeError::Unavailable`] where the database does not answer.
    pub async fn find_by_email(&self, email: &Secret<String>) -> Result<Option<ActorId>, ChangeError> {
        read_account::find_by_email(self, email).await
    }
}

/// Changes. Each is in the ledger before it takes effect, and each refusal before it is answered.
impl Accounts {
    /// Makes an account with its roles.
    ///
    /// # Errors
    /// [`ChangeError`]
    pub async fn create_account(
        &self,
        author: &Author,
        new: NewAccount,
        trace: TraceId,
    ) -> Result<ActorId, ChangeError> {
        create_account::create_account(self, author, new, trace).await
    }

    /// Sets a person's password.
    ///
    /// # Errors
    /// [`ChangeError`]
    pub async fn set_password(
        &self,
        author: &Author,
        person: ActorId,
        password: &Secret<String>,
        trace: TraceId,
    ) -> Result<(), ChangeError> {
        set_password::set_password(self, author, person, password, trace).await
    }

    /// Registers an OAuth client of an application or device; its secret, told this once, where it is to have one.
    ///
    /// # Errors
    /// [`ChangeError`]
    pub async fn register_client(
        &self,
        author: &Author,
        account: ActorId,
        client: NewClient,
        trace: TraceId,
    ) -> Result<Option<Secret<String>>, ChangeError> {
        register_client::register_client(self, author, account, client, trace).await
    }

    /// Suspends the account: within 5 s none of its tokens is believed.
    ///
    /// # Errors
    /// [`ChangeError`]
    pub async fn suspend(
        &self,
        author: &Author,
        account: ActorId,
        trace: TraceId,
    ) -> Result<(), ChangeError> {
        suspend_account::suspend(self, author, account, trace).await
    }

    /// Ends a suspension.
    ///
    /// # Errors
    /// [`ChangeError`]
    pub async fn reinstate(
        &self,
        author: &Author,
        account: ActorId,
        trace: TraceId,
    ) -> Result<(), ChangeError> {
        suspend_account::reinstate(self, author, account, trace).await
    }

    /// Gives the account a role, or gives a role it has another end. Nobody gives themselves one.
    ///
    /// # Errors
    /// [`ChangeError`]
    pub async fn give_role(
        &self,
        author: &Author,
        account: ActorId,
        grant: RoleGrant,
        trace: TraceId,
    ) -> Result<(), ChangeError> {
        change_roles::give_role(self, author, account, grant, trace).await
    }

    /// Takes a role from the account: within 5 s none of its tokens for that role is believed.
    ///
    /// # Errors
    /// [`ChangeError`]
    pub async fn take_role(
        &self,
        author: &Author,
        account: ActorId,
        role: Role,
        trace: TraceId,
    ) -> Result<(), ChangeError> {
        change_roles::take_role(self, author, account, role, trace).await
    }
}
