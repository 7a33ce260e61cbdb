//! What the ledger says of patients and grants, read once.

use std::collections::HashMap;

use tacenda_contracts::{
    entry::{Entry, Fact, Outcome},
    ledger::{About, Ledger},
};
use tacenda_crypto::AuditKey;
use tacenda_kernel::{Pseudonym, Service, realms};
use uuid::Uuid;

use super::{Finding, VerifyError};

/// Entries that are read at a time.
const PAGE: u32 = 1_000;

/// What is recorded of one patient.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OfPatient {
    pub(super) registered: bool,
    /// Whether that was in the ledger before any row was read.
    pub(super) early: bool,
    /// Whether there is a row.
    pub(super) seen: bool,
    pub(super) abandoned: bool,
    pub(super) erased: bool,
}

/// What is recorded of one grant.
#[derive(Clone, Copy, Debug)]
pub(super) struct OfGrant {
    pub(super) patient: [u8; 16],
    pub(super) given: bool,
    pub(super) ended: bool,
    /// Whether it was given before any row was read.
    pub(super) early: bool,
    /// Whether there is a row.
    pub(super) seen: bool,
}

/// Everything that the keystore's entries say.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    pub(super) patients: HashMap<[u8; 16], OfPatient>,
    pub(super) grants: HashMap<Uuid, OfGrant>,
    /// The first place that was not read.
    upto: u64,
    late: bool,
}

impl Recorded {
    /// Reads what the ledger has from the place on that was not read before.
    pub(super) async fn read_on(
        &mut self,
        ledger: &dyn Ledger,
        key: &AuditKey,
        findings: &mut Vec<Finding>,
    ) -> Result<(), VerifyError> {
        let (from, mut before, mut upto) = (self.upto, None, self.upto);
        self.late = from > 0;
        loop {
            let about = About::Service(Service::Keystore);
            let page = ledger.entries_about(about, before, PAGE).await.map_err(VerifyError::Ledger)?;
            let mut reached = None;
            for stored in page {
                let position =
                    stored.as_ref().map_or_else(|damaged| damaged.position, |stored| stored.position);
                reached = Some(position);
                upto = upto.max(position + 1);
                if position < from {
                    continue;
                }
                match stored.ok().and_then(|stored| stored.entry.open(key).ok()) {
                    Some(entry) => self.take(&entry),
                    None => findings.push(Finding::EntryDamaged(position)),
                }
            }
            match reached {
                Some(reached) if reached > from => before = Some(reached),
                _ => break,
            }
        }
        self.upto = upto;
        Ok(())
    }

    pub(super) fn of_patient(&self, patient: Pseudonym<realms::Ledger>) -> OfPatient {
        self.patients.get(&patient.to_bytes()).copied().unwrap_or_default()
    }

    fn take(&mut self, entry: &Entry) {
        for fact in &entry.facts {
            match fact {
                Fact::Registered(patient) => {
                    let early = !self.late;
                    let known = self.patient(*patient);
                    (known.registered, known.early) = (true, known.early || early);
                }
                Fact::RegistrationAbandoned(patient) => self.patient(*patient).abandoned = true,
                Fact::Erased(patient) if entry.outcome == Outcome::Allowed => {
                    self.patient(*patient).erased = true;
                }
                Fact::GrantGiven { grant, patient, .. } => {
                    let early = !self.late;
                    let known = self.grant(*grant, *patient);
                    (known.given, known.early) = (true, known.early || early);
                }
                Fact::GrantEnded { grant, patient, .. } => self.grant(*grant, *patient).ended = true,
                _ => {}
            }
        }
    }

    fn patient(&mut self, patient: Pseudonym<realms::Ledger>) -> &mut OfPatient {
        self.patients.entry(patient.to_bytes()).or_default()
    }

    fn grant(&mut self, grant: Uuid, patient: Pseudonym<realms::Ledger>) -> &mut OfGrant {
        let new =
            OfGrant { patient: patient.to_bytes(), given: false, ended: false, early: false, seen: false };
        self.grants.entry(grant).or_insert(new)
    }
}
