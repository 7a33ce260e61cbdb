//! Chains of one step (FHIR R4 §3.1.1.4.13): a reference to whatever has this, such as `patient.identifier`.

use jiff::Timestamp;

use super::{
    Criterion, Link, SearchError, SearchParameter, SearchValue, criterion::Modifier, parameters::known_name,
};
use crate::{ResourceType, parameter};

/// A reference parameter, and what must be true of what it leads to.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    /// The reference.
    pub parameter: SearchParameter,
    /// To a resource of this type.
    pub target: ResourceType,
    typed: bool,
    /// Which matches this.
    pub inner: Criterion,
}

impl Chain {
    /// Reads `parameter[:Type].name[:modifier]`; none where the name is no chain.
    ///
    /// # Errors
    /// [`SearchError`]
    pub fn parse(
        kind: ResourceType,
        name: &str,
        text: &str,
        now: Timestamp,
    ) -> Option<Result<Self, SearchError>> {
        let (outer, inner) = name.split_once('.')?;
        Some(Self::read(kind, outer, inner, text, now))
    }

    fn read(
        kind: ResourceType,
        outer: &str,
        inner: &str,
        text: &str,
        now: Timestamp,
    ) -> Result<Self, SearchError> {
        let (plain, of_type) = outer.split_once(':').map_or((outer, None), |(name, kind)| (name, Some(kind)));
        let Some(parameter) = parameter(kind, plain) else {
            return Err(SearchError::Unsupported(known_name(plain).unwrap_or("that was asked for")));
        };
        let name = parameter.name;
        if !parameter.is_followed() {
            return Err(SearchError::NotAChain(name));
        }
        if inner.contains('.') {
            return Err(SearchError::TooFar(name));
        }
        let target = match (of_type, parameter.targets()) {
            (Some(text), _) => {
                text.parse().ok().filter(|kind: &ResourceType| !kind.is_logged() && parameter.leads_to(*kind))
            }
            (None, [target]) => Some(*target),
            (None, _) => return Err(SearchError::WhichType(name)),
        };
        let target = target.ok_or(SearchError::Modifier(name))?;
        let inner = Criterion::parse(target, inner, text, now)?;
        Ok(Self { parameter, target, typed: of_type.is_some(), inner })
    }

    /// As in the URL.
    #[must_use]
    pub fn name(&self) -> String {
        let of_type = if self.typed { format!(":{}", self.target) } else { String::new() };
        format!("{}{of_type}.{}", self.parameter.name, self.inner.name())
    }

    /// Whether it says whose records are searched.
    #[must_use]
    pub fn is_whose(&self) -> bool {
        self.parameter.is_id() && self.target == ResourceType::Patient
    }

    /// A reference to one of these.
    #[must_use]
    pub fn to_one_of(&self, ids: impl Iterator<Item = String>) -> Criterion {
        Link { parameter: self.parameter, target: None }.to_one_of(self.target, ids)
    }

    /// Whose records are searched, said by id.
    #[must_use]
    pub fn of_patient(&self, id: String) -> Criterion {
        let values = vec![SearchValue::Id(id)];
        Criterion { parameter: self.parameter, modifier: Modifier::None, values }
    }
}
