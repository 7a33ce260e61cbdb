//! Running a saga to its end, either way.

use std::sync::Arc;

use futures::future::try_join_all;
use jiff::Timestamp;
use tacenda_contracts::{
    entry::{Event, Fact, Outcome},
    ledger::tell_arrived,
    permit::Permit,
    vault::{Write, Written},
};
use tacenda_kernel::{Compartment, CompartmentSet, RequestContext};
use uuid::Uuid;

use super::{
    recover::ActiveSaga,
    row::{Logged, State},
};
use crate::{Records, RecordsError, settle::about_nobody, vault_client::UnderPermit};

/// Writes to one vault under one permit.
pub(crate) struct Part {
    pub(crate) compartment: Compartment,
    pub(crate) permit: Arc<Permit>,
    pub(crate) context: RequestContext,
    pub(crate) writes: Vec<Write>,
}

/// What a saga is about to do.
pub(crate) struct Intent {
    /// The vaults it may write to.
    pub(crate) compartments: CompartmentSet,
    /// Whether it enrols a patient.
    pub(crate) enrols: bool,
    /// The keyed hash of the caller's idempotency key.
    pub(crate) submission: Option<[u8; 32]>,
}

/// A saga that is in the log and not decided.
pub(crate) struct Saga<'a> {
    records: &'a Records,
    logged: Logged,
    _active: ActiveSaga<'a>,
}

impl<'a> Saga<'a> {
    /// Notes the intent in the log, before anything else is touched.
    pub(crate) async fn begin(records: &'a Records, intent: Intent) -> Result<Self, RecordsError> {
        let now = records.clock.now();
        let Intent { compartments, enrols, submission } = intent;
        let logged = Logged {
            saga: uuid(records),
            instance: records.instance.number,
            state: State::Open,
            compartments,
            enrols,
            submission,
            begun_at: Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now),
        };
        let active = records.active.enter(logged.saga);
        if records.log().begin(&logged).await? {
            Ok(Self { records, logged, _active: active })
        } else {
            Err(RecordsError::Repeated)
        }
    }

    pub(crate) const fn id(&self) -> Uuid {
        self.logged.saga
    }

    /// Does all parts or nothing.
    pub(crate) async fn run(self, parts: Vec<Part>) -> Result<Vec<Written>, RecordsError> {
        let written = match self.stage(parts).await {
            Ok(written) => written,
            Err(error) => return Err(self.give_up(error).await),
        };
        let committed = match self.records.log().commit(&self.logged, self.records.clock.now()).await {
            Err(error @ (RecordsError::Repeated | RecordsError::Full)) => {
                return Err(self.give_up(error).await);
            }
            committed => committed?,
        };
        if !committed {
            // CRASH: another instance took this one for dead and gave the saga up, perhaps before all was staged.
            tacenda_kernel::crash::at("saga-lost");
            discard(self.records, &self.logged).await?;
            return Err(RecordsError::Unavailable);
        }
        // SECURITY: from here on it is no crash where one of its rows is absent: the log may be made to say anything.
        tell_arrived(self.records.ledger.as_ref(), &places(&written)).await;
        match complete(self.records, &self.logged).await {
            Ok(()) => Ok(written),
            // It is committed, and recovery does the rest once there is space: nobody is told that nothing was written.
            Err(RecordsError::Full) => Err(RecordsError::Unavailable),
            Err(error) => Err(error),
        }
    }

    /// Ends the saga without effect. Where that fails too, recovery does it.
    pub(crate) async fn give_up(self, error: RecordsError) -> RecordsError {
        if let Err(unfinished) = give_up(self.records, &self.logged).await {
            tracing::warn!(saga = %self.logged.saga, error = %unfinished, "a saga is left to recovery");
        }
        error
    }

    async fn stage(&self, parts: Vec<Part>) -> Result<Vec<Written>, RecordsError> {
        let (records, saga) = (self.records, self.logged.saga);
        let changes = parts.iter().flat_map(|part| &part.writes).any(Write::changes_what_is);
        let stage = |part: Part| async move {
            let vault = records.vault(part.compartment)?;
            vault
                .stage(UnderPermit::whole(&part.permit, part.context), saga, part.writes)
                .await
                .map_err(RecordsError::from)
        };
        if changes {
            return in_one_order(parts, stage).await;
        }
        // Each part runs to its end: a part cancelled in its middle would stay behind after the discard.
        let results = futures::future::join_all(parts.into_iter().map(stage)).await;
        results.into_iter().collect::<Result<Vec<_>, _>>().map(|parts| parts.into_iter().flatten().collect())
    }
}

/// Staging locks records. Whoever changes records in several vaults locks them in the same order, so that of two who
/// meet one goes on, instead of each finding the other in its way.
async fn in_one_order<F: Future<Output = Result<Vec<Written>, RecordsError>>>(
    mut parts: Vec<Part>,
    stage: impl Fn(Part) -> F,
) -> Result<Vec<Written>, RecordsError> {
    parts.sort_by_key(|part| part.compartment);
    let mut written = Vec::new();
    for part in parts {
        written.extend(stage(part).await?);
    }
    Ok(written)
}

/// The entries that announced them, each once.
fn places(written: &[Written]) -> Vec<u64> {
    let mut places: Vec<u64> = written.iter().map(|one| one.announced_at).collect();
    places.sort_unstable();
    places.dedup();
    places
}

fn uuid(records: &Records) -> Uuid {
    let mut bytes = [0; 16];
    records.random.fill(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// After the commit point, where another process did not get further.
pub(super) async fn complete_left(records: &Records, logged: &Logged) -> Result<(), RecordsError> {
    let staged = try_join_all(logged.compartments.iter().map(|compartment| async move {
        records.vault(compartment)?.staged_at(logged.saga).await.map_err(RecordsError::from)
    }));
    // SECURITY: before the first vault shows anything. A row of the log that is then put back as it was open makes half of it
    // vanish, and not in silence.
    tell_arrived(records.ledger.as_ref(), &staged.await?.concat()).await;
    complete(records, logged).await
}

/// After the commit point: makes everything visible, the patient last, so that nobody finds them half there.
async fn complete(records: &Records, logged: &Logged) -> Result<(), RecordsError> {
    // SECURITY: before anything is visible. A log that forgot the key then has nothing to show for it, or is found.
    say_accepted(records, logged).await?;
    try_join_all(logged.compartments.iter().map(|compartment| async move {
        records.vault(compartment)?.promote(logged.saga).await.map_err(RecordsError::from)
    }))
    .await?;
    if logged.enrols {
        records.keystore.confirm(logged.saga).await?;
    }
    records.log().finish(logged.saga).await
}

/// Says in the ledger which submission was accepted, so that a table that forgot it is found: sent again, it would be
/// done twice.
async fn say_accepted(records: &Records, logged: &Logged) -> Result<(), RecordsError> {
    let Some(key) = logged.submission else { return Ok(()) };
    let fact = Fact::Submission { key, saga: logged.saga };
    let entry = about_nobody(records, Event::TransactionAccepted, Outcome::Allowed, |entry| entry.with(fact));
    records.ledger.append(vec![entry]).await.map_err(RecordsError::from)?;
    Ok(())
}

/// Before the commit point: makes everything disappear, unless somebody committed it.
pub(super) async fn give_up(records: &Records, logged: &Logged) -> Result<(), RecordsError> {
    if !records.log().abort(logged).await? {
        return Ok(());
    }
    discard(records, logged).await?;
    records.log().finish(logged.saga).await
}

/// Removes what a saga that will never be committed has left anywhere.
async fn discard(records: &Records, logged: &Logged) -> Result<(), RecordsError> {
    try_join_all(logged.compartments.iter().map(|compartment| async move {
        records.vault(compartment)?.discard(logged.saga).await.map_err(RecordsError::from)
    }))
    .await?;
    if logged.enrols {
        records.keystore.abandon(logged.saga).await?;
    }
    Ok(())
}
