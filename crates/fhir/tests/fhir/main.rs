//! What we know of FHIR, as those who use it see it.

mod bundle;
mod capability;
mod mutations;
mod patch;
mod placement;
mod search;
mod synthea;
mod template;
mod validate;
