//! The keystore as a service: what it is made of, and which operation does what.

use std::sync::Arc;

use async_trait::async_trait;
use tacenda_contracts::{
    accounts::Accounts,
    entry::EntrySubject,
    keystore::{
        AuditKeys, ErasureCertificate, Grant, KeyRelease, Keystore as Contract, PermitError, PermitRequest,
        ReleaseError, SagaId, Subject,
    },
    ledger::Ledger,
    permit::{Permit, Slice},
    strangers::{Strangers, StrangersParts},
};
use tacenda_crypto::{AuditKey, CertificateKey, MacKey, MasterKey};
use tacenda_kernel::{Clock, Compartment, Pseudonym, Random, Service, realms};
use tacenda_policy::Policies;
use tacenda_postgres::Database;

use crate::{
    error::{OpenError, StoreError},
    inventory,
    judge::Judge,
    numbers::Numbers,
    operations::{
        abandon_enrolment, confirm_enrolment, enrol_patient, erase_patient, find_account, give_audit_key,
        give_grant, issue_permit, issue_permits, list_patients, release_keys,
    },
    past::Past,
    released::Released,
    ring::Ring,
    store::{
        directory_keys, master_keys, master_keys::WrappedMaster, patient_keys::WrappedKey, standings::RowKeys,
    },
    tokens::Tokens,
};

/// What the keystore is made of.
pub struct KeystoreParts {
    /// Its own database, as its runtime role.
    pub database: Arc<Database>,
    /// The master secret, from which keys are derived.
    pub master: MasterKey,
    /// Who may do what.
    pub policies: Policies,
    /// Whose keys sign access tokens. Without it no token is believed.
    pub accounts: Option<Arc<dyn Accounts>>,
    /// The issuer that tokens must name.
    pub issuer: String,
    /// The audience that tokens must be for.
    pub audience: String,
    /// Who records.
    pub ledger: Arc<dyn Ledger>,
    /// Seals ledger entries about nobody in particular.
    pub audit_general: AuditKey,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
}

/// The keys that are made once, as they were stored when they were read.
pub(crate) struct Stored {
    pub(crate) master: Option<WrappedMaster>,
    pub(crate) directory: Option<WrappedKey>,
}

/// Decides, and holds every key.
pub struct Keystore {
    pub(crate) database: Arc<Database>,
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) tokens: Tokens,
    pub(crate) judge: Judge,
    pub(crate) numbers: Numbers,
    pub(crate) ring: Ring,
    pub(crate) released: Released,
    pub(crate) past: Past,
    pub(crate) stored: Stored,
    pub(crate) permit_key: MacKey,
    pub(crate) patient_key: MacKey,
    pub(crate) grant_key: MacKey,
    pub(crate) audit_general: AuditKey,
    /// What opens the entries of all services about nobody.
    pub(crate) audit_of_services: Vec<(EntrySubject, AuditKey)>,
    pub(crate) strangers: Strangers,
    pub(crate) directory: Arc<KeyRelease>,
    pub(crate) certificate_key: CertificateKey,
}

impl std::fmt::Debug for Keystore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keystore")
    }
}

impl Keystore {
    /// Opens the keystore on a database whose keys were made, and ends what the ledger says is over. It makes no key.
    ///
    /// # Errors
    /// [`OpenError::MissingKeys`] and [`OpenError::DamagedKey`], which name the key; [`OpenError::Check`] where what is over
    /// cannot be ended.
    pub async fn open(parts: KeystoreParts) -> Result<Self, OpenError> {
        let keystore = Self::open_to_read(parts).await?;
        keystore.end_what_is_over().await.map_err(|error| OpenError::Check(Box::new(error)))?;
        Ok(keystore)
    }

    /// Opens it and writes nothing.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn open_to_read(parts: KeystoreParts) -> Result<Self, OpenError> {
        let KeystoreParts { database, master, policies, ledger, audit_general, clock, random, .. } = parts;
        let missing = inventory::take(&database).await?.missing();
        if !missing.is_empty() {
            return Err(OpenError::MissingKeys(missing.join(", ")));
        }
        let ring = Ring::open(&database, &master).await?;
        let kept = directory_keys::kept(&database).await?.ok_or(StoreError::Malformed)?;
        let directory = Arc::new(KeyRelease {
            patient: ring.directory_key(&kept)?,
            audit: master.general_audit_key(Service::Vault(Compartment::Directory)),
        });
        let stored = Stored { master: master_keys::kept(&database).await?, directory: Some(kept) };
        let strangers = {
            let (key, random) = (audit_general.clone(), Arc::clone(&random));
            Strangers::new(StrangersParts {
                ledger: Arc::clone(&ledger),
                seal: Box::new(move |entry| {
                    entry.seal(&key, EntrySubject::Nobody(Service::Keystore), random.as_ref())
                }),
                clock: Arc::clone(&clock),
            })
        };
        let keystore = Self {
            tokens: Tokens::new(parts.accounts, &parts.issuer, &parts.audience),
            judge: Judge::new(policies, Arc::clone(&clock)),
            numbers: Numbers::of(&master),
            released: Released::new(),
            past: Past::default(),
            stored,
            permit_key: master.permit_key(),
            patient_key: master.patient_row_key(),
            grant_key: master.grant_key(),
            certificate_key: master.certificate_key(),
            database,
            ledger,
            clock,
            random,
            ring,
            audit_of_services: Service::ALL
                .map(|service| (EntrySubject::Nobody(service), master.general_audit_key(service)))
                .to_vec(),
            strangers,
            audit_general,
            directory,
        };
        let (ledger, key) = (keystore.ledger.as_ref(), &keystore.audit_general);
        keystore.past.follow(ledger, key, keystore.clock.now()).await?;
        Ok(keystore)
    }

    /// What records refusals of strangers: at the end, what it counted is to be recorded.
    #[must_use]
    pub const fn strangers(&self) -> &Strangers {
        &self.strangers
    }
}

impl Keystore {
    /// What rows are believed by.
    pub(crate) const fn row_keys(&self) -> RowKeys<'_> {
        RowKeys { patients: &self.patient_key, grants: &self.grant_key }
    }
}

#[async_trait]
impl Contract for Keystore {
    async fn permit(&self, request: &PermitRequest) -> Result<Arc<Permit>, PermitError> {
        issue_permit::issue(self, request).await
    }

    async fn permits(
        &self,
        request: &PermitRequest,
        subjects: &[Subject],
    ) -> Result<Vec<Option<Arc<Permit>>>, PermitError> {
        issue_permits::issue(self, request, subjects).await
    }

    async fn patients_of(&self, request: &PermitRequest) -> Result<Vec<Subject>, PermitError> {
        list_patients::list(self, request).await
    }

    async fn release(&self, permit: &Slice) -> Result<Arc<KeyRelease>, ReleaseError> {
        self.heard(permit, release_keys::release(self, permit).await).await
    }

    async fn holds(&self, permit: &Slice) -> Result<(), ReleaseError> {
        let checked = release_keys::check(self, permit).map(drop);
        self.heard(permit, checked.map_err(ReleaseError::from)).await
    }

    #[tracing::instrument(name = "enrol", level = "debug", skip_all)]
    async fn enrol(&self, request: &PermitRequest, saga: SagaId) -> Result<Arc<Permit>, PermitError> {
        enrol_patient::enrol(self, request, saga).await
    }

    async fn confirm(&self, saga: SagaId) -> Result<(), PermitError> {
        confirm_enrolment::confirm(self, saga).await
    }

    async fn abandon(&self, saga: SagaId) -> Result<(), PermitError> {
        abandon_enrolment::abandon(self, saga).await
    }

    async fn erase(&self, permit: &Permit) -> Result<ErasureCertificate, ReleaseError> {
        self.heard(permit, erase_patient::erase(self, permit).await).await
    }

    async fn grant(&self, permit: &Permit, grant: Grant) -> Result<(), ReleaseError> {
        self.heard(permit, give_grant::give(self, permit, grant).await).await
    }

    async fn account_of(&self, permit: &Permit) -> Result<Pseudonym<realms::Account>, ReleaseError> {
        self.heard(permit, find_account::find(self, permit)).await
    }

    async fn audit_key(
        &self,
        permit: &Permit,
        subject: Option<Pseudonym<realms::Ledger>>,
    ) -> Result<AuditKeys, ReleaseError> {
        self.heard(permit, give_audit_key::give(self, permit, subject).await).await
    }
}
