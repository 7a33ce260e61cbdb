//! The compartment keys in memory, and what is wrapped under them.
//!
//! ```text
//!   root ─ wraps ─▶ compartment key (one per vault, one for the ledger)
//!                     └ wraps ─▶ a patient's key for that vault, a patient's audit key, the directory's key
//! ```

use std::collections::HashMap;

use jiff::Timestamp;
use tacenda_crypto::{
    AuditKey, CompartmentKey, Domain, MasterKey, PatientKey, RootKey, UnwrapError, WrappingKey,
};
use tacenda_kernel::{Compartment, Pseudonym, Random, realms};
use tacenda_postgres::Database;

use crate::{
    error::{OpenError, StoreError},
    slot::KeySlot,
    store::{compartment_keys, directory_keys, patient_keys::WrappedKey, root_checks},
};

/// The version a compartment key is made with.
const FIRST: i32 = 1;

/// Stands where a patient's number stands in the context of the directory's key. The context also has the slot, and
/// no patient has a key in the directory's, so no patient's key can be mistaken for it.
const NOBODY: Pseudonym<realms::Root> = Pseudonym::from_bytes([0; 16]);

/// Every version of every compartment key.
pub(crate) struct Ring {
    keys: HashMap<(KeySlot, i32), CompartmentKey>,
    newest: HashMap<KeySlot, i32>,
}

impl Ring {
    /// Unwraps the compartment keys, after making them in a new database.
    ///
    /// INVARIANT: the root key is compared first, so that a wrong one makes nothing and is refused by name.
    pub(crate) async fn open(
        database: &Database,
        root: &RootKey,
        master: &MasterKey,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<Self, OpenError> {
        let mine = root.check_value();
        if root_checks::first(database, &mine, now).await? != mine {
            return Err(OpenError::WrongRootKey);
        }
        let under = master.wrapping_key(Domain::Keystore);
        for slot in missing(&compartment_keys::all(database).await?) {
            compartment_keys::keep(database, &new_compartment_key(slot, &under, random), now).await?;
        }
        Ok(Self::unwrap(&compartment_keys::all(database).await?, &under)?)
    }

    fn unwrap(wrapped: &[WrappedKey], under: &WrappingKey) -> Result<Self, StoreError> {
        let mut ring = Self { keys: HashMap::new(), newest: HashMap::new() };
        for key in wrapped {
            let context = compartment_context(key.slot, key.version);
            let unwrapped = under.unwrap_compartment_key(&context, &key.wrapped)?;
            ring.keys.insert((key.slot, key.version), unwrapped);
            ring.newest.insert(key.slot, key.version);
        }
        Ok(ring)
    }

    /// A patient's key in the vault that it was wrapped for.
    pub(crate) fn patient_key(
        &self,
        patient: Pseudonym<realms::Root>,
        key: &WrappedKey,
    ) -> Result<PatientKey, StoreError> {
        let context = patient_context(patient, key.slot, key.version);
        Ok(self.version(key)?.unwrap_patient_key(&context, &key.wrapped)?)
    }

    /// A patient's audit key.
    pub(crate) fn audit_key(
        &self,
        patient: Pseudonym<realms::Root>,
        key: &WrappedKey,
    ) -> Result<AuditKey, StoreError> {
        let context = patient_context(patient, key.slot, key.version);
        Ok(self.version(key)?.unwrap_audit_key(&context, &key.wrapped)?)
    }

    /// New keys for a new patient: all of them wrapped, and the audit key to use at once.
    pub(crate) fn make_patient_keys(
        &self,
        patient: Pseudonym<realms::Root>,
        random: &dyn Random,
    ) -> Result<(Vec<WrappedKey>, AuditKey), StoreError> {
        let audit = AuditKey::make(random);
        let mut wrapped = Vec::with_capacity(Compartment::OF_A_PATIENT.len() + 1);
        for slot in Compartment::OF_A_PATIENT.map(KeySlot::Vault) {
            wrapped.push(self.wrap_patient_key(patient, slot, random)?);
        }
        let (under, version) = self.newest(KeySlot::Ledger)?;
        let context = patient_context(patient, KeySlot::Ledger, version);
        let sealed = under.wrap_audit_key(&audit, &context, random);
        wrapped.push(WrappedKey { slot: KeySlot::Ledger, version, wrapped: sealed });
        Ok((wrapped, audit))
    }

    /// The directory's key, made in a new database.
    pub(crate) async fn directory_key(
        &self,
        database: &Database,
        random: &dyn Random,
    ) -> Result<PatientKey, StoreError> {
        let slot = KeySlot::Vault(Compartment::Directory);
        let kept = directory_keys::first(database, || self.wrap_patient_key(NOBODY, slot, random)).await?;
        self.patient_key(NOBODY, &kept)
    }

    fn wrap_patient_key(
        &self,
        patient: Pseudonym<realms::Root>,
        slot: KeySlot,
        random: &dyn Random,
    ) -> Result<WrappedKey, StoreError> {
        let (under, version) = self.newest(slot)?;
        let context = patient_context(patient, slot, version);
        let wrapped = under.wrap_patient_key(&PatientKey::make(random), &context, random);
        Ok(WrappedKey { slot, version, wrapped })
    }

    fn version(&self, key: &WrappedKey) -> Result<&CompartmentKey, StoreError> {
        self.keys.get(&(key.slot, key.version)).ok_or(StoreError::DamagedKey)
    }

    fn newest(&self, slot: KeySlot) -> Result<(&CompartmentKey, i32), StoreError> {
        let version = *self.newest.get(&slot).ok_or(StoreError::DamagedKey)?;
        Ok((self.keys.get(&(slot, version)).ok_or(StoreError::DamagedKey)?, version))
    }
}

impl From<UnwrapError> for StoreError {
    fn from(_: UnwrapError) -> Self {
        Self::DamagedKey
    }
}

fn missing(kept: &[WrappedKey]) -> impl Iterator<Item = KeySlot> {
    KeySlot::ALL.into_iter().filter(|slot| !kept.iter().any(|key| key.slot == *slot))
}

fn new_compartment_key(slot: KeySlot, under: &WrappingKey, random: &dyn Random) -> WrappedKey {
    let key = CompartmentKey::make(random);
    let wrapped = under.wrap_compartment_key(&key, &compartment_context(slot, FIRST), random);
    WrappedKey { slot, version: FIRST, wrapped }
}

/// The version has a fixed length, so no two contexts are the same bytes.
fn compartment_context(slot: KeySlot, version: i32) -> Vec<u8> {
    [version.to_be_bytes().as_slice(), slot.as_str().as_bytes()].concat()
}

fn patient_context(patient: Pseudonym<realms::Root>, slot: KeySlot, version: i32) -> Vec<u8> {
    [patient.to_bytes().as_slice(), &version.to_be_bytes(), slot.as_str().as_bytes()].concat()
}
