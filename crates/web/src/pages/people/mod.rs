//! `/people`: whom administrators manage.

pub(crate) mod invite;
pub(crate) mod list;
pub(crate) mod person;
pub(crate) mod resets;
pub(crate) mod roles;

use jiff::{Timestamp, civil::Date};
use serde::Deserialize;
use tacenda_contracts::accounts::people::PersonState;
use tacenda_kernel::Role;

use crate::{
    view::role::role_name,
    web::Web,
    words::{PeopleWords, Words},
};

/// The roles of people, other than a patient's: those that an administrator gives.
pub(crate) const GIVEN: [Role; 6] = [
    Role::Clinician,
    Role::Technician,
    Role::Monitor,
    Role::Researcher,
    Role::SecurityOfficer,
    Role::Administrator,
];

/// A role among those to choose from.
pub(crate) struct RoleChoice {
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) chosen: bool,
}

/// The roles to choose from.
pub(crate) fn role_choices(words: &Words, chosen: impl Fn(Role) -> bool) -> Vec<RoleChoice> {
    let choice = |role: Role| RoleChoice {
        code: role.as_str(),
        name: role_name(role, &words.frame),
        hint: match role {
            Role::SecurityOfficer | Role::Administrator => words.people.privileged,
            _ => "",
        },
        chosen: chosen(role),
    };
    GIVEN.into_iter().map(choice).collect()
}

/// A role's code of a form.
pub(crate) fn given_role(code: &str) -> Option<Role> {
    code.parse().ok().filter(|role| GIVEN.contains(role))
}

/// The end of the last day that a form names; `Ok(None)` for an empty field.
pub(crate) fn until(web: &Web, day: &str) -> Result<Option<Timestamp>, ()> {
    if day.trim().is_empty() {
        return Ok(None);
    }
    let day: Date = day.trim().parse().map_err(|_| ())?;
    let end = day.tomorrow().and_then(|next| next.to_zoned(web.time_zone.clone())).map_err(|_| ())?;
    if end.timestamp() <= web.clock.now() { Err(()) } else { Ok(Some(end.timestamp())) }
}

/// A state by its name, with the class of its tag.
pub(crate) const fn state(state: PersonState, words: &PeopleWords) -> (&'static str, &'static str) {
    match state {
        PersonState::Invited => (words.invited, "warn"),
        PersonState::Active => (words.active, "good"),
        PersonState::Suspended => (words.suspended, "bad"),
    }
}

/// What was done just before, named in the query by one of these and nothing else.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Done {
    Invited,
    Given,
    Taken,
    Suspended,
    Reinstated,
    Demanded,
    Reset,
    Asked,
    Refused,
}

impl Done {
    pub(crate) const fn text(self, words: &PeopleWords) -> &'static str {
        match self {
            Self::Invited => words.done_invited,
            Self::Given => words.done_given,
            Self::Taken => words.done_taken,
            Self::Suspended => words.done_suspended,
            Self::Reinstated => words.done_reinstated,
            Self::Demanded => words.done_demanded,
            Self::Reset => words.done_reset,
            Self::Asked => words.done_asked,
            Self::Refused => words.done_refused,
        }
    }
}

/// `?done=…`
#[derive(Deserialize)]
pub(crate) struct After {
    pub(crate) done: Option<Done>,
}
