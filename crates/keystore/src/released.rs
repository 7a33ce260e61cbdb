//! Unwrapped patient keys, in memory, for seconds.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use jiff::{SignedDuration, Timestamp};
use quick_cache::sync::Cache;
use tacenda_contracts::keystore::KeyRelease;
use tacenda_kernel::{Compartment, Pseudonym, realms};

/// How long an unwrapped key is kept. Another instance's erasure is noticed after this at the latest.
const KEPT: SignedDuration = SignedDuration::from_secs(5);

/// Keys kept at the same time.
const MOST: usize = 10_000;

type Holder = (Pseudonym<realms::Root>, Compartment);

/// The keys in memory.
pub(crate) struct Released {
    keys: Cache<Holder, (Timestamp, Arc<KeyRelease>)>,
    erasures: AtomicU64,
}

/// The count of erasures before a key was read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket(u64);

impl Released {
    pub(crate) fn new() -> Self {
        Self { keys: Cache::new(MOST), erasures: AtomicU64::new(0) }
    }

    /// The keys, if they were unwrapped a moment ago.
    pub(crate) fn get(
        &self,
        patient: Pseudonym<realms::Root>,
        compartment: Compartment,
        now: Timestamp,
    ) -> Option<Arc<KeyRelease>> {
        let (since, release) = self.keys.get(&(patient, compartment))?;
        (now.duration_since(since) < KEPT).then_some(release)
    }

    /// To be taken before keys are read.
    pub(crate) fn ticket(&self) -> Ticket {
        Ticket(self.erasures.load(Ordering::SeqCst))
    }

    /// Keeps keys, unless somebody was erased since they were read: they may be the ones destroyed.
    pub(crate) fn keep(
        &self,
        ticket: Ticket,
        patient: Pseudonym<realms::Root>,
        compartment: Compartment,
        now: Timestamp,
        release: &Arc<KeyRelease>,
    ) {
        self.keys.insert((patient, compartment), (now, Arc::clone(release)));
        if self.erasures.load(Ordering::SeqCst) != ticket.0 {
            self.keys.remove(&(patient, compartment));
        }
    }

    /// Drops a patient's keys, after they were destroyed.
    pub(crate) fn drop_patient(&self, patient: Pseudonym<realms::Root>) {
        self.erasures.fetch_add(1, Ordering::SeqCst);
        for compartment in Compartment::OF_A_PATIENT {
            self.keys.remove(&(patient, compartment));
        }
    }
}

#[cfg(test)]
mod tests {
    use tacenda_crypto::{AuditKey, PatientKey};
    use tacenda_testkit::SeededRandom;

    use super::*;

    const PATIENT: Pseudonym<realms::Root> = Pseudonym::from_bytes([1; 16]);
    const AT: Timestamp = Timestamp::UNIX_EPOCH;

    fn release() -> Arc<KeyRelease> {
        let random = SeededRandom::new(1);
        Arc::new(KeyRelease { patient: PatientKey::make(&random), audit: AuditKey::make(&random) })
    }

    #[test]
    fn keys_are_kept_for_seconds() {
        let released = Released::new();
        released.keep(released.ticket(), PATIENT, Compartment::Contact, AT, &release());
        assert!(released.get(PATIENT, Compartment::Contact, AT).is_some());
        assert!(released.get(PATIENT, Compartment::Identity, AT).is_none());
        assert!(released.get(PATIENT, Compartment::Contact, AT + KEPT).is_none());
    }

    #[test]
    fn a_key_read_before_an_erasure_is_not_kept_after_it() {
        let released = Released::new();
        let ticket = released.ticket();
        released.drop_patient(PATIENT);
        released.keep(ticket, PATIENT, Compartment::Contact, AT, &release());
        assert!(released.get(PATIENT, Compartment::Contact, AT).is_none());
    }
}
