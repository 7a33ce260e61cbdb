//! One keystore on its own database, with accounts of every role and patients.

mod accounts;

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use accounts::Issuer;
use jiff::{SignedDuration, Timestamp};
use tacenda_contracts::{
    accounts::BearerToken,
    entry::EntrySubject,
    keystore::{
        ErasureCertificate, Grant, GrantKind, Keystore as _, KeystoreDoor, PermitError, PermitRequest,
        SagaId, Subject,
    },
    permit::{Permit, Slice},
    wire::Peer,
};
use tacenda_crypto::{AuditKey, CompartmentKey, Domain, MasterKey, RootKey};
use tacenda_kernel::{
    Action, Actor, ActorId, Clock, Compartment, CompartmentSet, Pseudonym, Purpose, Role, Secret, Service,
    TraceId, realms,
};
use tacenda_keystore::{
    Keystore, KeystoreParts, OpenError, make_keys, unseal,
    verify::{Finding, VerifyParts, verify},
};
use tacenda_policy::Policies;
use tacenda_postgres::{Cluster, Database, DatabaseOptions, DatabaseSpec, ServiceEndpoints};
use tacenda_testkit::{FakeLedger, MockClock, SeededRandom};
use uuid::Uuid;

static NEXT: AtomicU32 = AtomicU32::new(1);

/// The root key of every bed.
pub(crate) const ROOT: [u8; 32] = [42; 32];

/// The clinician who enrols the patients of [`Bed::patient`].
pub(crate) const ME: u128 = 1;
/// The one who enrols the others.
pub(crate) const SOMEONE_ELSE: u128 = 2;

const KEYS: &str = "select md5(coalesce((select string_agg(encode(wrapped, 'hex'), ',') from master_keys), '') || '/' || \
     coalesce((select string_agg(encode(wrapped, 'hex'), ',' order by compartment) from compartment_keys), '') || '/' || \
     coalesce((select string_agg(encode(wrapped, 'hex'), ',') from directory_keys), ''))";

pub(crate) struct Bed {
    pub(crate) keystore: Arc<Keystore>,
    pub(crate) ledger: Arc<FakeLedger>,
    pub(crate) clock: MockClock,
    pub(crate) audit_general: AuditKey,
    pub(crate) keys: MasterKey,
    pub(crate) database: Arc<Database>,
    pub(crate) endpoints: ServiceEndpoints,
    pub(crate) issuer: Arc<Issuer>,
    // Declared last: the cluster stops after its last user.
    _cluster: Arc<Cluster>,
}

/// A database without keys.
pub(crate) struct Bare {
    pub(crate) database: Arc<Database>,
    pub(crate) clock: MockClock,
    endpoints: ServiceEndpoints,
    // Declared last: the cluster stops after its last user.
    _cluster: Arc<Cluster>,
}

impl Bed {
    /// The keystore as the vault of a compartment may call it.
    pub(crate) fn vault(&self, compartment: Compartment) -> KeystoreDoor {
        let service = Arc::<Keystore>::clone(&self.keystore);
        let refusals = Arc::new(self.keystore.strangers().clone());
        KeystoreDoor::new(service, Peer::vault(compartment), refusals)
    }

    pub(crate) async fn new() -> Self {
        let Bare { database, clock, endpoints, _cluster } = Self::bare().await;
        let (ledger, issuer) = (Arc::default(), Arc::new(Issuer::new()));
        let random = SeededRandom::new(5);
        make_keys(&database, &root_key(ROOT), &clock, &random).await.unwrap();
        let keys = unseal(&database, &root_key(ROOT)).await.unwrap();
        let keystore = Arc::new(open(ROOT, &database, &ledger, &clock, &issuer).await.unwrap());
        let audit_general = keys.general_audit_key(Service::Keystore);
        Self { keystore, ledger, clock, audit_general, keys, database, endpoints, issuer, _cluster }
    }

    /// A database in which no key was made.
    pub(crate) async fn bare() -> Bare {
        let cluster = Cluster::shared_temporary().await.unwrap();
        let spec = DatabaseSpec {
            name: "keystore".to_owned(),
            migrations: tacenda_keystore::migrations,
            grants: tacenda_keystore::GRANTS,
        };
        let prefix = format!("t{}_", NEXT.fetch_add(1, Ordering::SeqCst));
        let endpoints = cluster.provision(&prefix, &[spec]).await.unwrap().remove(0);
        let options = DatabaseOptions::named("keystore test");
        let database = Arc::new(Database::open(&endpoints.runtime, &options).await.unwrap());
        Bare { database, clock: MockClock::default(), endpoints, _cluster: cluster }
    }

    /// Gives the clinical vault a second compartment key, as a rotation will.
    pub(crate) async fn second_version(&self) {
        let random = SeededRandom::new(55);
        let under = self.keys.wrapping_key(Domain::Keystore);
        let context = [2_i32.to_be_bytes().as_slice(), b"clinical"].concat();
        let wrapped = under.wrap_compartment_key(&CompartmentKey::make(&random), &context, &random);
        let insert = "insert into compartment_keys values ('clinical', 2, $1, now())";
        self.endpoints.owner.connect().await.unwrap().execute(insert, &[&wrapped]).await.unwrap();
    }

    /// Another instance on the same database.
    pub(crate) async fn reopen(&self, root: [u8; 32]) -> Result<Keystore, OpenError> {
        open(root, &self.database, &self.ledger, &self.clock, &self.issuer).await
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn account(&self, role: Role, number: u128) -> Actor {
        accounts::account(role, number, self.now())
    }

    pub(crate) fn token(&self, actor: &Actor) -> BearerToken {
        self.issuer.sign(actor, self.now())
    }

    /// What the first account of a role would ask, for the purpose that fits the role.
    pub(crate) fn ask(
        &self,
        role: Role,
        action: Action,
        subject: Subject,
        compartments: CompartmentSet,
    ) -> PermitRequest {
        self.ask_as(&self.account(role, ME), action, subject, compartments)
    }

    pub(crate) fn ask_as(
        &self,
        actor: &Actor,
        action: Action,
        subject: Subject,
        compartments: CompartmentSet,
    ) -> PermitRequest {
        let purpose = accounts::purpose(actor.role);
        let context = TraceId([6; 16]).into();
        PermitRequest { token: self.token(actor), action, purpose, subject, compartments, context }
    }

    pub(crate) async fn enrol(&self, saga: SagaId) -> Result<Arc<Permit>, PermitError> {
        self.enrol_as(ME, saga).await
    }

    /// A patient in the care of the first clinician, by their number in the care realm.
    pub(crate) async fn patient(&self) -> [u8; 16] {
        self.confirmed(ME, Uuid::from_u128(100)).await
    }

    /// A second patient in the care of the first clinician.
    pub(crate) async fn another_patient(&self) -> [u8; 16] {
        self.confirmed(ME, Uuid::from_u128(101)).await
    }

    /// A patient in the care of the first clinician, by a saga of this number.
    pub(crate) async fn numbered(&self, saga: u128) -> [u8; 16] {
        self.confirmed(ME, Uuid::from_u128(saga)).await
    }

    /// A third patient in the care of the first clinician.
    pub(crate) async fn third_patient(&self) -> [u8; 16] {
        self.confirmed(ME, Uuid::from_u128(102)).await
    }

    /// The patient's own number, in hexadecimal.
    pub(crate) fn root_number(&self, patient: [u8; 16]) -> String {
        let root = self.keys.realm_key::<realms::Care>().root(Pseudonym::from_bytes(patient));
        root.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    pub(crate) async fn patient_of_another_clinician(&self) -> [u8; 16] {
        self.confirmed(SOMEONE_ELSE, Uuid::from_u128(200)).await
    }

    /// A permit to change the patient's relations.
    pub(crate) async fn governing(&self, patient: [u8; 16]) -> Arc<Permit> {
        let subject = Subject::Public(patient);
        let ask = self.ask(Role::Clinician, Action::Update, subject, Compartment::Identity.into());
        self.keystore.permit(&ask).await.unwrap()
    }

    pub(crate) async fn erasing(&self, patient: [u8; 16]) -> Arc<Permit> {
        let care = Subject::Public(patient);
        let ask = self.ask(Role::SecurityOfficer, Action::Erase, care, CompartmentSet::default());
        self.keystore.permit(&ask).await.unwrap()
    }

    pub(crate) async fn audit_permit(&self) -> Arc<Permit> {
        let none = CompartmentSet::default();
        let ask = self.ask(Role::SecurityOfficer, Action::Audit, Subject::Nobody, none);
        self.keystore.permit(&ask).await.unwrap()
    }

    pub(crate) async fn audit_key(&self, subject: Pseudonym<realms::Ledger>) -> AuditKey {
        let keys = self.keystore.audit_key(&*self.audit_permit().await, Some(subject)).await.unwrap();
        keys.of(EntrySubject::Patient(subject)).unwrap().clone()
    }

    pub(crate) fn grant(&self, kind: GrantKind, actor: Option<ActorId>, purpose: Purpose) -> Grant {
        Grant { kind, actor, purpose, until: self.now() + SignedDuration::from_hours(1) }
    }

    /// Gives the first account of a role a relation to the patient, for the purpose that fits.
    pub(crate) async fn relate(&self, patient: [u8; 16], kind: GrantKind, role: Role) {
        let actor = (kind != GrantKind::ResearchConsent).then(|| self.account(role, ME).id);
        let grant = self.grant(kind, actor, accounts::purpose(role));
        self.keystore.grant(&*self.governing(patient).await, grant).await.unwrap();
    }

    /// Every key that is made once, as it is stored.
    pub(crate) async fn stored_keys(&self) -> String {
        self.database.lanes().query(KEYS, &[]).await.unwrap()[0].get(0)
    }

    /// Tries to make keys once more.
    pub(crate) async fn make_again(&self) -> Result<(), OpenError> {
        make_keys(&self.database, &root_key(ROOT), &self.clock, &SeededRandom::new(77)).await
    }

    /// What does not hold of the keystore, each by its kind.
    pub(crate) async fn findings(&self) -> Vec<Finding> {
        let parts = VerifyParts {
            database: &self.database,
            master: &self.keys,
            ledger: self.ledger.as_ref(),
            now: self.now(),
        };
        verify(parts).await.unwrap().findings
    }

    /// Ends what [`Bed::relate`] gave.
    pub(crate) async fn end(&self, patient: [u8; 16], kind: GrantKind, role: Role) {
        let actor = (kind != GrantKind::ResearchConsent).then(|| self.account(role, ME).id);
        let grant = Grant { until: self.now(), ..self.grant(kind, actor, accounts::purpose(role)) };
        self.keystore.grant(&*self.governing(patient).await, grant).await.unwrap();
    }

    /// The number under which callers of a role know the patient.
    pub(crate) fn number_for(&self, role: Role, patient: [u8; 16]) -> [u8; 16] {
        let root = &self.keys;
        let number = root.realm_key::<realms::Care>().root(Pseudonym::from_bytes(patient));
        match role.realm() {
            tacenda_kernel::ApiRealm::Care => patient,
            tacenda_kernel::ApiRealm::House => root.realm_key::<realms::House>().pseudonym(number).to_bytes(),
            tacenda_kernel::ApiRealm::Data => root.realm_key::<realms::Data>().pseudonym(number).to_bytes(),
        }
    }

    /// The claims of a certificate that verifies.
    pub(crate) fn certified(&self, certificate: &ErasureCertificate) -> serde_json::Value {
        let verifier = self.keys.certificate_key().verifier();
        verifier.verify(&certificate.0).unwrap()
    }

    /// What somebody does who owns the database and has no key; how many rows it met.
    pub(crate) async fn as_owner(&self, sql: &str) -> u64 {
        let owner = self.endpoints.owner.connect().await.unwrap();
        owner.execute(sql, &[]).await.unwrap()
    }

    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        self.database.lanes().query(sql, &[]).await.unwrap()[0].get(0)
    }

    async fn confirmed(&self, clinician: u128, saga: SagaId) -> [u8; 16] {
        let permit = self.enrol_as(clinician, saga).await.unwrap();
        self.keystore.confirm(saga).await.unwrap();
        permit.claims().subject.as_ref().unwrap().public
    }

    async fn enrol_as(&self, clinician: u128, saga: SagaId) -> Result<Arc<Permit>, PermitError> {
        let actor = self.account(Role::Clinician, clinician);
        let ask = self.ask_as(&actor, Action::Register, Subject::Nobody, CompartmentSet::default());
        self.keystore.enrol(&ask, saga).await
    }
}

pub(crate) fn root_key(bytes: [u8; 32]) -> RootKey {
    RootKey::from_bytes(&Secret::new(bytes))
}

pub(crate) fn master_key(bytes: [u8; 32]) -> MasterKey {
    MasterKey::from_bytes(&Secret::new(bytes))
}

/// What a vault is handed of a permit; of one that does not open it, what a vault that it opens is handed.
pub(crate) fn slice(permit: &Permit, compartment: Compartment) -> Slice {
    let of_any = || Compartment::ALL.into_iter().find_map(|other| permit.slice(other));
    permit.slice(compartment).or_else(of_any).unwrap().as_ref().clone()
}

/// One compartment.
pub(crate) fn clinical() -> CompartmentSet {
    Compartment::Clinical.into()
}

pub(crate) fn everywhere() -> CompartmentSet {
    Compartment::ALL.into_iter().collect()
}

async fn open(
    root: [u8; 32],
    database: &Arc<Database>,
    ledger: &Arc<FakeLedger>,
    clock: &MockClock,
    issuer: &Issuer,
) -> Result<Keystore, OpenError> {
    let master = unseal(database, &root_key(root)).await?;
    Keystore::open(KeystoreParts {
        audit_general: master.general_audit_key(Service::Keystore),
        master,
        database: Arc::clone(database),
        policies: Policies::load().unwrap(),
        accounts: Some(issuer.accounts()),
        issuer: "tests".to_owned(),
        audience: "tacenda".to_owned(),
        ledger: Arc::<FakeLedger>::clone(ledger),
        clock: Arc::new(clock.clone()),
        random: Arc::new(SeededRandom::new(7)),
    })
    .await
}
