//! The accounts service: its parts, how it opens, and what it offers.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::SignedDuration;
use quick_cache::sync::Cache;
use tacenda_contracts::{
    accounts::{
        Accounts as Contract, BearerToken, IdentifyError, IssuedToken, TokenError, TokenRequest,
        links::LinkToken, people::Invitation,
    },
    ledger::Ledger,
};
use tacenda_crypto::{AuditKey, IndexKey, MacKey, TokenVerifier, WrappingKey};
use tacenda_kernel::{Actor, ActorId, AuthStrength, Clock, Random, Role, Secret, TraceId};
use tacenda_postgres::Database;
use webauthn_rs::Webauthn;

use crate::{
    account::{Account, Author, NewAccount, NewClient, RoleGrant},
    discovery::TOKEN_PATH,
    error::{ChangeError, OpenError},
    hashing::Hasher,
    notices::{self, Post},
    operations::{
        change_roles, create_account,
        federation::{Directory, Provider, ProviderFault, exchange_token::Exchanged},
        forget_old,
        identify_caller::{Known, identify_caller},
        issue_for_person, issue_token,
        links::answer_requests,
        people::{invite, reset_factors, suspend_dormant},
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
    store::{SealedDatabase, authorisations},
};

/// How long an authorisation is kept that ended by itself.
const KEPT_AFTER_ITS_END: SignedDuration = SignedDuration::from_hours(24);

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
    pub(crate) rules: AccountRules,
    pub(crate) directory: Directory,
    pub(crate) exchanged: Cache<[u8; 32], Exchanged>,
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
        Ok(Self {
            hasher: Hasher::new(Arc::clone(&parts.random)).map_err(|_| OpenError::Hashing)?,
            assertion_audiences: vec![issuer.clone(), format!("{issuer}{TOKEN_PATH}")],
            signing: Signing::open(&parts.database, &sealer, names, now).await?,
            database: SealedDatabase::new(parts.database, RowKey::new(parts.row_key)),
            sealer,
            recorder: Recorder {
                ledger: parts.ledger,
                key: parts.audit_general,
                clock: Arc::clone(&parts.clock),
                random: Arc::clone(&parts.random),
            },
            known: Cache::new(KEPT_CALLERS),
            sessions: Cache::new(KEPT_CALLERS),
            relying_party: relying_party(&issuer),
            issuer,
            audience: parts.audience,
            rules: parts.rules,
            directory: Directory::default(),
            exchanged: Cache::new(KEPT_CALLERS),
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

    /// Verifies this service's tokens; `keystore` does so for itself.
    #[must_use]
    pub fn verifier(&self) -> Arc<TokenVerifier> {
        Arc::clone(&self.signing.verifier)
    }

    /// What must be done now and then: signing keys turn, and what is long over is forgotten.
    ///
    /// # Errors
    /// [`OpenError`] where the database does not answer.
    pub async fn keep_up(&self) -> Result<(), OpenError> {
        let now = self.clock.now();
        self.signing.keep_up(&self.database, &self.sealer, now).await?;
        let before = now.saturating_sub(KEPT_AFTER_ITS_END).unwrap_or(now);
        Ok(authorisations::forget(&self.database, before).await?)
    }

    /// Issues a token for a person, as if they had signed in with that strength. For the demo and for tests: no route
    /// leads here, and the ledger says that the operator did it.
    ///
    /// # Errors
    /// [`TokenError::InvalidClient`] where there is no such active person, [`TokenError::InvalidScope`] where they do
    /// not have the role now.
    pub async fn issue_for_person(
        &self,
        person: ActorId,
        role: Role,
        strength: AuthStrength,
        trace: TraceId,
    ) -> Result<IssuedToken, TokenError> {
        issue_for_person::issue_for_person(self, person, role, strength, trace).await
    }

    /// Sends the mail that is due; how many messages left. What is not sent now is tried again later.
    pub async fn send_notices(&self, post: &Post) -> u32 {
        notices::send_due(self, post).await.unwrap_or_default()
    }

    /// Does what time brings to accounts: suspends people who did not use theirs for long.
    ///
    /// # Errors
    /// [`ChangeError::Unavailable`] where the database or the ledger does not answer; the next turn goes on.
    pub async fn keep_rules(&self) -> Result<u32, ChangeError> {
        suspend_dormant::suspend_dormant(self).await
    }

    /// Invites somebody as the operator, who has no token: the first administrator of an installation; or once more,
    /// with another link, somebody who has not accepted. What the link holds: it is mailed as well.
    ///
    /// # Errors
    /// [`ChangeError`]
    pub async fn invite_as_operator(
        &self,
        invitation: Invitation,
        trace: TraceId,
    ) -> Result<LinkToken, ChangeError> {
        match invite::invite(self, &Author::Operator, invitation.clone(), trace).await {
            Err(ChangeError::Taken) => {
                let known = self.find_by_email(&invitation.email).await?.ok_or(ChangeError::Taken)?;
                invite::invite_again(self, &Author::Operator, known, trace).await
            }
            invited => invited.map(|(_, link)| link),
        }
    }

    /// Removes every second factor of somebody as the operator, who asks nobody else: for the only administrator of an
    /// installation.
    ///
    /// # Errors
    /// [`ChangeError`]
    pub async fn reset_factors_as_operator(
        &self,
        person: ActorId,
        trace: TraceId,
    ) -> Result<(), ChangeError> {
        reset_factors::reset_factors(self, &Author::Operator, person, trace).await.map(drop)
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

    /// Forgets what is over: sessions, failures, attempts, links. How many rows those were.
    ///
    /// # Errors
    /// [`ChangeError::Unavailable`] where the database does not answer; the rest is forgotten at the next turn.
    pub async fn forget_old(&self) -> Result<u64, ChangeError> {
        forget_old::forget_old(self).await
    }

    /// Answers by mail those who asked for a new password; how many requests those were.
    ///
    /// # Errors
    /// [`ChangeError::Unavailable`] where that cannot be done or recorded now; the rest is answered at the next turn.
    pub async fn answer_requests(&self) -> Result<u64, ChangeError> {
        answer_requests::answer_requests(self).await
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

#[async_trait]
impl Contract for Accounts {
    async fn identify(&self, token: Option<&BearerToken>, trace: TraceId) -> Result<Actor, IdentifyError> {
        identify_caller(self, token, trace).await
    }

    async fn issue_token(&self, request: TokenRequest) -> Result<IssuedToken, TokenError> {
        issue_token::issue_token(self, request).await
    }

    fn jwks(&self) -> String {
        self.signing.jwks()
    }
}
