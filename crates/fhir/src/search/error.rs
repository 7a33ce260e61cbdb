//! Why something cannot be searched by. It names the parameter, never the value.

use super::{SortKey, parameters};
use crate::{Issue, IssueCode, ResourceType};

/// The value, its modifier or the parameter itself cannot be searched by.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum SearchError {
    /// The type has no such parameter here. It is named where some type has it: what nobody has may be a value.
    #[error("the search parameter {0} is not supported")]
    Unsupported(&'static str),
    /// The parameter has no such modifier here.
    #[error("the search parameter {0} does not have this modifier here")]
    Modifier(&'static str),
    /// Nothing is left of the value to search by.
    #[error("the value of the search parameter {0} is empty")]
    Empty(&'static str),
    /// It is too long.
    #[error("the value of the search parameter {0} is longer than 512 bytes")]
    TooLong(&'static str),
    /// It lists too many alternatives.
    #[error("the search parameter {0} lists more than 20 values")]
    TooMany(&'static str),
    /// It names a system without a value, which too many records would match.
    #[error("the search parameter {0} needs a value after the system")]
    SystemOnly(&'static str),
    /// It is no id.
    #[error("the value of the search parameter {0} is not an id")]
    NotAnId(&'static str),
    /// It is no date.
    #[error(
        "the value of the search parameter {0} is not a date: write YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ, after eq, ne, gt, lt, ge, le, sa, eb or ap"
    )]
    NotADate(&'static str),
    /// It is no number.
    #[error(
        "the value of the search parameter {0} is not a quantity: write a number, or number|system|code, after eq, ne, gt, lt, ge, le, sa, eb or ap"
    )]
    NotAQuantity(&'static str),
    /// It refers to nothing.
    #[error("the value of the search parameter {0} is not a reference: write an id, Type/id or a URL")]
    NotAReference(&'static str),
    /// It is nothing that can be followed from or to what is searched for.
    #[error(
        "the value of {0} is not Type:parameter or Type:parameter:Type, where the parameter is a reference that has to do with what is searched for; /fhir/metadata lists them"
    )]
    NotALink(&'static str),
    /// What refers to it is anybody's.
    #[error("the value of {0} names records of patients; search for those of one patient, or for Patient")]
    AmongAll(&'static str),
    /// It is chained and is no reference.
    #[error("the search parameter {0} is not a reference, so nothing can be chained to it")]
    NotAChain(&'static str),
    /// It is chained twice.
    #[error("the search parameter {0} is chained by more than one step; search in two steps")]
    TooFar(&'static str),
    /// It is chained and may refer to several types.
    #[error("the search parameter {0} may refer to several types: write {0}:<Type>.<parameter>")]
    WhichType(&'static str),
    /// It is neither yes nor no.
    #[error("the value of {0}:missing is not true or false")]
    NotYesOrNo(&'static str),
    /// It is nothing that the type is sorted by.
    #[error(
        "the value of the search parameter {0} is not an order: list up to 3 date parameters of the type or _lastUpdated, each once, with - before what is to descend"
    )]
    NotAnOrder(&'static str),
    /// It lists what the type does not have.
    #[error(
        "the search parameter {0} lists what is no top-level element of the type: write names such as those in its resources"
    )]
    NotAnElement(&'static str),
}

impl SearchError {
    /// The issue of a parameter of this type.
    #[must_use]
    pub fn issue(&self, kind: ResourceType) -> Issue {
        let having = |names: Vec<&str>| {
            Issue::new(IssueCode::NotSupported, format!("{self}; {kind} has {}", names.join(", ")))
        };
        match self {
            Self::Unsupported(_) => having(parameters(kind).iter().map(|parameter| parameter.name).collect()),
            Self::NotAnOrder(_) => having(SortKey::names(kind).collect()),
            Self::Modifier(_) => Issue::new(IssueCode::NotSupported, self.to_string()),
            _ => Issue::new(IssueCode::Value, self.to_string()),
        }
    }

    /// The same, of what is followed or chained.
    #[must_use]
    pub fn issue_of_link(&self) -> Issue {
        let code = match self {
            Self::Unsupported(_)
            | Self::Modifier(_)
            | Self::AmongAll(_)
            | Self::NotAChain(_)
            | Self::TooFar(_) => IssueCode::NotSupported,
            _ => IssueCode::Value,
        };
        Issue::new(code, self.to_string())
    }
}
