//! Verifying the keystore: every patient, key and grant against its own seal and against what the ledger says.
//!
//! It only reads. Rows and entries that are under way while it looks can be found missing: who asks looks again a moment
//! later.

mod finding;
mod grants;
mod patients;
mod recorded;

use jiff::Timestamp;
use tacenda_contracts::ledger::{Ledger, LedgerError};
use tacenda_crypto::MasterKey;
use tacenda_kernel::Service;
use tacenda_postgres::Database;

pub use finding::{Finding, Named};

use crate::{
    error::StoreError,
    inventory,
    numbers::Numbers,
    ring::{Keys, Ring},
    store::directory_keys,
};
use recorded::Recorded;

/// Findings that are kept; the others are counted.
const MOST: usize = 1_000;

/// What is verified.
#[derive(Clone, Copy)]
pub struct VerifyParts<'a> {
    /// The keystore's database, as its runtime role.
    pub database: &'a Database,
    /// The master secret.
    pub master: &'a MasterKey,
    /// The ledger.
    pub ledger: &'a dyn Ledger,
    /// The time.
    pub now: Timestamp,
}

/// What was looked at, and what does not hold.
#[derive(Debug, Default)]
pub struct Report {
    /// Patients that are there.
    pub patients: u64,
    /// Patients that were erased.
    pub erased: u64,
    /// Grants, those that ended included.
    pub grants: u64,
    /// What does not hold.
    pub findings: Vec<Finding>,
    /// Findings beyond those.
    pub omitted: u64,
}

impl Report {
    /// Whether everything holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Nothing is known.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The ledger does not answer.
    #[error("the ledger does not say what the keystore recorded")]
    Ledger(#[source] LedgerError),
    /// The database does not answer.
    #[error("the keystore's database does not answer")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<StoreError> for VerifyError {
    fn from(error: StoreError) -> Self {
        Self::Store(Box::new(error))
    }
}

/// Compares everything with everything.
///
/// # Errors
/// [`VerifyError`], where nothing is known.
pub async fn verify(parts: VerifyParts<'_>) -> Result<Report, VerifyError> {
    let mut report = Report::default();
    let mut findings = Vec::new();
    let audit = parts.master.general_audit_key(Service::Keystore);
    let mut recorded = Recorded::default();
    recorded.read_on(parts.ledger, &audit, &mut findings).await?;
    if let Some(ring) = keys(parts, &mut findings).await? {
        let keys = ring.keys();
        let mut look = Look {
            parts,
            keys: &keys,
            numbers: Numbers::of(parts.master),
            report: &mut report,
            findings: &mut findings,
        };
        let patients = patients::walk(&mut look, &mut recorded).await?;
        let grants = grants::walk(&mut look, &mut recorded).await?;
        // What came while the rows were read explains rows that were not there before.
        recorded.read_on(parts.ledger, &audit, &mut findings).await?;
        patients::compare(&patients, &recorded, &mut findings);
        grants::compare(&grants, &recorded, &mut findings);
    }
    report.omitted = findings.len().saturating_sub(MOST) as u64;
    findings.truncate(MOST);
    report.findings = findings;
    Ok(report)
}

/// One look at everything.
struct Look<'a> {
    parts: VerifyParts<'a>,
    keys: &'a Keys,
    numbers: Numbers,
    report: &'a mut Report,
    findings: &'a mut Vec<Finding>,
}

/// The keys that are made once; none where they cannot be used.
async fn keys(parts: VerifyParts<'_>, findings: &mut Vec<Finding>) -> Result<Option<Ring>, VerifyError> {
    let missing = inventory::take(parts.database).await?.missing();
    if !missing.is_empty() {
        findings.push(Finding::KeysMissing(missing.join(", ")));
        return Ok(None);
    }
    let ring = match Ring::open(parts.database, parts.master).await {
        Ok(ring) => ring,
        Err(StoreError::DamagedKeyOf(name)) => {
            findings.push(Finding::KeyDamaged(name));
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let directory = match directory_keys::kept(parts.database).await {
        Ok(kept) => kept,
        Err(StoreError::DamagedKeyOf(_)) => None,
        Err(error) => return Err(error.into()),
    };
    if directory.is_none_or(|kept| ring.directory_key(&kept).is_err()) {
        findings.push(Finding::KeyDamaged("the directory's own key".to_owned()));
    }
    Ok(Some(ring))
}
