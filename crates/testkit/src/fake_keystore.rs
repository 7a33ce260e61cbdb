//! A keystore that decides nothing: what a test issues is a permit, and there is one key for everybody's rows.

use std::sync::Arc;

use async_trait::async_trait;
use tacenda_contracts::{
    keystore::{
        AuditKeys, ErasureCertificate, Grant, KeyRelease, Keystore, PermitError, PermitRequest, ReleaseError,
        SagaId, Subject,
    },
    permit::{Permit, PermitClaims, Slice},
};
use tacenda_crypto::{AuditKey, MacKey, MasterKey, PatientKey};
use tacenda_kernel::{Action, Clock as _, Pseudonym, Random, Secret, realms};

use crate::MockClock;

/// Issues what it is told to, and verifies as the real one does.
pub struct FakeKeystore {
    permit_key: MacKey,
    keys: Arc<KeyRelease>,
    clock: MockClock,
}

impl FakeKeystore {
    /// One with a permit key made of `seed`.
    #[must_use]
    pub fn new(seed: u8, clock: &MockClock, random: &dyn Random) -> Self {
        let keys = KeyRelease { patient: PatientKey::make(random), audit: AuditKey::make(random) };
        let permit_key = MasterKey::from_bytes(&Secret::new([seed; 32])).permit_key();
        Self { permit_key, keys: Arc::new(keys), clock: clock.clone() }
    }

    /// A permit that says this.
    #[must_use]
    pub fn issue(&self, claims: PermitClaims) -> Permit {
        Permit::issue(claims, &self.permit_key)
    }
}

#[async_trait]
impl Keystore for FakeKeystore {
    async fn permit(&self, _: &PermitRequest) -> Result<Arc<Permit>, PermitError> {
        Err(PermitError::Unavailable)
    }

    async fn permits(
        &self,
        _: &PermitRequest,
        _: &[Subject],
    ) -> Result<Vec<Option<Arc<Permit>>>, PermitError> {
        Err(PermitError::Unavailable)
    }

    async fn patients_of(&self, _: &PermitRequest) -> Result<Vec<Subject>, PermitError> {
        Err(PermitError::Unavailable)
    }

    async fn release(&self, permit: &Slice) -> Result<Arc<KeyRelease>, ReleaseError> {
        let claims = permit.verify(&self.permit_key, self.clock.now())?;
        if claims.action == Action::Lookup {
            return Err(ReleaseError::OtherCompartment);
        }
        Ok(Arc::clone(&self.keys))
    }

    async fn holds(&self, permit: &Slice) -> Result<(), ReleaseError> {
        Ok(permit.verify(&self.permit_key, self.clock.now()).map(drop)?)
    }

    async fn enrol(&self, _: &PermitRequest, _: SagaId) -> Result<Arc<Permit>, PermitError> {
        Err(PermitError::Unavailable)
    }

    async fn confirm(&self, _: SagaId) -> Result<(), PermitError> {
        Err(PermitError::Unavailable)
    }

    async fn abandon(&self, _: SagaId) -> Result<(), PermitError> {
        Err(PermitError::Unavailable)
    }

    async fn erase(&self, _: &Permit) -> Result<ErasureCertificate, ReleaseError> {
        Err(ReleaseError::Unavailable)
    }

    async fn grant(&self, _: &Permit, _: Grant) -> Result<(), ReleaseError> {
        Err(ReleaseError::Unavailable)
    }

    async fn account_of(&self, _: &Permit) -> Result<Pseudonym<realms::Account>, ReleaseError> {
        Err(ReleaseError::Unavailable)
    }

    async fn audit_key(
        &self,
        _: &Permit,
        _: Option<Pseudonym<realms::Ledger>>,
    ) -> Result<AuditKeys, ReleaseError> {
        Err(ReleaseError::Unavailable)
    }
}
