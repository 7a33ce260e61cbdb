//! From a request, and whom it is about, to the places it may go.

use std::{collections::BTreeSet, sync::Arc};

use jiff::SignedDuration;
use quick_cache::sync::Cache;
use tacenda_contracts::{
    entry::Relation,
    keystore::{GrantKind, PermitError, PermitRequest},
    permit::Elements,
};
use tacenda_kernel::{Action, Actor, AuthStrength, Clock, Compartment, CompartmentSet, Kinds, Role};
use tacenda_policy::{Decision, Elements as PolicyElements, Policies, Question, Relations};

use crate::{scope, whom::Whom};

/// Different questions whose answers are kept. A question names no one, so there are few.
const KEPT_ANSWERS: usize = 4_096;

/// How long a proof is recent: what the policies call so.
const RECENT: SignedDuration = SignedDuration::from_mins(15);

/// Asks the policies. Their answers depend on the question alone, so they are kept.
pub(crate) struct Judge {
    policies: Policies,
    clock: Arc<dyn Clock>,
    answers: Cache<Question, Option<Arc<[String]>>>,
}

/// No, and the code that the ledger gets.
#[derive(Debug)]
pub(crate) struct No {
    pub(crate) error: PermitError,
    pub(crate) reason: &'static str,
}

/// Yes: where, and to records of which types.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) places: CompartmentSet,
    pub(crate) kinds: Kinds,
    /// The policies that say so.
    pub(crate) policies: Vec<String>,
    /// The relations that were in force.
    pub(crate) relations: Vec<Relation>,
}

impl Judge {
    pub(crate) fn new(policies: Policies, clock: Arc<dyn Clock>) -> Self {
        Self { policies, clock, answers: Cache::new(KEPT_ANSWERS) }
    }

    /// The compartments that the request opens, none for an action on no records, and the types in them.
    ///
    /// SECURITY: whether a role and a token's scopes could ever do it is settled before anything about the patient
    /// counts, so that `Forbidden` tells nothing about them; and every other refusal is the same `NotFound`.
    ///
    /// INVARIANT: scopes only take away. Whatever they leave, the policies still decide.
    pub(crate) fn rule(&self, actor: &Actor, request: &PermitRequest, whom: &Whom) -> Result<Opened, No> {
        let places = places(request, whom);
        let best = scope::at_best(actor, request.action);
        if best.is_empty() || (!places.is_empty() && scope::holding(&best, places).is_empty()) {
            return Err(No { error: PermitError::Forbidden, reason: "scope" });
        }
        if !self.ever(actor, request, places, true) {
            return Err(No { error: PermitError::Forbidden, reason: "role" });
        }
        if !self.ever(actor, request, places, self.recent(actor)) {
            return Err(No { error: PermitError::ProofNeeded, reason: "proof-too-old" });
        }
        if !fits(request.action, whom) {
            return Err(No { error: PermitError::NotFound, reason: "no-such-subject" });
        }
        let kinds = scope::for_whom(actor, request.action, whom);
        if kinds.is_empty() {
            let about_nobody = matches!(whom, Whom::Nobody);
            let error = if about_nobody { PermitError::Forbidden } else { PermitError::NotFound };
            return Err(No { error, reason: "scope" });
        }
        let relations = relations(request.action, whom);
        let places = scope::holding(&kinds, places);
        let opened = self.opened(actor, request.action, request, places, relations);
        match (opened, whom) {
            (Some(_), Whom::Patient(known)) if known.erased => {
                Err(No { error: PermitError::Erased, reason: "erased" })
            }
            (Some(_), Whom::Patient(known)) if known.standing.state.is_none() => {
                Err(No { error: PermitError::Unavailable, reason: "damaged" })
            }
            (Some((places, policies)), _) => {
                Ok(Opened { places, kinds, policies, relations: whom.in_force() })
            }
            (None, _) => Err(No { error: PermitError::NotFound, reason: "no-relation" }),
        }
    }

    /// Where a patient may be written to by the actor who enrols them, and so cares for them.
    pub(crate) fn writable_by_enroller(&self, actor: &Actor, request: &PermitRequest) -> Opened {
        let kinds = scope::for_whom(actor, Action::Create, &Whom::Nobody);
        let places = scope::holding(&kinds, Compartment::OF_A_PATIENT.into_iter().collect());
        let care = Relations { care: true, ..Relations::NONE };
        let (places, policies) =
            self.opened(actor, Action::Create, request, places, care).unwrap_or_default();
        Opened { places, kinds, policies, relations: vec![Relation::Granted(GrantKind::Care)] }
    }

    /// The elements a role sees.
    pub(crate) fn elements(&self, role: Role, compartment: Compartment) -> Elements {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        match self.policies.elements(role, compartment) {
            PolicyElements::All => Elements::All,
            PolicyElements::Only(names) => Elements::Only(owned(names)),
            PolicyElements::Except(names) => Elements::Except(owned(names)),
        }
    }

    /// Those of `places` that are allowed, and by which policies; nothing where none is.
    fn opened(
        &self,
        actor: &Actor,
        action: Action,
        request: &PermitRequest,
        places: CompartmentSet,
        relations: Relations,
    ) -> Option<(CompartmentSet, Vec<String>)> {
        let question = |compartment| Question {
            role: actor.role,
            strength: actor.strength,
            recent: self.recent(actor),
            action,
            compartment,
            purpose: request.purpose,
            relations,
        };
        if whole(action) {
            return self.allowing(question(None)).map(|by| (CompartmentSet::default(), by.to_vec()));
        }
        let (mut opened, mut policies) = (CompartmentSet::default(), BTreeSet::new());
        for place in places.iter() {
            if let Some(by) = self.allowing(question(Some(place))) {
                opened = opened.with(place);
                policies.extend(by.iter().cloned());
            }
        }
        (!opened.is_empty()).then(|| (opened, policies.into_iter().collect()))
    }

    /// The policies that allow it; none where it is denied.
    fn allowing(&self, question: Question) -> Option<Arc<[String]>> {
        self.answers.get(&question).unwrap_or_else(|| {
            let allowed = match self.policies.decide(&question) {
                Decision::Allowed { policies } => Some(policies.into()),
                Decision::Denied => None,
            };
            self.answers.insert(question, allowed.clone());
            allowed
        })
    }

    /// Whether the role could do it to some patient.
    fn ever(&self, actor: &Actor, request: &PermitRequest, places: CompartmentSet, recent: bool) -> bool {
        let possible = |compartment| {
            self.allowing(Question {
                role: actor.role,
                strength: actor.strength,
                recent,
                action: request.action,
                compartment,
                purpose: request.purpose,
                relations: Relations::EVERY,
            })
            .is_some()
        };
        if whole(request.action) {
            return possible(None);
        }
        places.iter().any(|place| possible(Some(place)))
    }

    /// Whether the caller has just proven who they are. A program does so for every token.
    fn recent(&self, actor: &Actor) -> bool {
        let age = actor.proven_at.map(|proven_at| self.clock.now().duration_since(proven_at));
        actor.strength == AuthStrength::Client || age.is_some_and(|age| age < RECENT)
    }
}

/// Whether the action is on no records in particular.
const fn whole(action: Action) -> bool {
    matches!(action, Action::Register | Action::Erase | Action::Audit | Action::Administer)
}

/// Whether the action can be meant for them.
///
/// SECURITY: roles may look up and register without any relation, so a permit for either must never name a patient
/// who exists: it would be a key to anyone's records.
const fn fits(action: Action, whom: &Whom) -> bool {
    match action {
        Action::Lookup | Action::Register | Action::Administer => matches!(whom, Whom::Nobody),
        Action::Erase => matches!(whom, Whom::Patient(_)),
        _ => !matches!(whom, Whom::Unknown),
    }
}

/// What the policies are told of the caller and the patient. A look-up is before there is a patient: whoever could be
/// allowed for some patient may look up, and then needs a permit for each one found.
fn relations(action: Action, whom: &Whom) -> Relations {
    if action == Action::Lookup { Relations::EVERY } else { whom.relations() }
}

/// The compartments that can be meant: the directory is nobody's, and the others are opened for one patient, or for
/// looking up.
fn places(request: &PermitRequest, whom: &Whom) -> CompartmentSet {
    let meant = |compartment: &Compartment| match whom {
        Whom::Nobody => *compartment == Compartment::Directory || request.action == Action::Lookup,
        _ => *compartment != Compartment::Directory,
    };
    request.compartments.iter().filter(meant).collect()
}
