//! Which search parameters each type has.

use tacenda_kernel::Compartment;

use super::TermScope;
use crate::{Placement, ResourceType};

/// How a parameter's values are compared (FHIR R4 §3.1.1.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// The record's own id, or the patient's: found by id, never by token.
    Id,
    /// An Identifier: `value`, `system|value` or `|value`.
    Identifier,
    /// A name, or its family or given part: begins with, whatever the case and accents.
    Name,
}

/// A search parameter of one type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SearchParameter {
    /// Its name in the URL.
    pub name: &'static str,
    pub(crate) kind: Kind,
    /// Of which type.
    pub resource_type: ResourceType,
}

impl SearchParameter {
    /// Its code in FHIR's SearchParamType: `token`, `reference` or `string`.
    #[must_use]
    pub const fn fhir_type(&self) -> &'static str {
        match (self.kind, self.name.as_bytes()) {
            (Kind::Id, b"_id") | (Kind::Identifier, _) => "token",
            (Kind::Id, _) => "reference",
            (Kind::Name, _) => "string",
        }
    }

    /// Whether its values are kept as blind tokens; the others are ids, which need none.
    #[must_use]
    pub const fn is_token(&self) -> bool {
        !matches!(self.kind, Kind::Id)
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

    /// The vault that keeps its tokens, where that is always the same one.
    #[must_use]
    pub fn compartment(&self) -> Option<Compartment> {
        let kept = self.resource_type.placement().compartments();
        match (self.resource_type.placement(), self.kind) {
            (Placement::Split, Kind::Name) => Some(Compartment::Contact),
            (Placement::Split, _) => Some(Compartment::Identity),
            _ if kept.iter().count() == 1 => kept.iter().next(),
            _ => None,
        }
    }
}

/// The parameters of a type, `_id` first.
#[must_use]
pub fn parameters(resource_type: ResourceType) -> Vec<SearchParameter> {
    let ids = std::iter::once("_id").chain(resource_type.patient_parameters().iter().copied());
    let tokens = resource_type.token_parameters().iter().copied();
    let of = |kind| move |name| SearchParameter { name, kind, resource_type };
    ids.map(of(Kind::Id)).chain(tokens.map(|name| of(kind_of(name))(name))).collect()
}

/// The parameter of this name, if the type has it.
#[must_use]
pub fn parameter(resource_type: ResourceType, name: &str) -> Option<SearchParameter> {
    parameters(resource_type).into_iter().find(|parameter| parameter.name == name)
}

fn kind_of(name: &str) -> Kind {
    if name == "identifier" { Kind::Identifier } else { Kind::Name }
}
