#![doc = include_str!("../README.md")]

pub mod bundle;
mod capability;
mod definitions;
mod excerpt;
mod issue;
mod known;
mod operation;
mod patch;
mod placement;
mod reference;
mod resource_type;
mod scan;
mod search;
mod template;
mod validate;

pub use capability::{CapabilityContext, capability_statement};
pub use excerpt::Excerpt;
pub use issue::{Issue, IssueCode, outcome, outcome_bytes, warning_bytes};
pub use known::Known;
pub use operation::operation_definition;
pub use patch::{JSON_PATCH, JsonPatch, difference};
pub use placement::{Halves, Place, join, keep_elements, patient_reference, place, place_resolving, split};
pub use reference::{Target, parse_criteria, parse_etag};
pub use resource_type::{Element, Placement, ResourceType, UnknownResourceType};
pub use search::{
    Chain, Criterion, DateValue, Follow, Link, Modifier, QuantityValue, RESULT_PARAMETERS, Rank,
    ReferenceTarget, ReferenceValue, SearchError, SearchParameter, SearchValue, SortKey, Term, TermScope,
    TokenValue, format_parameter, index_version, parameter, parameters, terms,
};
pub use template::{
    EDUCATION, MalformedTemplate, ReferenceSite, RenderMeta, Resolved, Slot, Template, reference_in,
    write_instant,
};
pub use validate::{Limits, faults, read_resource};
