//! From a resource to its stored form.

use serde::Serialize;
use serde_json::{Map, Value};
use tacenda_kernel::Compartment;

use super::{Slot, Template};
use crate::{
    Issue, IssueCode, ResourceType,
    definitions::{Definitions, Form},
    validate::OTHER_TYPE,
};

/// One reference of the resource being built.
#[derive(Clone, Copy, Debug)]
pub struct ReferenceSite<'a> {
    /// The reference's text.
    pub reference: &'a str,
    /// The type in `Reference.type`, if given.
    pub declared_type: Option<&'a str>,
    path: &'a [Step<'a>],
}

impl ReferenceSite<'_> {
    /// Where it is, as a FHIRPath expression such as `Observation.performer[0].reference`.
    #[must_use]
    pub fn expression(&self) -> String {
        let mut text = String::new();
        for step in self.path {
            match step {
                Step::Root(name) => text.push_str(name),
                Step::Key(key) => text.extend([".", key]),
                Step::Index(index) => text.push_str(&format!("[{index}]")),
            }
        }
        text + ".reference"
    }

    /// Refuses a type to which R4 does not let the reference lead, or that is not the one that it says. For references whose
    /// type was not known when the resource was read.
    ///
    /// # Errors
    /// The issue, without its place.
    pub fn require(&self, kind: ResourceType) -> Result<(), Issue> {
        let said = self.declared_type.map(|said| said.rsplit('/').next().unwrap_or(said));
        if self.may_lead_to(kind) && said.is_none_or(|said| said == kind.as_str()) {
            return Ok(());
        }
        Err(Issue::new(IssueCode::Value, OTHER_TYPE))
    }

    /// Of what is contained nothing is said.
    fn may_lead_to(&self, kind: ResourceType) -> bool {
        let definitions = Definitions::get();
        let mut owner = None;
        let mut targets: &[&str] = &[];
        for step in self.path {
            let found = match step {
                Step::Root(name) => {
                    owner = definitions.named(name);
                    continue;
                }
                Step::Index(_) => continue,
                Step::Key(key) => owner.and_then(|owner| owner.find(key)),
            };
            (owner, targets) = match found {
                Some((_, _, Form::Complex(id))) => (definitions.of(*id), &[][..]),
                Some((_, _, Form::Reference(id, targets))) => (definitions.of(*id), targets.as_slice()),
                _ => return true,
            };
        }
        targets.is_empty() || targets.contains(&kind.as_str())
    }
}

/// What a reference is stored as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// As it is written: `#contained`, another server's URL.
    Literal,
    /// As a slot, rendered `Type/id`. A version in the text is kept.
    Slot {
        /// The type of what is referred to.
        resource_type: ResourceType,
        /// What is referred to.
        slot: Slot,
    },
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Root(&'a str),
    Key(&'a str),
    Index(usize),
}

impl Template {
    /// Builds the stored form of a resource that was validated, asking `resolve` about each reference in it.
    ///
    /// `id`, `meta.versionId` and `meta.lastUpdated` are the server's and are left out. SECURITY: a reference to the
    /// patient, or to a record in `contact` or `identity`, loses its `display` and `identifier`, which would carry a
    /// name or a number into a compartment that has neither.
    ///
    /// # Errors
    /// The first error of `resolve`.
    pub fn build<E>(
        value: &Value,
        resolve: &mut dyn FnMut(ReferenceSite<'_>) -> Result<Resolved, E>,
    ) -> Result<Self, E> {
        let empty = Map::new();
        let members = value.as_object().unwrap_or(&empty);
        let kind = members.get("resourceType").and_then(Value::as_str).unwrap_or_default();
        let mut builder = Builder {
            text: Vec::with_capacity(2_048),
            slots: Vec::new(),
            path: vec![Step::Root(kind)],
            resolve,
        };
        builder.text.extend_from_slice(b"{\"resourceType\":");
        builder.json(kind);
        let head = builder.text.len();
        if let Some(meta) = members.get("meta").and_then(Value::as_object) {
            builder.path.push(Step::Key("meta"));
            builder.members(meta, &["versionId", "_versionId", "lastUpdated", "_lastUpdated"], true)?;
            builder.path.pop();
        }
        let meta = builder.text.len() - head;
        builder.members(members, &["resourceType", "id", "meta"], false)?;
        builder.text.push(b'}');
        Ok(Self::new(builder.text.into(), head, meta, builder.slots))
    }
}

struct Builder<'a, 'r, E> {
    text: Vec<u8>,
    slots: Vec<(usize, Slot)>,
    path: Vec<Step<'a>>,
    resolve: &'r mut dyn FnMut(ReferenceSite<'_>) -> Result<Resolved, E>,
}

impl<'a, E> Builder<'a, '_, E> {
    /// Writes members separated by commas; where they are not the first of their object, a comma goes before each.
    fn members(
        &mut self,
        members: &'a Map<String, Value>,
        without: &[&str],
        mut first: bool,
    ) -> Result<(), E> {
        for (key, value) in members {
            if without.contains(&key.as_str()) {
                continue;
            }
            if !std::mem::take(&mut first) {
                self.text.push(b',');
            }
            self.json(key);
            self.text.push(b':');
            self.path.push(Step::Key(key));
            self.value(value)?;
            self.path.pop();
        }
        Ok(())
    }

    fn is_education(&self) -> bool {
        matches!(self.path.as_slice(), [.., Step::Key(EDUCATION), Step::Index(_)])
    }

    fn value(&mut self, value: &'a Value) -> Result<(), E> {
        match value {
            Value::Object(members) => match reference_in(members, self.is_education()) {
                Some(reference) => self.resolved(members, reference),
                None => self.object(members, &[]),
            },
            Value::Array(items) => self.array(items),
            leaf => {
                self.json(leaf);
                Ok(())
            }
        }
    }

    /// Appends JSON text. A vector takes whatever is written, and strings and leaves always have a JSON form.
    fn json<T: Serialize + ?Sized>(&mut self, value: &T) {
        let _written = serde_json::to_writer(&mut self.text, value);
    }

    fn object(&mut self, members: &'a Map<String, Value>, without: &[&str]) -> Result<(), E> {
        self.text.push(b'{');
        self.members(members, without, true)?;
        self.text.push(b'}');
        Ok(())
    }

    fn array(&mut self, items: &'a [Value]) -> Result<(), E> {
        self.text.push(b'[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.text.push(b',');
            }
            self.path.push(Step::Index(index));
            self.value(item)?;
            self.path.pop();
        }
        self.text.push(b']');
        Ok(())
    }

    fn resolved(&mut self, members: &'a Map<String, Value>, reference: &'a str) -> Result<(), E> {
        let declared_type = members.get("type").and_then(Value::as_str);
        let site = ReferenceSite { reference, declared_type, path: &self.path };
        let Resolved::Slot { resource_type, slot } = (self.resolve)(site)? else {
            return self.object(members, &[]);
        };
        self.text.extend_from_slice(b"{\"reference\":\"");
        self.text.extend_from_slice(resource_type.as_str().as_bytes());
        self.text.push(b'/');
        self.slots.push((self.text.len(), slot));
        if let Some(version) = version_suffix(reference) {
            self.text.extend_from_slice(version.as_bytes());
        }
        self.text.push(b'"');
        let without: &[&str] = if names_a_person(slot) {
            &["reference", "display", "_display", "identifier"]
        } else {
            &["reference"]
        };
        self.members(members, without, false)?;
        self.text.push(b'}');
        Ok(())
    }
}

/// The element whose items have a `reference` that is none: see [`reference_in`].
pub const EDUCATION: &str = "education";

/// The reference's text, where an object is a FHIR Reference. R4 has two other `reference` strings, both plain URIs:
/// `DetectedIssue.reference`, which is told by its `resourceType`, and `Immunization.education.reference`, which is told by
/// where it is.
#[must_use]
pub fn reference_in(members: &Map<String, Value>, of_education: bool) -> Option<&str> {
    const ELEMENTS: [&str; 6] = ["id", "extension", "reference", "type", "identifier", "display"];
    let reference = members.get("reference")?.as_str()?;
    let shaped = members.keys().all(|key| ELEMENTS.contains(&key.strip_prefix('_').unwrap_or(key)));
    (shaped && !of_education).then_some(reference)
}

/// Whether what is referred to says who somebody is: the patient, a related person, a Person.
fn names_a_person(slot: Slot) -> bool {
    match slot {
        Slot::Patient => true,
        Slot::Record(record) => matches!(record.compartment(), Compartment::Contact | Compartment::Identity),
    }
}

/// `/_history/2`, where the reference ends so.
fn version_suffix(reference: &str) -> Option<&str> {
    let at = reference.rfind("/_history/")?;
    let version = &reference[at + "/_history/".len()..];
    crate::definitions::is_id(version).then(|| &reference[at..])
}
