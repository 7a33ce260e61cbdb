//! The policies, loaded and asked.

use cedar_policy::{Authorizer, Entities, PolicySet};
use tacenda_kernel::{Action, AuthStrength, Compartment, Purpose, Role};

use crate::{Decision, Elements, PolicyError, Question, Relations, elements, source, vocabulary::Vocabulary};

/// The embedded policies, ready to decide. Load once and share.
pub struct Policies {
    authorizer: Authorizer,
    policies: PolicySet,
    /// Only which action belongs to which group.
    entities: Entities,
    vocabulary: Vocabulary,
}

impl Policies {
    /// Reads the embedded policies and validates them strictly against the embedded schema.
    ///
    /// # Errors
    /// Fails when they do not fit together: the program was built from broken policies and must not start.
    pub fn load() -> Result<Self, PolicyError> {
        Self::of(&source::FILES)
    }

    /// No policy, so that everything is denied: for who looks at what is stored, and decides nothing.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn none() -> Result<Self, PolicyError> {
        Ok(Self {
            authorizer: Authorizer::new(),
            policies: PolicySet::new(),
            entities: Entities::empty(),
            vocabulary: Vocabulary::new()?,
        })
    }

    /// Decides. What no policy speaks of is denied.
    pub fn decide(&self, question: &Question) -> Decision {
        let Some(request) = self.vocabulary.request(question) else { return Decision::Denied };
        let response = self.authorizer.is_authorized(&request, &self.policies, &self.entities);
        // SECURITY: Cedar skips a policy that fails to evaluate. A skipped forbid would allow, so any failure denies.
        if response.decision() == cedar_policy::Decision::Deny
            || response.diagnostics().errors().next().is_some()
        {
            return Decision::Denied;
        }
        let mut policies: Vec<_> = response.diagnostics().reason().map(ToString::to_string).collect();
        policies.sort_unstable();
        Decision::Allowed { policies }
    }

    /// Whether the answer is yes under *some* relations, for somebody who has just proven who they are: if not, the role may never do this (403); if so, a denial is
    /// about this patient (404).
    ///
    /// One decision is enough, because a relation only ever adds to what is allowed; a property test holds that.
    #[must_use]
    pub fn possible(
        &self,
        role: Role,
        strength: AuthStrength,
        action: Action,
        compartment: Option<Compartment>,
        purpose: Purpose,
    ) -> bool {
        let (relations, recent) = (Relations::EVERY, true);
        self.decide(&Question { role, strength, recent, action, compartment, purpose, relations })
            .is_allowed()
    }

    /// The top-level elements that a role sees of a compartment's records. Of what it may not view at all: none.
    #[must_use]
    pub fn elements(&self, role: Role, compartment: Compartment) -> Elements {
        elements::seen(role, compartment)
    }

    fn of(files: &[(&'static str, &str)]) -> Result<Self, PolicyError> {
        let schema = source::schema()?;
        Ok(Self {
            authorizer: Authorizer::new(),
            policies: source::policies(&schema, files)?,
            entities: schema.action_entities().map_err(PolicyError::schema)?,
            vocabulary: Vocabulary::new()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Compartment::{Clinical, Contact, Directory, Field, Identity, Stream};

    const PURPOSES: [(Role, AuthStrength, Purpose); 9] = [
        (Role::Clinician, AuthStrength::Multi, Purpose::Treatment),
        (Role::Technician, AuthStrength::Multi, Purpose::Operations),
        (Role::Monitor, AuthStrength::Multi, Purpose::Operations),
        (Role::Researcher, AuthStrength::Multi, Purpose::Research),
        (Role::Patient, AuthStrength::Multi, Purpose::PatientRequest),
        (Role::SecurityOfficer, AuthStrength::Multi, Purpose::Compliance),
        (Role::Administrator, AuthStrength::Multi, Purpose::SystemAdministration),
        (Role::Application, AuthStrength::Client, Purpose::Treatment),
        (Role::Device, AuthStrength::Client, Purpose::Treatment),
    ];

    /// Everything a role could do at its best: right purpose, right strength, every relation.
    fn reach(policies: &Policies, role: Role) -> Vec<(Action, Option<Compartment>)> {
        let (_, strength, purpose) = PURPOSES.into_iter().find(|(found, ..)| *found == role).unwrap();
        let places: Vec<_> = Compartment::ALL.into_iter().map(Some).chain([None]).collect();
        let all = Action::ALL.into_iter().flat_map(|action| places.iter().map(move |place| (action, *place)));
        all.filter(|(action, place)| policies.possible(role, strength, *action, *place, purpose)).collect()
    }

    #[test]
    fn one_instance_serves_every_thread() {
        fn shared<T: Send + Sync>(_: &T) {}
        shared(&Policies::load().unwrap());
    }

    #[test]
    fn without_policies_nobody_may_do_anything() {
        let none = Policies::none().unwrap();
        assert!(Role::ALL.into_iter().all(|role| reach(&none, role).is_empty()));
    }

    #[test]
    fn a_permit_for_everything_is_caught_by_the_nets() {
        let mistake = [("mistake.cedar", "@id(\"mistake\") permit (principal, action, resource);")];
        let files: Vec<_> = source::FILES.into_iter().chain(mistake).collect();
        let policies = Policies::of(&files).unwrap();
        for (role, never) in [
            (Role::Technician, &[Identity, Clinical, Stream][..]),
            (Role::Monitor, &[Contact, Identity, Clinical]),
            (Role::Researcher, &[Contact, Identity, Field]),
            (Role::Administrator, &[Contact, Identity, Clinical, Stream, Field]),
            (Role::SecurityOfficer, &Compartment::ALL),
            (Role::Device, &[Contact, Identity, Clinical, Field, Directory]),
        ] {
            let reach = reach(&policies, role);
            for compartment in never {
                assert!(!reach.iter().any(|(_, place)| *place == Some(*compartment)), "{role} {compartment}");
            }
        }
        let erase = |(action, _): &(Action, _)| *action == Action::Erase;
        assert_eq!(reach(&policies, Role::Clinician).into_iter().find(erase), None);
        let officer = reach(&policies, Role::SecurityOfficer);
        assert!(officer.iter().all(|(action, _)| [Action::Audit, Action::Erase].contains(action)));
    }

    #[test]
    fn the_nets_catch_nothing_while_the_permits_are_right() {
        let files: Vec<_> = source::FILES.into_iter().filter(|(file, _)| *file != "safety.cedar").collect();
        assert_eq!(files.len() + 1, source::FILES.len());
        let (with, without) = (Policies::load().unwrap(), Policies::of(&files).unwrap());
        for role in Role::ALL {
            assert_eq!(reach(&with, role), reach(&without, role), "{role}");
        }
    }
}
