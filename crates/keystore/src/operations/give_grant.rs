//! Giving and withdrawing relations to a patient.

use tacenda_contracts::{
    entry::{Event, Fact},
    keystore::{Grant, GrantKind, ReleaseError},
    permit::{Permit, PermitClaims},
};
use tacenda_kernel::{Action, Compartment, Kinds, Pseudonym, realms};
use uuid::Uuid;

use super::release_keys::{audit_key, verified};
use crate::{
    error::StoreError,
    grant_seal::{GrantRow, GrantState, TaggedGrant},
    service::Keystore,
    store::grants,
};

/// How often it is tried again where somebody else changes the same relation at the same time.
const TRIES: usize = 4;

/// Gives `grant`, in place of the one in force for the same actor, kind and purpose. One that is over already only
/// withdraws that.
///
/// CRASH: a grant that was begun and is in no entry, or was never given after its entry, gives nothing; it is ended when
/// the keystore looks after its tables. One whose end is in the ledger is over, whatever its row says.
pub(crate) async fn give(keystore: &Keystore, permit: &Permit, grant: Grant) -> Result<(), ReleaseError> {
    let claims = verified(keystore, permit)?;
    let ledger = governed(claims, permit).ok_or(ReleaseError::OtherCompartment)?;
    if grant.actor.is_none() && grant.kind != GrantKind::ResearchConsent {
        return Err(ReleaseError::OtherCompartment);
    }
    let patient = keystore.numbers.root_in_ledger(ledger);
    let audit = audit_key(keystore, patient).await?;
    let begun = begin(keystore, claims, patient, grant).await?;
    tacenda_kernel::crash::at("grant-begun");
    for _ in 0..TRIES {
        let before = grants::in_force(&keystore.database, patient, &grant, &keystore.grant_key).await?;
        let mut entry = keystore.entry_for(claims, Event::GrantChanged);
        entry.facts = before.iter().map(|grant| keystore.ended(&grant.row)).collect();
        entry.facts.extend(begun.as_ref().map(|grant| keystore.given(&grant.row)));
        keystore
            .recorded(vec![keystore.seal_for(&entry, &audit, ledger), keystore.seal_general(&entry)])
            .await?;
        tacenda_kernel::crash::at("grant-announced");
        keystore.past.note(&entry);
        match finish(keystore, begun.clone(), before).await {
            Ok(()) => return Ok(()),
            Err(StoreError::NotWritten) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::NotWritten.into())
}

/// Keeps the grant, without force; none where it is over already.
async fn begin(
    keystore: &Keystore,
    claims: &PermitClaims,
    patient: Pseudonym<realms::Root>,
    grant: Grant,
) -> Result<Option<TaggedGrant>, ReleaseError> {
    let at = keystore.clock.now();
    if grant.until <= at {
        return Ok(None);
    }
    let id = keystore.number();
    let row = GrantRow { id, patient, grant, by: claims.actor.id, at, state: GrantState::Pending };
    if !grants::begin(&keystore.database, &row, &keystore.grant_key).await? {
        return Err(ReleaseError::Erased);
    }
    let tag = row.seal(&keystore.grant_key);
    Ok(Some(TaggedGrant { row, tag }))
}

/// Withdraws those before it and gives it, all or none.
async fn finish(
    keystore: &Keystore,
    begun: Option<TaggedGrant>,
    before: Vec<TaggedGrant>,
) -> Result<(), StoreError> {
    let withdrawn = GrantState::Withdrawn(keystore.clock.now());
    let mut changes: Vec<_> = before.into_iter().map(|grant| (grant, withdrawn)).collect();
    changes.extend(begun.map(|grant| (grant, GrantState::Given)));
    grants::change(&keystore.database, &changes, &keystore.grant_key).await
}

/// The patient whose relations the permit governs: who may register a patient or change their identity, and by no
/// token whose scopes narrow that.
pub(crate) fn governed(claims: &PermitClaims, permit: &Permit) -> Option<Pseudonym<realms::Ledger>> {
    let subject = claims.subject.as_ref().filter(|_| claims.kinds == Kinds::All)?;
    let governs = match claims.action {
        Action::Register => true,
        Action::Update => permit.opening(Compartment::Identity).is_some(),
        _ => false,
    };
    governs.then_some(subject.ledger)
}

impl Keystore {
    /// What the ledger is told of a grant that is given.
    pub(crate) fn given(&self, grant: &GrantRow) -> Fact {
        let Grant { kind, actor, purpose, until } = grant.grant;
        let patient = self.numbers.in_ledger(grant.patient);
        Fact::GrantGiven { grant: grant.id, patient, actor, kind, purpose, until }
    }

    /// What the ledger is told of a grant that ends.
    pub(crate) fn ended(&self, grant: &GrantRow) -> Fact {
        let Grant { kind, actor, purpose, until } = grant.grant;
        let patient = self.numbers.in_ledger(grant.patient);
        Fact::GrantEnded { grant: grant.id, patient, actor, kind, purpose, until }
    }

    /// A random number for something that is kept.
    pub(crate) fn number(&self) -> Uuid {
        let mut bytes = [0; 16];
        self.random.fill(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}
