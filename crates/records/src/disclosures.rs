//! What vaults disclosed for a request: where its answer shows none of it after all, the ledger is told that, too.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tacenda_contracts::{permit::Permit, vault::Disclosed};
use tacenda_kernel::{Compartment, RecordId, RequestContext, Version};

use crate::{Caller, Records, RecordsError, vault_client::UnderPermit};

/// What was disclosed for one request, or for a part of it.
#[derive(Clone, Default)]
pub struct Disclosures(Arc<Mutex<Vec<Noted>>>);

/// What one vault disclosed at once, and under what.
pub(crate) struct Noted {
    permit: Arc<Permit>,
    compartment: Compartment,
    records: Vec<(RecordId, Version)>,
}

impl fmt::Debug for Disclosures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Disclosures")
    }
}

impl Disclosures {
    pub(crate) fn note(
        &self,
        permit: &Arc<Permit>,
        compartment: Compartment,
        records: Vec<(RecordId, Version)>,
    ) {
        if !records.is_empty() {
            self.noted().push(Noted { permit: Arc::clone(permit), compartment, records });
        }
    }

    /// Takes in what a part of the request was answered with.
    pub fn absorb(&self, part: &Self) {
        let part = std::mem::take(&mut *part.noted());
        self.noted().extend(part);
    }

    fn noted(&self) -> MutexGuard<'_, Vec<Noted>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Caller {
    /// The same caller for a part of the request that is answered, or refused, by itself.
    #[must_use]
    pub fn for_a_part(&self) -> Self {
        Self { disclosures: Disclosures::default(), ..self.clone() }
    }
}

impl Records {
    /// Says in the ledger that nothing of what was disclosed for this request was shown.
    pub async fn withhold(&self, disclosures: &Disclosures, context: RequestContext) {
        let noted = std::mem::take(&mut *disclosures.noted());
        for Noted { permit, compartment, records } in noted {
            let (Ok(vault), Some(slice)) = (self.vault(compartment), permit.slice(compartment)) else {
                continue;
            };
            vault.withheld(slice, context, &records).await;
        }
    }

    /// Passes an answer on; where it is a refusal, nothing of what was disclosed for it is shown.
    pub(crate) async fn answered<T>(
        &self,
        caller: &Caller,
        answer: Result<T, RecordsError>,
    ) -> Result<T, RecordsError> {
        if answer.is_err() {
            self.withhold(&caller.disclosures, caller.context).await;
        }
        answer
    }

    /// Says in the ledger that some of what vaults disclosed is in no answer.
    pub(crate) async fn leave_out(&self, asked: UnderPermit<'_>, left_out: &[Disclosed]) {
        for one in left_out {
            let compartment = one.record.compartment();
            let (Ok(vault), Some(slice)) = (self.vault(compartment), asked.permit.slice(compartment)) else {
                continue;
            };
            vault.withheld(slice, asked.context, &[(one.record, one.version)]).await;
        }
    }
}
