//! Which search parameters each type has.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use tacenda_kernel::Compartment;

use super::{
    Term, TermScope,
    definitions::{self, Definition},
    kind::Kind,
};
use crate::{Placement, ResourceType, placement::CONTACT_ELEMENTS};

/// A search parameter of one type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SearchParameter {
    /// Its name in the URL.
    pub name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) paths: &'static [&'static str],
    indexed: bool,
    /// Of which type.
    pub resource_type: ResourceType,
}

/// By its type and name, and whether it was made one that looks at references, where it is of another kind by itself.
impl Serialize for SearchParameter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let is_itself = parameter(self.resource_type, self.name) == Some(*self);
        (self.resource_type, self.name, is_itself).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SearchParameter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (kind, name, is_itself) = <(ResourceType, String, bool)>::deserialize(deserializer)?;
        let own = parameter(kind, &name).ok_or_else(|| D::Error::custom("no such search parameter"))?;
        Ok(if is_itself { own } else { own.as_reference_at(own.name, own.reference_paths()) })
    }
}

impl SearchParameter {
    /// Its code in FHIR's SearchParamType.
    #[must_use]
    pub const fn fhir_type(&self) -> &'static str {
        match (self.kind, self.name.as_bytes()) {
            (Kind::Id, b"_id") | (Kind::Token, _) => "token",
            (Kind::Id | Kind::Reference, _) => "reference",
            (Kind::Text, _) => "string",
            (Kind::Date, _) => "date",
            (Kind::Quantity, _) => "quantity",
            // Canonical URLs are references in R4, and are compared as URIs are.
            (Kind::Uri, b"instantiates-canonical" | b"questionnaire") => "reference",
            (Kind::Uri, _) => "uri",
        }
    }

    /// Whether its values are ids by which the records, or whose they are, are named.
    #[must_use]
    pub const fn is_id(&self) -> bool {
        matches!(self.kind, Kind::Id)
    }

    /// Whether its values are kept as blind tokens. Others say which of the opened records match.
    #[must_use]
    pub const fn is_indexed(&self) -> bool {
        self.indexed
    }

    /// The elements that it looks at, as paths of element names.
    #[must_use]
    pub const fn elements(&self) -> &'static [&'static str] {
        self.paths
    }

    /// Among whose records its tokens find: a Patient's and the directory's across all patients, others within one
    /// patient's.
    #[must_use]
    pub const fn scope(&self) -> TermScope {
        match self.resource_type.placement() {
            Placement::Split | Placement::Directory => TermScope::Population,
            _ => TermScope::Patient,
        }
    }

    pub(super) fn is_of_population(&self) -> bool {
        self.scope() == TermScope::Population
    }

    /// A reference at these paths of the same type.
    pub(super) const fn as_reference_at(self, name: &'static str, paths: &'static [&'static str]) -> Self {
        Self { name, kind: Kind::Reference, paths, indexed: false, ..self }
    }

    pub(super) fn term(&self, value: &str) -> Term {
        Term { parameter: self.name, value: value.to_owned(), scope: self.scope() }
    }

    /// A whole name is found by any of its words, its parts by their beginning.
    pub(super) fn at_any_word(&self) -> bool {
        matches!(self.name, "name" | "address")
    }

    /// The vault that keeps its values, where that is always the same one.
    #[must_use]
    pub fn compartment(&self) -> Option<Compartment> {
        let kept = self.resource_type.placement().compartments();
        let element = self.paths.first().and_then(|path| path.split(['.', '?']).next()).unwrap_or_default();
        match self.resource_type.placement() {
            Placement::Split if CONTACT_ELEMENTS.contains(&element) => Some(Compartment::Contact),
            Placement::Split => Some(Compartment::Identity),
            _ if kept.iter().count() == 1 => kept.iter().next(),
            _ => None,
        }
    }
}

/// The parameters of a type, `_id` first.
#[must_use]
pub fn parameters(resource_type: ResourceType) -> Vec<SearchParameter> {
    let ids = std::iter::once("_id").chain(resource_type.patient_parameters().iter().copied());
    let id = |name| SearchParameter { name, kind: Kind::Id, paths: &[], indexed: false, resource_type };
    let defined = definitions::COMMON.iter().chain(definitions::of(resource_type));
    ids.map(id).chain(defined.map(|definition| of(definition, resource_type))).collect()
}

/// The parameter of this name, if the type has it.
#[must_use]
pub fn parameter(resource_type: ResourceType, name: &str) -> Option<SearchParameter> {
    if name == "_id" || resource_type.patient_parameters().contains(&name) {
        return parameters(resource_type).into_iter().find(|parameter| parameter.name == name);
    }
    let mut defined = definitions::COMMON.iter().chain(definitions::of(resource_type));
    defined.find(|definition| definition.name == name).map(|definition| of(definition, resource_type))
}

/// What R4 has for every search and this server has not.
const ELSEWHERE: [&str; 9] =
    ["_contained", "_containedType", "_content", "_filter", "_has", "_list", "_query", "_source", "_text"];

/// The name, if any type, or FHIR for all types, has such a parameter.
pub(super) fn known_name(name: &str) -> Option<&'static str> {
    if name == "_has" {
        return Some("_has");
    }
    let all = ResourceType::ALL.iter().flat_map(|kind| definitions::of(*kind));
    all.map(|definition| definition.name).chain(ELSEWHERE).find(|known| *known == name)
}

/// The parameters of a type whose values are kept as blind tokens.
pub(super) fn indexed(resource_type: ResourceType) -> impl Iterator<Item = SearchParameter> {
    let indexed = definitions::of(resource_type).filter(|definition| definition.indexed);
    indexed.map(move |definition| of(definition, resource_type))
}

const fn of(definition: &Definition, resource_type: ResourceType) -> SearchParameter {
    let Definition { name, kind, paths, indexed } = *definition;
    SearchParameter { name, kind, paths, indexed, resource_type }
}
