//! Rules of R4 that elements and codes do not say: most of those of severity *error* on the data types and on the
//! resources that are kept here, as far as they can be seen in one object. Each says R4's key.

mod look;
mod rules;

use serde_json::{Map, Value};

/// A rule that does not hold: what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Broken(pub(super) &'static str);

type Object = Map<String, Value>;
type Rule = (fn(&Object) -> bool, &'static str);

/// The rules that an object of the type breaks.
pub(super) fn of(kind: &str, object: &Object) -> impl Iterator<Item = Broken> {
    rules::of(kind).iter().filter(|(holds, _)| !holds(object)).map(|(_, reason)| Broken(reason))
}
