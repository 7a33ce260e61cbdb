//! What an application may do in somebody's name: SMART App Launch 2.2 scopes for FHIR resources.
//!
//! A scope gives no right. It only narrows what policy allows the person, or the application itself.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::Action;

/// Whose records a scope is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScopeContext {
    /// Those of the one patient the application was started for.
    Patient,
    /// All that the person may see.
    User,
    /// All that the application itself may see.
    System,
}

impl ScopeContext {
    /// Every context there is.
    pub const ALL: [Self; 3] = [Self::Patient, Self::User, Self::System];

    /// The word before the slash.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Patient => "patient",
            Self::User => "user",
            Self::System => "system",
        }
    }
}

/// Which interactions a scope allows: some of create, read, update, delete and search, in this order (`cruds`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Interactions(u8);

impl Interactions {
    const LETTERS: &'static str = "cruds";
    /// All five.
    pub const ALL: Self = Self(0b1_1111);

    /// Whether the action is one of them. What no FHIR interaction is, no scope allows.
    #[must_use]
    pub fn allow(self, action: Action) -> bool {
        let letter = match action {
            Action::Create | Action::Register => 'c',
            Action::Read | Action::History => 'r',
            Action::Update => 'u',
            Action::Delete => 'd',
            Action::Search | Action::Lookup => 's',
            Action::Erase | Action::Audit | Action::Administer | Action::Reindex => return false,
        };
        self.has(letter)
    }

    /// Whether there is none that `other` does not have.
    #[must_use]
    pub const fn within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Whether anything can be changed by them.
    #[must_use]
    pub fn change(self) -> bool {
        ['c', 'u', 'd'].into_iter().any(|letter| self.has(letter))
    }

    fn has(self, letter: char) -> bool {
        Self::LETTERS.find(letter).is_some_and(|bit| self.0 & (1 << bit) != 0)
    }

    /// Letters in their order, each once; or a word of SMART 1.
    fn parse(text: &str) -> Option<Self> {
        match text {
            "*" => return Some(Self::ALL),
            "read" => return Self::parse("rs"),
            "write" => return Self::parse("cud"),
            _ => {}
        }
        let mut bits = 0;
        for letter in text.chars() {
            let bit = 1 << Self::LETTERS.find(letter)?;
            if bits >= bit {
                return None;
            }
            bits |= bit;
        }
        (bits != 0).then_some(Self(bits))
    }
}

impl fmt::Display for Interactions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Self::LETTERS.chars().filter(|letter| self.has(*letter)).try_for_each(|letter| write!(f, "{letter}"))
    }
}

/// One scope for FHIR resources: `patient/Observation.rs`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ResourceScope {
    /// Whose.
    pub context: ScopeContext,
    /// Of which type; none for every type (`*`).
    pub kind: Option<String>,
    /// Which interactions.
    pub interactions: Interactions,
}

impl ResourceScope {
    /// Whether it allows nothing that `other` does not allow.
    #[must_use]
    pub fn within(&self, other: &Self) -> bool {
        self.context == other.context
            && (other.kind.is_none() || self.kind == other.kind)
            && self.interactions.within(other.interactions)
    }
}

impl fmt::Display for ResourceScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind.as_deref().unwrap_or("*");
        write!(f, "{}/{kind}.{}", self.context.as_str(), self.interactions)
    }
}

/// The text is no scope for FHIR resources that this server knows.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown scope; write patient|user|system/<Type or *>.<some of cruds>, without search parameters")]
pub struct UnknownScope;

impl FromStr for ResourceScope {
    type Err = UnknownScope;

    /// Reads SMART 2 (`.rs`) and SMART 1 (`.read`) forms.
    ///
    /// SECURITY: a scope with search parameters (`?category=…`) is refused, since ignoring them would widen it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (context, rest) = text.split_once('/').ok_or(UnknownScope)?;
        let context = ScopeContext::ALL.into_iter().find(|known| known.as_str() == context);
        let (kind, interactions) = rest.split_once('.').ok_or(UnknownScope)?;
        let kind = match kind {
            "*" => None,
            kind if kind.starts_with(|first: char| first.is_ascii_uppercase())
                && kind.bytes().all(|byte| byte.is_ascii_alphabetic()) =>
            {
                Some(kind.to_owned())
            }
            _ => return Err(UnknownScope),
        };
        let interactions = Interactions::parse(interactions).ok_or(UnknownScope)?;
        Ok(Self { context: context.ok_or(UnknownScope)?, kind, interactions })
    }
}

/// Types of resources.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kinds {
    /// Every type.
    All,
    /// These only.
    Only(Vec<String>),
}

impl Kinds {
    /// Whether the type is one of them.
    #[must_use]
    pub fn cover(&self, kind: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(kinds) => kinds.iter().any(|known| known == kind),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        matches!(self, Self::Only(kinds) if kinds.is_empty())
    }
}

/// To what an application's scopes narrow what its token's owner may do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Narrowing {
    /// The scopes for FHIR resources. With none the token opens nothing.
    pub scopes: Vec<ResourceScope>,
    /// The patient the application was started for, under the number of the caller's realm.
    pub patient: Option<[u8; 16]>,
}

impl Narrowing {
    /// The types on which the action is allowed. Scopes of the context `patient` count where the action is `in_context`:
    /// about the patient the application was started for.
    #[must_use]
    pub fn kinds(&self, action: Action, in_context: bool) -> Kinds {
        let counts = |scope: &&ResourceScope| {
            scope.interactions.allow(action) && (in_context || scope.context != ScopeContext::Patient)
        };
        let kinds: Option<Vec<String>> =
            self.scopes.iter().filter(counts).map(|one| one.kind.clone()).collect();
        kinds.map_or(Kinds::All, Kinds::Only)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(text: &str) -> ResourceScope {
        text.parse().unwrap()
    }

    #[test]
    fn both_versions_are_read_and_the_second_is_written() {
        for (text, written) in [
            ("patient/Observation.rs", "patient/Observation.rs"),
            ("user/*.cruds", "user/*.cruds"),
            ("system/Patient.d", "system/Patient.d"),
            ("patient/*.read", "patient/*.rs"),
            ("user/Condition.write", "user/Condition.cud"),
            ("patient/*.*", "patient/*.cruds"),
        ] {
            assert_eq!(scope(text).to_string(), written, "{text}");
        }
    }

    #[test]
    fn whatever_is_not_understood_is_refused() {
        for text in [
            "",
            "patient",
            "patient/",
            "patient/Observation",
            "patient/Observation.",
            "patient/Observation.sr",
            "patient/Observation.rr",
            "patient/Observation.x",
            "patient/observation.rs",
            "Patient/Observation.rs",
            "patient/Observation.rs?category=laboratory",
            "patient/Obs*.rs",
            "launch/patient",
            "patient/.rs",
            "patient/Observation.readwrite",
            "encounter/Observation.rs",
        ] {
            assert_eq!(text.parse::<ResourceScope>(), Err(UnknownScope), "{text}");
        }
    }

    #[test]
    fn a_scope_is_within_those_that_allow_as_much() {
        let small = scope("patient/Observation.r");
        for wide in ["patient/Observation.r", "patient/Observation.rs", "patient/*.cruds"] {
            assert!(small.within(&scope(wide)), "{wide}");
        }
        for other in ["patient/Condition.r", "patient/Observation.s", "user/*.cruds"] {
            assert!(!small.within(&scope(other)), "{other}");
        }
        assert!(!scope("patient/*.r").within(&small));
    }

    #[test]
    fn each_action_has_its_letter_and_some_have_none() {
        let allowed = |text: &str| {
            let scope = scope(text);
            Action::ALL.into_iter().filter(|action| scope.interactions.allow(*action)).collect::<Vec<_>>()
        };
        assert_eq!(allowed("user/*.rs"), [Action::Read, Action::History, Action::Search, Action::Lookup]);
        assert_eq!(allowed("user/*.cud"), [Action::Create, Action::Update, Action::Delete, Action::Register]);
        for never in [Action::Erase, Action::Audit, Action::Administer, Action::Reindex] {
            assert!(!allowed("user/*.*").contains(&never));
        }
    }

    #[test]
    fn a_patients_scopes_count_for_that_patient_only() {
        let narrowing = Narrowing {
            scopes: vec![scope("patient/Observation.rs"), scope("user/Patient.r"), scope("patient/*.c")],
            patient: None,
        };
        let only = |kinds: &[&str]| Kinds::Only(kinds.iter().map(|kind| (*kind).to_owned()).collect());
        assert_eq!(narrowing.kinds(Action::Read, true), only(&["Observation", "Patient"]));
        assert_eq!(narrowing.kinds(Action::Read, false), only(&["Patient"]));
        assert_eq!(narrowing.kinds(Action::Create, true), Kinds::All);
        assert!(narrowing.kinds(Action::Create, false).is_empty());
        assert!(Narrowing::default().kinds(Action::Read, true).is_empty());
    }
}
