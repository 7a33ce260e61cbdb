//! What the tests of this crate share.

use std::{fs, path::PathBuf, sync::LazyLock};

use tacenda_kernel::{Action, AuthStrength, Compartment, Purpose, Role};
use tacenda_policy::{Policies, Question, Relations};

pub(crate) const STRENGTHS: [(AuthStrength, &str); 3] =
    [(AuthStrength::Single, "single"), (AuthStrength::Multi, "multi"), (AuthStrength::Client, "client")];

pub(crate) const RELATIONS: [&str; 5] = ["own", "care", "assigned", "need", "consent"];

/// The policies, loaded once.
pub(crate) fn loaded() -> &'static Policies {
    static POLICIES: LazyLock<Policies> = LazyLock::new(|| Policies::load().unwrap());
    &POLICIES
}

/// The actions that disclose.
pub(crate) const VIEWS: [Action; 4] = [Action::Read, Action::History, Action::Search, Action::Lookup];

/// A purpose and a strength with which a caller of this role gets furthest.
pub(crate) const fn suited(role: Role) -> (Purpose, AuthStrength) {
    match role {
        Role::Clinician => (Purpose::Treatment, AuthStrength::Multi),
        Role::Technician | Role::Monitor => (Purpose::Operations, AuthStrength::Multi),
        Role::Researcher => (Purpose::Research, AuthStrength::Multi),
        Role::Patient => (Purpose::PatientRequest, AuthStrength::Multi),
        Role::SecurityOfficer => (Purpose::Compliance, AuthStrength::Multi),
        Role::Administrator => (Purpose::SystemAdministration, AuthStrength::Multi),
        Role::Application | Role::Device => (Purpose::Treatment, AuthStrength::Client),
    }
}

/// Every compartment, and none.
pub(crate) fn places() -> impl Iterator<Item = Option<Compartment>> + Clone {
    Compartment::ALL.into_iter().map(Some).chain([None])
}

pub(crate) fn place_name(place: Option<Compartment>) -> &'static str {
    place.map_or("system", Compartment::as_str)
}

/// Bit n of the mask is the relation `RELATIONS[n]`.
pub(crate) fn relations(mask: u8) -> Relations {
    let has = |bit: u8| mask & (1 << bit) != 0;
    Relations { own: has(0), care: has(1), assigned: has(2), need: has(3), consent: has(4) }
}

/// One thing a role may do somewhere, and under which conditions.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) purposes: Vec<Purpose>,
    pub(crate) strengths: Vec<(AuthStrength, &'static str)>,
    /// The smallest sets of relations that suffice, as masks.
    pub(crate) needs: Vec<u8>,
}

impl Cell {
    /// None where the role may never.
    pub(crate) fn of(role: Role, action: Action, place: Option<Compartment>) -> Option<Self> {
        let policies = loaded();
        let may = |strength, purpose| policies.possible(role, strength, action, place, purpose);
        let mut purposes = Purpose::ALL.to_vec();
        purposes.retain(|purpose| STRENGTHS.iter().any(|(strength, _)| may(*strength, *purpose)));
        let mut strengths = STRENGTHS.to_vec();
        strengths.retain(|(strength, _)| purposes.iter().any(|purpose| may(*strength, *purpose)));
        let mut needs = None;
        for purpose in purposes.iter().copied() {
            for (strength, _) in strengths.iter().copied() {
                let smallest = smallest(|mask| {
                    let relations = relations(mask);
                    let question = Question {
                        role,
                        strength,
                        recent: true,
                        action,
                        compartment: place,
                        purpose,
                        relations,
                    };
                    policies.decide(&question).is_allowed()
                });
                // The tables say "any of these purposes, any of these strengths, these relations".
                assert_eq!(
                    *needs.get_or_insert_with(|| smallest.clone()),
                    smallest,
                    "{role} {action} {place:?}"
                );
            }
        }
        let needs = needs?;
        Some(Self { purposes, strengths, needs })
    }

    pub(crate) fn needs_text(&self) -> String {
        let set = |mask: &u8| {
            let names: Vec<_> =
                (0..5).filter(|bit| mask & (1 << bit) != 0).map(|bit| RELATIONS[bit]).collect();
            if names.is_empty() { "✔".to_owned() } else { names.join("+") }
        };
        self.needs.iter().map(set).collect::<Vec<_>>().join("|")
    }
}

fn smallest(allowed: impl Fn(u8) -> bool) -> Vec<u8> {
    let mut masks: Vec<u8> = (0..32).collect();
    masks.sort_by_key(|mask| mask.count_ones());
    let mut found: Vec<u8> = Vec::new();
    for mask in masks {
        if !found.iter().any(|smaller| smaller & mask == *smaller) && allowed(mask) {
            found.push(mask);
        }
    }
    found
}

/// Compares with `golden/<name>`, or writes it where `UPDATE_GOLDEN` is set.
pub(crate) fn golden(name: &str, actual: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, actual).unwrap();
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    let missing: Vec<_> = actual.lines().filter(|line| !expected.lines().any(|had| had == *line)).collect();
    let gone: Vec<_> = expected.lines().filter(|line| !actual.lines().any(|has| has == *line)).collect();
    assert!(
        expected == actual,
        "golden/{name} differs; missing or changed rows:\n{}\nrows no longer true:\n{}\n\
         If that is meant, set UPDATE_GOLDEN=1 and review the difference.",
        missing.join("\n"),
        gone.join("\n"),
    );
}
