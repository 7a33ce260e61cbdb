//! Recording: what was decided goes to the ledger first, and to the caller then.

use tacenda_contracts::{
    entry::{Entry, EntrySubject, Event, Outcome, SealedEntry},
    keystore::{PermitError, PermitRequest, ReleaseError},
    ledger::LedgerError,
    permit::{Permit, PermitClaims, PermitFault, Slice, SliceClaims},
};
use tacenda_crypto::AuditKey;
use tacenda_kernel::{Action, Actor, Pseudonym, RequestContext, Service, TraceId, realms};

use crate::{judge::No, service::Keystore, whom::Whom};

impl Keystore {
    /// Records that the caller may not, and answers that.
    pub(crate) async fn refuse(
        &self,
        actor: &Actor,
        request: &PermitRequest,
        whom: &Whom,
        no: No,
    ) -> PermitError {
        let mut entry = self.entry_of(actor, request, Outcome::Denied).because(no.reason);
        let mut asked = request.compartments.iter();
        entry.compartment = asked.next().filter(|_| asked.next().is_none());
        let sealed = match self.seal_about(&entry, whom).await {
            Ok(sealed) => sealed,
            Err(error) => return error,
        };
        self.recorded(vec![sealed]).await.map_or_else(PermitError::from, |()| no.error)
    }

    /// Records that a stranger asked, and answers that they are one.
    pub(crate) async fn refuse_stranger(&self, request: &PermitRequest) -> PermitError {
        let entry = Entry::new(self.clock.now(), Event::Unauthenticated, Outcome::Denied, request.context)
            .because("invalid-token");
        let recorded = self.strangers.record(entry, request.context).await;
        recorded.map_err(NotRecorded).map_or_else(PermitError::from, |()| PermitError::Unauthenticated)
    }

    /// Records that a permit was presented that is not from here, is over, or is for something else, and answers that. Its
    /// number names the entry's trace. Of a forged one nothing else is believed.
    pub(crate) async fn heard<T>(
        &self,
        presented: impl Into<Presented>,
        answer: Result<T, ReleaseError>,
    ) -> Result<T, ReleaseError> {
        let (reason, is_ours) = match &answer {
            Err(ReleaseError::Permit(PermitFault::Forged)) => ("permit-forged", false),
            Err(ReleaseError::Permit(PermitFault::Expired)) => ("permit-expired", true),
            Err(ReleaseError::OtherCompartment) => ("permit-does-not-cover", true),
            _ => return answer,
        };
        let Presented { permit, action, actor } = presented.into();
        let request = RequestContext::from(TraceId(permit));
        let entry = |event| Entry::new(self.clock.now(), event, Outcome::Denied, request).because(reason);
        let entry = if is_ours {
            Entry { permit: Some(permit), ..entry(Event::Access(action)).by(&actor) }
        } else {
            entry(Event::Unauthenticated)
        };
        self.strangers.record(entry, request).await.map_err(NotRecorded)?;
        answer
    }

    /// An entry that says what was asked.
    pub(crate) fn entry_of(&self, actor: &Actor, request: &PermitRequest, outcome: Outcome) -> Entry {
        let event = Event::Access(request.action);
        Entry {
            purpose: Some(request.purpose),
            ..Entry::new(self.clock.now(), event, outcome, request.context).by(actor)
        }
    }

    /// An entry that says what a permit allows, and that it is used.
    pub(crate) fn entry_for(&self, claims: &PermitClaims, event: Event) -> Entry {
        Entry {
            purpose: Some(claims.purpose),
            permit: Some(claims.id),
            policies: claims.policies.clone(),
            relations: claims.relations.clone(),
            ..Entry::new(self.clock.now(), event, Outcome::Allowed, claims.context).by(&claims.actor)
        }
    }

    /// Seals an entry about a patient, under their audit key.
    pub(crate) fn seal_for(
        &self,
        entry: &Entry,
        key: &AuditKey,
        subject: Pseudonym<realms::Ledger>,
    ) -> SealedEntry {
        entry.seal(key, EntrySubject::Patient(subject), self.random.as_ref())
    }

    /// Seals an entry about nobody.
    pub(crate) fn seal_general(&self, entry: &Entry) -> SealedEntry {
        entry.seal(&self.audit_general, EntrySubject::Nobody(Service::Keystore), self.random.as_ref())
    }

    /// Appends entries and waits until they are durable.
    pub(crate) async fn recorded(&self, entries: Vec<SealedEntry>) -> Result<(), NotRecorded> {
        self.ledger.append(entries).await.map(drop).map_err(NotRecorded)
    }

    /// Seals an entry for the patient where there is one whose audit key still exists, else as about nobody.
    async fn seal_about(&self, entry: &Entry, whom: &Whom) -> Result<SealedEntry, PermitError> {
        let Whom::Patient(known) = whom else { return Ok(self.seal_general(entry)) };
        let Some(wrapped) = &known.standing.audit else { return Ok(self.seal_general(entry)) };
        let key =
            self.ring.audit_key(&self.database, known.root, wrapped).await.map_err(PermitError::from)?;
        Ok(self.seal_for(entry, &key, self.numbers.in_ledger(known.root)))
    }
}

/// What a permit or a slice of one says of itself.
pub(crate) struct Presented {
    permit: [u8; 16],
    action: Action,
    actor: Actor,
}

impl From<&Permit> for Presented {
    fn from(permit: &Permit) -> Self {
        let PermitClaims { id, action, actor, .. } = permit.claims();
        Self { permit: *id, action: *action, actor: actor.clone() }
    }
}

impl From<&Slice> for Presented {
    fn from(slice: &Slice) -> Self {
        let SliceClaims { id, action, actor, .. } = slice.claims();
        Self { permit: *id, action: *action, actor: actor.clone() }
    }
}

/// The ledger did not record, so nothing may be answered.
#[derive(Debug)]
pub(crate) struct NotRecorded(LedgerError);

impl From<NotRecorded> for PermitError {
    fn from(NotRecorded(error): NotRecorded) -> Self {
        if error == LedgerError::Full { Self::Full } else { Self::Unavailable }
    }
}

impl From<NotRecorded> for ReleaseError {
    fn from(NotRecorded(error): NotRecorded) -> Self {
        if error == LedgerError::Full { Self::Full } else { Self::Unavailable }
    }
}
