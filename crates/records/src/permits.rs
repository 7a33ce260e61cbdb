//! Permits in use: a permit that was given is used again until it expires.

use std::sync::Arc;

use jiff::SignedDuration;
use quick_cache::sync::Cache;
use tacenda_contracts::{
    keystore::{Keystore, Subject},
    permit::Permit,
};
use tacenda_kernel::{Action, Clock, CompartmentSet, Purpose};
use uuid::Uuid;

use crate::{Caller, RecordsError};

/// A permit this close to its end is not handed out again: it must last through the request.
const MARGIN: SignedDuration = SignedDuration::from_secs(5);

/// Permits kept at the same time.
const KEPT: usize = 20_000;

/// The token's unique id stands for the token: it was verified when the caller was identified.
type Key = (Uuid, Action, Purpose, Subject, CompartmentSet);

pub(crate) struct Permits {
    keystore: Arc<dyn Keystore>,
    clock: Arc<dyn Clock>,
    kept: Cache<Key, Arc<Permit>>,
}

impl Permits {
    pub(crate) fn new(keystore: Arc<dyn Keystore>, clock: Arc<dyn Clock>) -> Self {
        Self { keystore, clock, kept: Cache::new(KEPT) }
    }

    /// A permit for this, kept or new.
    #[tracing::instrument(name = "permit", level = "debug", skip_all)]
    pub(crate) async fn get(
        &self,
        caller: &Caller,
        action: Action,
        subject: Subject,
        compartments: CompartmentSet,
    ) -> Result<Arc<Permit>, RecordsError> {
        let key = (caller.actor.token_id, action, caller.purpose, subject, compartments);
        if let Some(permit) = self.kept.get(&key)
            && permit.claims().expires_at > self.clock.now().saturating_add(MARGIN).unwrap_or_default()
        {
            return Ok(permit);
        }
        let permit = self.keystore.permit(&caller.request(action, subject, compartments)).await?;
        self.kept.insert(key, Arc::clone(&permit));
        Ok(permit)
    }

    /// Permits for those of the patients that this caller may see.
    #[tracing::instrument(name = "permit", level = "debug", skip_all)]
    pub(crate) async fn get_each(
        &self,
        caller: &Caller,
        action: Action,
        subjects: &[Subject],
        compartments: CompartmentSet,
    ) -> Result<Vec<Option<Arc<Permit>>>, RecordsError> {
        let request = caller.request(action, Subject::Nobody, compartments);
        Ok(self.keystore.permits(&request, subjects).await?)
    }

    /// Forgets every kept permit.
    pub(crate) fn forget(&self) {
        self.kept.clear();
    }
}
