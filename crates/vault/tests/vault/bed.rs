//! One vault, and the permits that it is handed.

use std::sync::Arc;

use async_trait::async_trait;
use tacenda_contracts::{
    keystore::KeystoreDoor,
    permit::{Elements, Opening, Permit, PermitClaims, PermitSubject},
    wire::{Peer, Refusals},
};
use tacenda_crypto::{AuditKey, MasterKey};
use tacenda_kernel::{
    Action, Actor, ActorId, ApiRealm, AuthStrength, Clock as _, Compartment, Kinds, Pseudonym, Purpose,
    Random, Role, Secret, TraceId,
};
use tacenda_postgres::{Cluster, Database, DatabaseOptions, DatabaseSpec};
use tacenda_testkit::{FakeKeystore, FakeLedger, MockClock, SeededRandom};
use tacenda_vault::{Vault, VaultParts};
use uuid::Uuid;

/// The compartment of every bed's vault.
pub(crate) const OWN: Compartment = Compartment::Clinical;

/// Where the keystore records what it refuses is no matter of the vault's.
struct NotRecorded;

#[async_trait]
impl Refusals for NotRecorded {
    async fn refused(&self, _: Peer, _: &'static str, _: &'static str) {}
}

pub(crate) struct Bed {
    pub(crate) database: Arc<Database>,
    pub(crate) clock: MockClock,
    random: Arc<SeededRandom>,
    keys: MasterKey,
    _cluster: Arc<Cluster>,
}

/// A vault that was just started, and what it stands on.
pub(crate) struct Fresh {
    pub(crate) vault: Vault,
    pub(crate) keystore: Arc<FakeKeystore>,
    pub(crate) ledger: Arc<FakeLedger>,
}

impl Bed {
    pub(crate) async fn make(prefix: &str) -> Self {
        let cluster = Cluster::shared_temporary().await.unwrap();
        let spec = DatabaseSpec {
            name: "vault_clinical".to_owned(),
            migrations: tacenda_vault::migrations,
            grants: tacenda_vault::GRANTS,
        };
        let endpoints = cluster.provision(prefix, &[spec]).await.unwrap();
        let options = DatabaseOptions::named("vault_clinical");
        let database = Arc::new(Database::open(&endpoints[0].runtime, &options).await.unwrap());
        let keys = MasterKey::from_bytes(&Secret::new([7; 32]));
        let random = Arc::new(SeededRandom::new(11));
        Self {
            database,
            clock: MockClock::at("2026-12-01T10:00:00Z".parse().unwrap()),
            random,
            keys,
            _cluster: cluster,
        }
    }

    /// A vault that remembers no permit, over a ledger without entries.
    pub(crate) fn vault(&self) -> Fresh {
        let keystore = Arc::new(FakeKeystore::new(1, &self.clock, self.random.as_ref()));
        let ledger = Arc::<FakeLedger>::default();
        let vault = Vault::new(VaultParts {
            compartment: OWN,
            database: Arc::clone(&self.database),
            keystore: Arc::new(KeystoreDoor::new(
                Arc::clone(&keystore) as _,
                Peer::vault(OWN),
                Arc::new(NotRecorded),
            )),
            ledger: Arc::clone(&ledger) as _,
            index_key: self.keys.index_key(OWN),
            link_key: self.keys.link_key(OWN),
            reindex_key: self.keys.reindex_key(OWN),
            general_audit: self.general_audit(),
            clock: Arc::new(self.clock.clone()),
            random: Arc::clone(&self.random) as _,
        });
        Fresh { vault, keystore, ledger }
    }

    pub(crate) fn general_audit(&self) -> AuditKey {
        self.keys.general_audit_key(tacenda_kernel::Service::Vault(OWN))
    }

    /// What a permit for this says, that opens this vault and the one of contacts.
    pub(crate) fn claims(&self, action: Action) -> PermitClaims {
        let now = self.clock.now();
        let opening =
            |compartment, number| Opening { compartment, patient: [number; 16], elements: Elements::All };
        let mut id = [0; 16];
        self.random.fill(&mut id);
        PermitClaims {
            id,
            actor: Actor {
                id: ActorId(Uuid::from_u128(1)),
                role: Role::Clinician,
                strength: AuthStrength::Multi,
                patient: None,
                narrowing: None,
                delegation: None,
                token_id: Uuid::from_u128(2),
                proven_at: None,
                expires_at: now + jiff::SignedDuration::from_mins(5),
            },
            action,
            purpose: Purpose::Treatment,
            realm: ApiRealm::Care,
            subject: Some(PermitSubject { ledger: Pseudonym::from_bytes([9; 16]), public: [8; 16] }),
            openings: vec![opening(OWN, 3), opening(Compartment::Contact, 4)],
            kinds: Kinds::All,
            issued_at: now,
            expires_at: now + jiff::SignedDuration::from_secs(60),
            policies: Vec::new(),
            relations: Vec::new(),
            context: TraceId([5; 16]).into(),
        }
    }
}

/// The permit of a keystore, for this.
pub(crate) fn permit(bed: &Bed, keystore: &FakeKeystore, action: Action) -> Permit {
    keystore.issue(bed.claims(action))
}
