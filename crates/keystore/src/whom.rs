//! Whom a request turned out to be about, and how the caller stands to them.

use tacenda_contracts::{entry::Relation, keystore::GrantKind};
use tacenda_kernel::{Actor, Pseudonym, realms};
use tacenda_policy::Relations;

use crate::{patient_seal::State, service::Keystore, store::standings::Standing};

/// The subject of a request, after looking.
#[derive(Debug)]
pub(crate) enum Whom {
    /// No patient is meant.
    Nobody,
    /// A patient was meant, and there is none by that number.
    Unknown,
    /// This patient.
    Patient(Box<Known>),
}

/// A patient who is, or was, there.
#[derive(Debug)]
pub(crate) struct Known {
    /// The patient's number.
    pub(crate) root: Pseudonym<realms::Root>,
    /// What the database says.
    pub(crate) standing: Standing,
    /// Whether the patient's keys were destroyed.
    pub(crate) erased: bool,
    /// Whether the patient is the caller.
    pub(crate) own: bool,
    /// Whether the caller's application was started for this patient.
    pub(crate) launched: bool,
}

impl Known {
    pub(crate) fn new(
        keystore: &Keystore,
        actor: &Actor,
        root: Pseudonym<realms::Root>,
        mut standing: Standing,
    ) -> Self {
        let over = keystore.past.is_erased(keystore.numbers.in_ledger(root));
        if over && standing.state != Some(State::Erased) {
            tracing::error!("an erased patient's row is there as if they were not: it was put back");
        }
        standing.grants.retain(|(grant, _)| {
            let back = keystore.past.has_ended(*grant);
            if back {
                tracing::error!("a grant that ended is in force in the database: its row was put back");
            }
            !back
        });
        let own = keystore.numbers.is_own(actor, root);
        let erased = over || standing.state == Some(State::Erased);
        Self { root, standing, erased, own, launched: keystore.numbers.is_launched_for(actor, root) }
    }
}

impl Whom {
    /// The relations that are in force, as entries name them.
    pub(crate) fn in_force(&self) -> Vec<Relation> {
        let Self::Patient(known) = self else { return Vec::new() };
        let own = known.own.then_some(Relation::Own);
        let mut granted: Vec<Relation> =
            known.standing.grants.iter().map(|(_, kind)| Relation::Granted(*kind)).collect();
        granted.dedup();
        own.into_iter().chain(granted).collect()
    }

    /// How the caller stands to them.
    pub(crate) fn relations(&self) -> Relations {
        let Self::Patient(known) = self else { return Relations::NONE };
        let has = |kind| known.standing.grants.iter().any(|(_, given)| *given == kind);
        Relations {
            own: known.own,
            care: has(GrantKind::Care),
            assigned: has(GrantKind::Assignment),
            need: has(GrantKind::StreamNeed),
            consent: has(GrantKind::ResearchConsent),
        }
    }
}
