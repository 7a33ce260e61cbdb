//! The kernel's words, said in Cedar once at start, so that a decision only copies pointers.

use cedar_policy::{Context, EntityUid, Request, RestrictedExpression};
use tacenda_kernel::{Action, AuthStrength, Compartment, Purpose, Role};

use crate::{PolicyError, Question, Relations};

pub(crate) struct Vocabulary {
    roles: Vec<(Role, EntityUid)>,
    actions: Vec<(Action, EntityUid)>,
    compartments: Vec<(Compartment, EntityUid)>,
    system: EntityUid,
    purposes: Vec<(Purpose, RestrictedExpression)>,
    strengths: Vec<(AuthStrength, RestrictedExpression)>,
}

impl Vocabulary {
    pub(crate) fn new() -> Result<Self, PolicyError> {
        let entity = |uid: EntityUid| RestrictedExpression::new_entity_uid(uid);
        Ok(Self {
            roles: words("Role", Role::ALL, Role::as_str, |uid| uid)?,
            actions: words("Action", Action::ALL, Action::as_str, |uid| uid)?,
            compartments: words("Compartment", Compartment::ALL, Compartment::as_str, |uid| uid)?,
            system: uid("System", "tacenda")?,
            purposes: words("Purpose", Purpose::ALL, Purpose::code, entity)?,
            strengths: words("Strength", STRENGTHS, strength_name, entity)?,
        })
    }

    /// The question in Cedar; nothing if a word were missing, which is then no permission.
    pub(crate) fn request(&self, question: &Question) -> Option<Request> {
        let resource = match question.compartment {
            Some(compartment) => find(&self.compartments, compartment)?,
            None => self.system.clone(),
        };
        let context = self.context(question)?;
        let (principal, action) = (find(&self.roles, question.role)?, find(&self.actions, question.action)?);
        Request::new(principal, action, resource, context, None).ok()
    }

    fn context(&self, question: &Question) -> Option<Context> {
        let Relations { own, care, assigned, need, consent } = question.relations;
        let truth = |name: &str, value| (name.to_owned(), RestrictedExpression::new_bool(value));
        Context::from_pairs([
            ("purpose".to_owned(), find(&self.purposes, question.purpose)?),
            ("strength".to_owned(), find(&self.strengths, question.strength)?),
            truth("recent", question.recent),
            truth("own", own),
            truth("care", care),
            truth("assigned", assigned),
            truth("need", need),
            truth("consent", consent),
        ])
        .ok()
    }
}

const STRENGTHS: [AuthStrength; 3] = [AuthStrength::Single, AuthStrength::Multi, AuthStrength::Client];

fn strength_name(strength: AuthStrength) -> &'static str {
    match strength {
        AuthStrength::Single => "single",
        AuthStrength::Multi => "multi",
        AuthStrength::Client => "client",
    }
}

fn words<W: Copy, U, const N: usize>(
    entity_type: &str,
    all: [W; N],
    name: impl Fn(W) -> &'static str,
    wrap: impl Fn(EntityUid) -> U,
) -> Result<Vec<(W, U)>, PolicyError> {
    all.into_iter().map(|word| Ok((word, wrap(uid(entity_type, name(word))?)))).collect()
}

fn uid(entity_type: &str, id: &str) -> Result<EntityUid, PolicyError> {
    let type_name = entity_type.parse().map_err(PolicyError::vocabulary)?;
    Ok(EntityUid::from_type_name_and_id(type_name, cedar_policy::EntityId::new(id)))
}

fn find<W: PartialEq, U: Clone>(words: &[(W, U)], wanted: W) -> Option<U> {
    words.iter().find(|(word, _)| *word == wanted).map(|(_, said)| said.clone())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::source;

    #[test]
    fn the_schema_and_the_kernel_know_the_same_words() {
        let enumerated: BTreeSet<_> = source::SCHEMA.split('"').skip(1).step_by(2).collect();
        let mut known = BTreeSet::from(["tacenda"]);
        known.extend(Role::ALL.map(Role::as_str));
        known.extend(Compartment::ALL.map(Compartment::as_str));
        known.extend(Purpose::ALL.map(Purpose::code));
        known.extend(STRENGTHS.map(strength_name));
        assert_eq!(enumerated, known);

        let schema = source::schema().unwrap();
        let actions: BTreeSet<_> =
            schema.actions().map(|action| action.id().unescaped().to_owned()).collect();
        let groups = ["view", "change"];
        let known: BTreeSet<_> = Action::ALL.map(Action::as_str).into_iter().chain(groups).collect();
        assert_eq!(actions, known.into_iter().map(str::to_owned).collect());
    }

    #[test]
    fn a_request_fits_the_schema() {
        let (schema, vocabulary) = (source::schema().unwrap(), Vocabulary::new().unwrap());
        for role in Role::ALL {
            for purpose in Purpose::ALL {
                for strength in STRENGTHS {
                    let question = Question {
                        role,
                        strength,
                        recent: false,
                        action: Action::Read,
                        compartment: Some(Compartment::Clinical),
                        purpose,
                        relations: Relations::NONE,
                    };
                    let request = vocabulary.request(&question).unwrap();
                    let context = vocabulary.context(&question).unwrap();
                    let (principal, action) = (request.principal().unwrap(), request.action().unwrap());
                    let resource = request.resource().unwrap();
                    Request::new(principal.clone(), action.clone(), resource.clone(), context, Some(&schema))
                        .unwrap();
                }
            }
        }
    }
}
