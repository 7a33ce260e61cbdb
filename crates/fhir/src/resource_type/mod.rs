//! The resource types this server keeps, and what is known of each.

mod elements;
mod table;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use serde_json::Value;
use tacenda_kernel::{Compartment, CompartmentSet};

pub use elements::Element;
pub use table::ResourceType;

/// The rule by which a type's resources find their compartment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Placement {
    /// Always `contact`.
    Contact,
    /// Always `identity`.
    Identity,
    /// Always `clinical`.
    Clinical,
    /// `stream` where `device` is present, otherwise `clinical`.
    StreamIfMeasured,
    /// Always `field`.
    Field,
    /// `field` where `subject` is a Device, otherwise `clinical`.
    FieldIfOfDevice,
    /// Always `directory`: it belongs to no patient.
    Directory,
    /// Two halves: `contact` and `identity`.
    Split,
}

impl Placement {
    /// Where resources under this rule can be.
    #[must_use]
    pub fn compartments(self) -> CompartmentSet {
        let list: &[Compartment] = match self {
            Self::Contact => &[Compartment::Contact],
            Self::Identity => &[Compartment::Identity],
            Self::Clinical => &[Compartment::Clinical],
            Self::StreamIfMeasured => &[Compartment::Clinical, Compartment::Stream],
            Self::Field => &[Compartment::Field],
            Self::FieldIfOfDevice => &[Compartment::Clinical, Compartment::Field],
            Self::Directory => &[Compartment::Directory],
            Self::Split => &[Compartment::Contact, Compartment::Identity],
        };
        list.iter().copied().collect()
    }
}

impl ResourceType {
    /// The interactions offered for every type that is stored (codes of FHIR's TypeRestfulInteraction).
    pub const INTERACTIONS: [&'static str; 9] = [
        "read",
        "vread",
        "update",
        "patch",
        "delete",
        "history-instance",
        "history-type",
        "create",
        "search-type",
    ];

    /// The type a resource says it is.
    ///
    /// # Errors
    /// [`UnknownResourceType`] where it says none, or one that is not kept here.
    pub fn of(resource: &Value) -> Result<Self, UnknownResourceType> {
        resource.get("resourceType").and_then(Value::as_str).ok_or(UnknownResourceType)?.parse()
    }

    /// The interactions offered for this type.
    #[must_use]
    pub fn interactions(self) -> &'static [&'static str] {
        if self.is_logged() { &["read", "search-type"] } else { &Self::INTERACTIONS }
    }

    /// Whether its resources are what the ledger recorded: nobody writes them.
    #[must_use]
    pub fn is_logged(self) -> bool {
        self == Self::AuditEvent
    }

    /// Whether resources of this type belong to no patient.
    #[must_use]
    pub fn is_directory(self) -> bool {
        self.placement() == Placement::Directory
    }
}

impl fmt::Display for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no resource type that is kept here.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a resource type of this server")]
pub struct UnknownResourceType;

impl FromStr for ResourceType {
    type Err = UnknownResourceType;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // The table is in alphabetical order; a test holds it to that.
        Self::ALL
            .binary_search_by(|probe| probe.as_str().cmp(text))
            .map(|index| Self::ALL[index])
            .map_err(|_| UnknownResourceType)
    }
}

macro_rules! resource_types {
    ($($name:ident: $place:ident, by [$($by:literal),*], search [$($search:literal),*];)*) => {
        /// A resource type that is kept here.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ResourceType {
            $(#[doc = concat!("<http://hl7.org/fhir/R4/", stringify!($name), ".html>")] $name,)*
        }

        impl ResourceType {
            /// Every type, in alphabetical order.
            pub const ALL: [Self; [$(stringify!($name)),*].len()] = [$(Self::$name),*];

            /// The name as in `resourceType`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// The rule by which its resources find their compartment.
            #[must_use]
            pub const fn placement(self) -> Placement {
                match self { $(Self::$name => $place,)* }
            }

            /// The elements that refer to the patient it is about, most telling first. Empty for the directory and
            /// for Patient itself.
            #[must_use]
            pub const fn patient_elements(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$($by),*],)* }
            }

            /// The R4 search parameters that select by that reference: `patient`, `subject`, both or neither.
            #[must_use]
            pub const fn patient_parameters(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$($search),*],)* }
            }
        }
    };
}
use resource_types;

/// By its name.
impl Serialize for ResourceType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ResourceType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_and_the_table_is_sorted() {
        assert!(ResourceType::ALL.windows(2).all(|pair| pair[0].as_str() < pair[1].as_str()));
        for kind in ResourceType::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        for text in ["", "Parameters", "patient", "Patient ", "Bundle"] {
            assert_eq!(text.parse::<ResourceType>(), Err(UnknownResourceType), "{text}");
        }
    }
}
