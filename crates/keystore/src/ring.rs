//! The compartment keys in memory, and what is wrapped under them.
//!
//! ```text
//!   master ─ derives ─▶ wrapping key ─ wraps ─▶ compartment key (one per vault, one for the ledger)
//!                         └ wraps ─▶ a patient's key for that vault, a patient's audit key, the directory's key
//! ```

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use tacenda_crypto::{
    AuditKey, CompartmentKey, Domain, KeyGeneration, MasterKey, PatientKey, UnwrapError, WrappingKey, sha256,
};
use tacenda_kernel::{Compartment, Pseudonym, Random, realms};
use tacenda_postgres::Database;

use crate::{
    error::StoreError,
    slot::KeySlot,
    store::{compartment_keys, patient_keys::WrappedKey},
};

/// The version a compartment key is made with.
const FIRST: i32 = 1;

/// Stands where a patient's number stands in the context of the directory's key. The context also has the slot, and
/// no patient has a key in the directory's, so no patient's key can be mistaken for it.
const NOBODY: Pseudonym<realms::Root> = Pseudonym::from_bytes([0; 16]);

/// Every version of every compartment key.
pub(crate) struct Ring {
    under: WrappingKey,
    keys: RwLock<Arc<Keys>>,
}

/// What was read at one time.
pub(crate) struct Keys {
    unwrapped: HashMap<(KeySlot, i32), CompartmentKey>,
    newest: HashMap<KeySlot, i32>,
    /// The rows, as they were.
    pub(crate) stored: Vec<WrappedKey>,
}

/// The keys of a new installation, wrapped.
pub(crate) struct NewKeys {
    pub(crate) compartments: Vec<WrappedKey>,
    pub(crate) directory: WrappedKey,
}

/// The keys of a new patient.
pub(crate) struct NewPatientKeys {
    /// All of them, wrapped.
    pub(crate) wrapped: Vec<WrappedKey>,
    /// SHA-256 of each wrapped compartment key under which they are: it must still be stored.
    pub(crate) under: Vec<Vec<u8>>,
    /// The audit key, to use at once.
    pub(crate) audit: AuditKey,
}

/// Makes every compartment key and the directory's key.
pub(crate) fn make(master: &MasterKey, random: &dyn Random) -> Result<NewKeys, StoreError> {
    let under = master.wrapping_key(Domain::Keystore);
    let compartments: Vec<_> =
        KeySlot::ALL.into_iter().map(|slot| new_compartment_key(slot, &under, random)).collect();
    let keys = Keys::unwrap(compartments.clone(), &under)?;
    let directory = keys.wrap_patient_key(NOBODY, KeySlot::Vault(Compartment::Directory), random)?;
    Ok(NewKeys { compartments, directory })
}

impl Ring {
    /// Unwraps the compartment keys.
    pub(crate) async fn open(database: &Database, master: &MasterKey) -> Result<Self, StoreError> {
        let under = master.wrapping_key(Domain::Keystore);
        let keys = Keys::unwrap(compartment_keys::all(database).await?, &under)?;
        Ok(Self { under, keys: RwLock::new(Arc::new(keys)) })
    }

    /// Reads the compartment keys again: another instance may have made a version.
    pub(crate) async fn reload(&self, database: &Database) -> Result<(), StoreError> {
        let keys = Keys::unwrap(compartment_keys::all(database).await?, &self.under)?;
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
        Ok(())
    }

    /// The keys now in memory.
    pub(crate) fn keys(&self) -> Arc<Keys> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// A patient's key in the vault that it was wrapped for.
    pub(crate) async fn patient_key(
        &self,
        database: &Database,
        patient: Pseudonym<realms::Root>,
        key: &WrappedKey,
    ) -> Result<PatientKey, StoreError> {
        let context = patient_context(patient, key.slot, key.version, key.generation);
        Ok(self.version(database, key).await?.unwrap_patient_key(&context, &key.wrapped)?)
    }

    /// A patient's audit key.
    pub(crate) async fn audit_key(
        &self,
        database: &Database,
        patient: Pseudonym<realms::Root>,
        key: &WrappedKey,
    ) -> Result<AuditKey, StoreError> {
        let context = patient_context(patient, key.slot, key.version, key.generation);
        Ok(self.version(database, key).await?.unwrap_audit_key(&context, &key.wrapped)?)
    }

    /// The directory's key.
    pub(crate) fn directory_key(&self, kept: &WrappedKey) -> Result<PatientKey, StoreError> {
        self.keys().patient_key(NOBODY, kept).map_err(|_| damaged("the directory's own key"))
    }

    /// The compartment key, of a version that is perhaps new.
    async fn version(&self, database: &Database, key: &WrappedKey) -> Result<CompartmentKey, StoreError> {
        if let Some(known) = self.keys().version(key) {
            return Ok(known.clone());
        }
        self.reload(database).await?;
        self.keys().version(key).cloned().ok_or(StoreError::DamagedKey)
    }
}

impl Keys {
    fn unwrap(stored: Vec<WrappedKey>, under: &WrappingKey) -> Result<Self, StoreError> {
        let mut keys = Self { unwrapped: HashMap::new(), newest: HashMap::new(), stored: Vec::new() };
        for key in &stored {
            let unwrapped =
                under.unwrap_compartment_key(&compartment_context(key.slot, key.version), &key.wrapped);
            let named = |_| damaged(&format!("the compartment key of {} {}", key.slot.as_str(), key.version));
            keys.unwrapped.insert((key.slot, key.version), unwrapped.map_err(named)?);
            keys.newest.insert(key.slot, key.version);
        }
        keys.stored = stored;
        Ok(keys)
    }

    /// New keys for a new patient.
    pub(crate) fn make_patient_keys(
        &self,
        patient: Pseudonym<realms::Root>,
        random: &dyn Random,
    ) -> Result<NewPatientKeys, StoreError> {
        let audit = AuditKey::make(random);
        let mut wrapped = Vec::with_capacity(KeySlot::OF_A_PATIENT.len());
        for slot in Compartment::OF_A_PATIENT.map(KeySlot::Vault) {
            wrapped.push(self.wrap_patient_key(patient, slot, random)?);
        }
        let (under, version) = self.newest(KeySlot::Ledger)?;
        let generation = KeyGeneration::FIRST;
        let context = patient_context(patient, KeySlot::Ledger, version, generation);
        let sealed = under.wrap_audit_key(&audit, &context, random);
        wrapped.push(WrappedKey { slot: KeySlot::Ledger, version, generation, wrapped: sealed });
        let digest = |key: &WrappedKey| self.digest(key.slot, key.version).ok_or(StoreError::DamagedKey);
        let under = wrapped.iter().map(digest).collect::<Result<_, _>>()?;
        Ok(NewPatientKeys { wrapped, under, audit })
    }

    /// A patient's key, under a version that is known.
    pub(crate) fn patient_key(
        &self,
        patient: Pseudonym<realms::Root>,
        key: &WrappedKey,
    ) -> Result<PatientKey, StoreError> {
        let context = patient_context(patient, key.slot, key.version, key.generation);
        let under = self.version(key).ok_or(StoreError::DamagedKey)?;
        Ok(under.unwrap_patient_key(&context, &key.wrapped)?)
    }

    /// Whether a patient's key opens, for a vault or for the ledger.
    pub(crate) fn opens(&self, patient: Pseudonym<realms::Root>, key: &WrappedKey) -> bool {
        let context = patient_context(patient, key.slot, key.version, key.generation);
        self.version(key).is_some_and(|under| match key.slot {
            KeySlot::Ledger => under.unwrap_audit_key(&context, &key.wrapped).is_ok(),
            KeySlot::Vault(_) => under.unwrap_patient_key(&context, &key.wrapped).is_ok(),
        })
    }

    fn wrap_patient_key(
        &self,
        patient: Pseudonym<realms::Root>,
        slot: KeySlot,
        random: &dyn Random,
    ) -> Result<WrappedKey, StoreError> {
        let (under, version) = self.newest(slot)?;
        let generation = KeyGeneration::FIRST;
        let context = patient_context(patient, slot, version, generation);
        let wrapped = under.wrap_patient_key(&PatientKey::make(random), &context, random);
        Ok(WrappedKey { slot, version, generation, wrapped })
    }

    fn digest(&self, slot: KeySlot, version: i32) -> Option<Vec<u8>> {
        let stored = self.stored.iter().find(|key| key.slot == slot && key.version == version)?;
        Some(sha256(&stored.wrapped).to_vec())
    }

    fn version(&self, key: &WrappedKey) -> Option<&CompartmentKey> {
        self.unwrapped.get(&(key.slot, key.version))
    }

    fn newest(&self, slot: KeySlot) -> Result<(&CompartmentKey, i32), StoreError> {
        let version = *self.newest.get(&slot).ok_or(StoreError::DamagedKey)?;
        Ok((self.unwrapped.get(&(slot, version)).ok_or(StoreError::DamagedKey)?, version))
    }
}

impl From<UnwrapError> for StoreError {
    fn from(_: UnwrapError) -> Self {
        Self::DamagedKey
    }
}

fn damaged(name: &str) -> StoreError {
    StoreError::DamagedKeyOf(name.to_owned())
}

fn new_compartment_key(slot: KeySlot, under: &WrappingKey, random: &dyn Random) -> WrappedKey {
    let key = CompartmentKey::make(random);
    let wrapped = under.wrap_compartment_key(&key, &compartment_context(slot, FIRST), random);
    WrappedKey { slot, version: FIRST, generation: KeyGeneration::FIRST, wrapped }
}

/// The version has a fixed length, so no two contexts are the same bytes.
fn compartment_context(slot: KeySlot, version: i32) -> Vec<u8> {
    [version.to_be_bytes().as_slice(), slot.as_str().as_bytes()].concat()
}

/// Patient, version and generation have fixed lengths, so no two contexts are the same bytes.
fn patient_context(
    patient: Pseudonym<realms::Root>,
    slot: KeySlot,
    version: i32,
    generation: KeyGeneration,
) -> Vec<u8> {
    let generation = generation.number().to_be_bytes();
    [patient.to_bytes().as_slice(), &version.to_be_bytes(), &generation, slot.as_str().as_bytes()].concat()
}
