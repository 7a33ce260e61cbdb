//! Looking after the tables while the keystore runs: keys that went missing are named, and what was begun is ended.

use jiff::SignedDuration;
use tacenda_contracts::entry::{Entry, Event, Fact, Outcome};
use tacenda_kernel::{Action, Pseudonym, TraceId, realms};

use super::erase_patient::destroy;
use crate::{
    error::{CheckError, StoreError},
    grant_seal::{GrantState, TaggedGrant},
    inventory,
    patient_seal::State,
    service::Keystore,
    slot::KeySlot,
    store::{compartment_keys, directory_keys, grants, master_keys, patient_keys, patients},
};

/// A grant that was begun and not given after this time is ended.
const BEGUN: SignedDuration = SignedDuration::from_mins(1);

/// Rows that are looked at in one statement.
const NUMBERS: usize = 1_000;

impl Keystore {
    /// Looks whether every key that is made once is stored as it was, reads what the ledger has had since the last time,
    /// and ends what was left: an erasure whose keys are there (again), a grant in force that ended, a grant that was
    /// begun. To be called every few seconds.
    ///
    /// # Errors
    /// [`CheckError::Keys`] names keys that are missing or altered. Nobody is registered under those meanwhile.
    pub async fn check(&self) -> Result<(), CheckError> {
        let keys = self.keys_stand().await;
        let news = self.past.follow(self.ledger.as_ref(), &self.audit_general, self.clock.now()).await?;
        for patient in news.erased {
            self.released.drop_patient(self.numbers.root_in_ledger(patient));
        }
        self.end_what_is_over().await?;
        keys
    }

    /// Ends what the ledger says is over and the rows do not, and what was begun and left.
    pub(crate) async fn end_what_is_over(&self) -> Result<(), CheckError> {
        let mut after = None;
        loop {
            let numbers = self.past.erased_after(after, NUMBERS);
            self.finish_erasures(&numbers).await?;
            match numbers.last() {
                Some(last) if numbers.len() == NUMBERS => after = Some(last.to_bytes()),
                _ => break,
            }
        }
        self.finish_grants().await
    }

    async fn keys_stand(&self) -> Result<(), CheckError> {
        let mut missing = inventory::take(&self.database).await?.missing();
        if missing.is_empty() {
            missing = self.altered().await?;
        }
        if missing.is_empty() { Ok(()) } else { Err(CheckError::Keys(missing.join(", "))) }
    }

    /// The names of the keys that are not stored as they were when they were read.
    async fn altered(&self) -> Result<Vec<String>, CheckError> {
        let mut altered = Vec::new();
        if master_keys::kept(&self.database).await? != self.stored.master {
            altered.push("the master key".to_owned());
        }
        if directory_keys::kept(&self.database).await? != self.stored.directory {
            altered.push("the directory's own key".to_owned());
        }
        let (known, stored) = (self.ring.keys(), compartment_keys::all(&self.database).await?);
        let gone = known.stored.iter().filter(|key| !stored.contains(key));
        altered
            .extend(gone.map(|key| format!("the compartment key of {} {}", key.slot.as_str(), key.version)));
        if altered.is_empty() && stored.len() != known.stored.len() {
            self.ring.reload(&self.database).await?;
        }
        Ok(altered)
    }

    /// Destroys keys of erased numbers that are there: the process died before it did, or rows were put back.
    async fn finish_erasures(&self, numbers: &[Pseudonym<realms::Ledger>]) -> Result<(), CheckError> {
        let roots: Vec<_> = numbers.iter().map(|number| self.numbers.root_in_ledger(*number)).collect();
        for patient in patients::with_keys_or_alive(&self.database, &roots).await? {
            self.erase_again(patient).await?;
        }
        Ok(())
    }

    async fn erase_again(&self, patient: Pseudonym<realms::Root>) -> Result<(), CheckError> {
        let left = patient_keys::left(&self.database, patient).await?;
        match patients::held(&self.database, patient, &KeySlot::OF_A_PATIENT, &self.patient_key).await {
            Ok(Some(held)) if held.patient.row.state != State::Erased => {
                match destroy(self, &held.patient, self.clock.now()).await {
                    // Another instance destroyed them at the same time.
                    Err(StoreError::NotWritten) if self.is_gone(patient).await? => return Ok(()),
                    done => done?,
                };
            }
            Ok(_) if left > 0 => patient_keys::destroy(&self.database, patient).await?,
            Err(StoreError::Altered(_)) if left > 0 => {
                patient_keys::destroy(&self.database, patient).await?;
            }
            Ok(_) => return Ok(()),
            Err(error @ StoreError::Altered(_)) => {
                tracing::error!("{error}");
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        }
        self.released.drop_patient(patient);
        tracing::error!(
            "an erased patient was in the keystore's database: what was there was destroyed again"
        );
        let trace = TraceId::make(self.random.as_ref());
        let entry = Entry::new(self.clock.now(), Event::Access(Action::Erase), Outcome::Allowed, trace)
            .because("erased-again")
            .with(Fact::Erased(self.numbers.in_ledger(patient)));
        self.recorded(vec![self.seal_general(&entry)]).await.map_err(|_| CheckError::NotRecorded)
    }

    async fn is_gone(&self, patient: Pseudonym<realms::Root>) -> Result<bool, CheckError> {
        Ok(patients::with_keys_or_alive(&self.database, &[patient]).await?.is_empty())
    }

    /// Ends grants whose end is in the ledger, and those that were begun and never given.
    async fn finish_grants(&self) -> Result<(), CheckError> {
        let (database, key, now) = (&self.database, &self.grant_key, self.clock.now());
        let mut over = Vec::new();
        for ids in self.past.ended().chunks(NUMBERS) {
            over.extend(grants::numbered(database, ids, key).await?);
        }
        if over.iter().any(|grant| grant.row.state == GrantState::Given) {
            tracing::error!("a grant that ended is in force in the keystore's database: it is ended again");
        }
        let before = now.saturating_sub(BEGUN).unwrap_or(now);
        let left: Vec<TaggedGrant> = grants::left_pending(database, before, key).await?;
        let left: Vec<_> = left.into_iter().filter(|grant| !self.past.has_ended(grant.row.id)).collect();
        if !left.is_empty() {
            self.record_ends(&left).await?;
        }
        over.extend(left);
        let changes: Vec<_> = over.into_iter().map(|grant| (grant, GrantState::Withdrawn(now))).collect();
        if changes.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = changes.iter().map(|(grant, _)| grant.row.id).collect();
        match grants::change(database, &changes, key).await {
            // Another instance ended them at the same time.
            Err(StoreError::NotWritten) if grants::numbered(database, &ids, key).await?.is_empty() => Ok(()),
            done => Ok(done?),
        }
    }

    async fn record_ends(&self, left: &[TaggedGrant]) -> Result<(), CheckError> {
        let trace = TraceId::make(self.random.as_ref());
        let mut entry =
            Entry::new(self.clock.now(), Event::GrantChanged, Outcome::Allowed, trace).because("never-given");
        entry.facts = left.iter().map(|grant| self.ended(&grant.row)).collect();
        self.recorded(vec![self.seal_general(&entry)]).await.map_err(|_| CheckError::NotRecorded)?;
        self.past.note(&entry);
        Ok(())
    }
}
