//! A part of a resource: `_summary` and `_elements` (FHIR R4 §3.1.1.5.8 and §3.1.1.5.9).
//!
//! An excerpt is taken of whole top-level elements. What changes the meaning of the rest (`implicitRules`,
//! `modifierExtension`) and what is mandatory is always in it.

use serde::{Deserialize, Serialize};

use crate::{Follow, ResourceType, SearchError, placement::plain, resource_type::Element};

/// The parameter that lists elements.
const PARAMETER: &str = "_elements";
/// More than any type's elements together take.
const LONGEST: usize = 2_048;
/// What every resource may have beside the elements of its type.
pub(crate) const COMMON: [&str; 8] =
    ["resourceType", "id", "meta", "implicitRules", "language", "text", "contained", "extension"];
/// What every excerpt has.
pub(crate) const ALWAYS: [&str; 2] = ["implicitRules", "modifierExtension"];

/// What of a resource is asked for. `resourceType`, `id` and `meta` always are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Excerpt {
    /// All of it.
    #[default]
    Whole,
    /// All but its text: `_summary=data`.
    WithoutText,
    /// These elements.
    Only(Vec<Element>),
}

impl Excerpt {
    /// `_summary=true`: what R4 marks as belonging to a summary.
    #[must_use]
    pub fn summary(kind: ResourceType) -> Self {
        Self::of(kind, &[], |element| element.summary)
    }

    /// `_summary=text`: the text.
    #[must_use]
    pub fn text(kind: ResourceType) -> Self {
        Self::of(kind, &["text"], |_| false)
    }

    /// `_elements`: those listed, by their names in R4 (`value` or `value[x]`) or in JSON (`valueQuantity`).
    ///
    /// # Errors
    /// [`SearchError`] where one of them is no element of the type.
    pub fn elements(kind: ResourceType, list: &str) -> Result<Self, SearchError> {
        if list.len() > LONGEST {
            return Err(SearchError::TooLong(PARAMETER));
        }
        let named: Vec<&str> = list.split(',').map(str::trim).collect();
        let common: Vec<&'static str> = COMMON.into_iter().filter(|name| named.contains(name)).collect();
        let is = |element: &Element, name: &str| {
            element.is_named(name) || name.strip_suffix("[x]").unwrap_or(name) == element.name
        };
        for name in &named {
            if !common.contains(name) && !kind.elements().any(|element| is(&element, name)) {
                return Err(SearchError::NotAnElement(PARAMETER));
            }
        }
        Ok(Self::of(kind, &common, |element| named.iter().any(|name| is(element, name))))
    }

    /// Nothing but what it is: for a question that only asks whether, and which.
    #[must_use]
    pub const fn name_only() -> Self {
        Self::Only(Vec::new())
    }

    /// With what is followed from it: who asks for what is referred to gets the references as well.
    #[must_use]
    pub fn following(self, kind: ResourceType, follow: &Follow) -> Self {
        let Self::Only(mut shown) = self else { return self };
        let followed: Vec<&str> = follow.elements().collect();
        let more = kind.elements().filter(|element| followed.iter().any(|name| element.is_named(name)));
        for element in more {
            if !shown.contains(&element) {
                shown.push(element);
            }
        }
        Self::Only(shown)
    }

    fn of(kind: ResourceType, common: &[&'static str], wanted: impl Fn(&Element) -> bool) -> Self {
        let own = kind.elements().filter(|element| element.mandatory || wanted(element));
        let common = ALWAYS.iter().chain(common).copied().map(Element::plain);
        Self::Only(common.chain(own).collect())
    }

    /// Whether the element is in it, by its name in JSON. `_birthDate` goes with `birthDate`.
    #[must_use]
    pub fn shows(&self, element: &str) -> bool {
        let element = plain(element);
        match self {
            Self::Whole => true,
            Self::WithoutText => element != "text",
            Self::Only(shown) => shown.iter().any(|shown| shown.is_named(element)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: ResourceType = ResourceType::Observation;

    #[test]
    fn every_excerpt_crosses_a_wire() {
        for kind in ResourceType::ALL {
            let all: Vec<&str> = kind.elements().map(|element| element.name).chain(COMMON).collect();
            let excerpts = [Excerpt::summary(kind), Excerpt::text(kind), Excerpt::name_only()];
            let named = all.chunks(20).map(|some| Excerpt::elements(kind, &some.join(",")).unwrap());
            for excerpt in excerpts.into_iter().chain(named) {
                let text = serde_json::to_string(&excerpt).unwrap();
                let read: Excerpt = serde_json::from_str(&text).unwrap();
                for element in &all {
                    assert_eq!(read.shows(element), excerpt.shows(element), "{kind} {element}");
                }
            }
        }
    }

    #[test]
    fn what_is_mandatory_stays() {
        let excerpt = Excerpt::elements(KIND, "value,_subject,bodySite");
        assert_eq!(excerpt, Err(SearchError::NotAnElement(PARAMETER)));
        let excerpt = Excerpt::elements(KIND, "id,value, bodySite,text").unwrap();
        for shown in ["status", "_status", "code", "valueQuantity", "bodySite", "text", "modifierExtension"] {
            assert!(excerpt.shows(shown), "{shown}");
        }
        for hidden in ["subject", "values", "valueset", "note", "extension", "effectiveDateTime"] {
            assert!(!excerpt.shows(hidden), "{hidden}");
        }
        assert!(Excerpt::elements(KIND, "effectivePeriod").unwrap().shows("effectiveDateTime"));
        assert!(Excerpt::elements(KIND, "effective[x]").unwrap().shows("effectiveDateTime"));
        for wrong in ["", "name", "status,,code", "component.code", "Observation.status"] {
            assert!(Excerpt::elements(KIND, wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_followed_is_shown() {
        let mut follow = Follow::default();
        for link in ["Observation:encounter", "Observation:patient"] {
            assert_eq!(follow.take(KIND, "_include", link), Ok(true));
        }
        let excerpt = Excerpt::elements(KIND, "value").unwrap().following(KIND, &follow);
        assert!(excerpt.shows("encounter") && excerpt.shows("subject") && excerpt.shows("valueQuantity"));
        assert!(!excerpt.shows("performer") && !excerpt.shows("note"));
        assert_eq!(Excerpt::WithoutText.following(KIND, &follow), Excerpt::WithoutText);
    }

    #[test]
    fn summaries() {
        let summary = Excerpt::summary(ResourceType::Patient);
        assert!(
            summary.shows("birthDate") && summary.shows("deceasedBoolean") && !summary.shows("maritalStatus")
        );
        assert!(!summary.shows("text") && !summary.shows("photo"));
        let text = Excerpt::text(KIND);
        assert!(text.shows("text") && text.shows("status") && !text.shows("subject"));
        assert!(Excerpt::WithoutText.shows("note") && !Excerpt::WithoutText.shows("text"));
    }
}
