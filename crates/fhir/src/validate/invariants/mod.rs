//! Rules of R4 that elements and codes do not say: most of those of severity *error* on the data types and on the
//! resources that are kept here, as far as they can be seen in one object. Each says R4's key.

mod data_types;
mod look;
mod resources;

use serde_json::{Map, Value};

type Object = Map<String, Value>;
/// Whether it holds, and what it says.
type Rule = (fn(&Object) -> bool, &'static str);

/// What the rules say that an object of the type breaks.
pub(super) fn broken(kind: &str, object: &Object) -> impl Iterator<Item = &'static str> {
    let rules = data_types::of(kind).iter().chain(resources::of(kind));
    rules.filter(|(holds, _)| !holds(object)).map(|(_, reason)| *reason)
}
