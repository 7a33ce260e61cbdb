//! Reference parameters that are followed, by `_include` and `_revinclude` (FHIR R4 §3.1.1.5.3) and by chains.

use std::fmt;

use serde_json::Value;

use super::{
    Criterion, Modifier, ReferenceTarget, ReferenceValue, SearchError, SearchParameter, SearchValue,
    kind::Kind, parameters, path::values, targets,
};
use crate::{ResourceType, parameter};

const INCLUDE: &str = "_include";
const REVINCLUDE: &str = "_revinclude";

/// A reference parameter to follow: `Type:parameter` or `Type:parameter:Target`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Of the type that has the reference.
    pub parameter: SearchParameter,
    /// To this type only, where one is said.
    pub target: Option<ResourceType>,
}

/// What an answer has beside what matches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Follow {
    /// `_include`: what matches refers to these.
    pub include: Vec<Link>,
    /// `_include=*`: all that it refers to.
    pub include_all: bool,
    /// `_revinclude`: these refer to what matches.
    pub revinclude: Vec<Link>,
}

impl Follow {
    /// Takes a parameter of a search for `kind`, if it is one of these.
    ///
    /// # Errors
    /// [`SearchError`] where it is and its value, or what stands behind a colon, cannot be followed.
    pub fn take(&mut self, kind: ResourceType, name: &str, value: &str) -> Result<bool, SearchError> {
        match name.split_once(':').map_or((name, false), |(name, _)| (name, true)) {
            (INCLUDE, true) => Err(SearchError::Modifier(INCLUDE)),
            (REVINCLUDE, true) => Err(SearchError::Modifier(REVINCLUDE)),
            (INCLUDE | REVINCLUDE, false) if kind.is_logged() => {
                Err(SearchError::NotALink(if name == INCLUDE { INCLUDE } else { REVINCLUDE }))
            }
            (INCLUDE, false) if value == "*" => {
                self.include_all = true;
                Ok(true)
            }
            (INCLUDE, false) => {
                let link = Link::parse(value).filter(|link| link.parameter.resource_type == kind);
                self.include.push(link.ok_or(SearchError::NotALink(INCLUDE))?);
                Ok(true)
            }
            (REVINCLUDE, false) => {
                let link = Link::parse(value).filter(|link| link.leads_to(kind));
                let link = link.ok_or(SearchError::NotALink(REVINCLUDE))?;
                if !link.is_about_the_same(kind) {
                    return Err(SearchError::AmongAll(REVINCLUDE));
                }
                self.revinclude.push(link);
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Whether nothing is followed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.include.is_empty() && !self.include_all && self.revinclude.is_empty()
    }

    /// Each as in the URL: name and value.
    pub fn pairs(&self) -> impl Iterator<Item = (&'static str, String)> {
        let all = self.include_all.then(|| (INCLUDE, "*".to_owned())).into_iter();
        let include = self.include.iter().map(|link| (INCLUDE, link.to_string()));
        all.chain(include).chain(self.revinclude.iter().map(|link| (REVINCLUDE, link.to_string())))
    }

    /// The top-level elements that have what `_include` follows. `*` follows whatever is shown.
    pub(crate) fn elements(&self) -> impl Iterator<Item = &'static str> {
        let paths = self.include.iter().flat_map(|link| link.parameter.reference_paths());
        paths.filter_map(|path| path.split(['.', '?']).next())
    }

    /// What the resource refers to and is followed: the texts of its references.
    #[must_use]
    pub fn references(&self, resource: &Value) -> Vec<String> {
        let mut found = Vec::new();
        if self.include_all {
            every_reference(resource, &mut found);
        }
        for link in &self.include {
            found.extend(link.references(resource));
        }
        found
    }
}

impl Link {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let kind: ResourceType = parts.next()?.parse().ok()?;
        let parameter = parameter(kind, parts.next()?).filter(SearchParameter::is_followed)?;
        let target = parts.next().map(str::parse).transpose().ok()?;
        let link = Self { parameter, target };
        (parts.next().is_none() && link.target.is_none_or(|kind| parameter.leads_to(kind))).then_some(link)
    }

    /// Every link that an `_include` of a search for the type may name.
    #[must_use]
    pub fn of(kind: ResourceType) -> Vec<Self> {
        let followed = parameters(kind).into_iter().filter(SearchParameter::is_followed);
        followed.map(|parameter| Self { parameter, target: None }).collect()
    }

    /// The links that a `_revinclude` of a search for the type may name, but for those that lead to any type.
    #[must_use]
    pub fn to(kind: ResourceType) -> Vec<Self> {
        let all = ResourceType::ALL.into_iter().flat_map(Self::of);
        let leads = |link: &Self| link.parameter.targets().contains(&kind) || link.is_of_writes();
        all.filter(|link| {
            !kind.is_logged() && leads(link) && link.leads_to(kind) && link.is_about_the_same(kind)
        })
        .collect()
    }

    /// Whether it leads from a Provenance to what was written. Those are derived, and found by nothing else.
    fn is_of_writes(&self) -> bool {
        self.parameter.resource_type == ResourceType::Provenance
            && matches!(self.parameter.name, "target" | "patient")
    }

    fn leads_to(&self, kind: ResourceType) -> bool {
        let found = self.parameter.resource_type != ResourceType::Provenance || self.is_of_writes();
        found && self.target.is_none_or(|target| target == kind) && self.parameter.leads_to(kind)
    }

    /// Whether the records that refer to one of this type are its patient's, or both are the directory's. Others would
    /// have to be looked for among everybody's.
    fn is_about_the_same(&self, kind: ResourceType) -> bool {
        let from = self.parameter.resource_type;
        from != ResourceType::Patient && from.is_directory() == kind.is_directory()
    }

    /// What the resource refers to by it, as references of this server's types.
    fn references(&self, resource: &Value) -> Vec<String> {
        let found = values(resource, self.parameter.reference_paths()).into_iter();
        let texts = found.filter_map(|element| element.get("reference").and_then(Value::as_str));
        let wanted = |text: &&str| {
            crate::Target::named_type(text).is_some_and(|kind| {
                self.parameter.leads_to(kind) && self.target.is_none_or(|only| only == kind)
            })
        };
        texts.filter(wanted).map(str::to_owned).collect()
    }

    /// What a resource must match to refer by it to one of these, all of one type.
    #[must_use]
    pub fn to_one_of(&self, kind: ResourceType, ids: impl Iterator<Item = String>) -> Criterion {
        let named = if self.is_of_writes() { "target" } else { self.parameter.name };
        let parameter = self.parameter.as_reference_at(named, self.parameter.reference_paths());
        let value = |id| ReferenceValue { kind: Some(kind), target: ReferenceTarget::Id(id) };
        let values = ids.map(|id| SearchValue::Reference(value(id))).collect();
        Criterion { parameter, modifier: Modifier::None, values }
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.parameter.resource_type, self.parameter.name)?;
        self.target.map_or(Ok(()), |target| write!(f, ":{target}"))
    }
}

impl SearchParameter {
    /// Whether it looks at references.
    #[must_use]
    pub fn is_followed(&self) -> bool {
        !self.resource_type.is_logged() && !self.reference_paths().is_empty()
    }

    /// The types to which it leads; none where it may be any.
    #[must_use]
    pub const fn targets(&self) -> &'static [ResourceType] {
        targets::of(self.resource_type, self.name)
    }

    pub(super) fn leads_to(&self, kind: ResourceType) -> bool {
        self.targets().is_empty() || self.targets().contains(&kind)
    }

    /// Where the references are. Those to the patient are found by their id, and are in the elements that say whose it is.
    pub(super) fn reference_paths(&self) -> &'static [&'static str] {
        match self.kind {
            Kind::Reference => self.paths,
            Kind::Id if self.name != "_id" => self.resource_type.patient_elements(),
            _ => &[],
        }
    }
}

fn every_reference(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| every_reference(item, found)),
        Value::Object(members) => {
            found.extend(members.get("reference").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|inner| every_reference(inner, found));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::parameters;

    #[test]
    fn every_parameter_and_every_link_crosses_a_wire() {
        for kind in ResourceType::ALL {
            let own = parameters(kind);
            let as_links = own.iter().filter(|one| one.is_followed()).map(|one| {
                let link = Link { parameter: *one, target: None };
                link.to_one_of(ResourceType::Device, std::iter::once("x".to_owned())).parameter
            });
            for parameter in own.iter().copied().chain(as_links) {
                let text = serde_json::to_string(&parameter).unwrap();
                assert_eq!(serde_json::from_str::<SearchParameter>(&text).unwrap(), parameter, "{text}");
            }
        }
    }
}
