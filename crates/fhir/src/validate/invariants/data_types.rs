//! The rules of data types: what must hold, and what is said where it does not.

use serde_json::Value;

use super::{
    Object, Rule,
    look::{chosen, has, has_both, has_one, implies, in_order, is, items, number, text},
};

const UCUM: &str = "http://unitsofmeasure.org";

/// The rules of a data type.
pub(super) const fn of(kind: &str) -> &'static [Rule] {
    match kind.as_bytes() {
        b"Extension" => EXTENSION,
        b"Attachment" => &[(|it| implies(it, "data", "contentType"), "data has a contentType (att-1)")],
        b"ContactPoint" => &[(|it| implies(it, "value", "system"), "a value has a system (cpt-2)")],
        b"Expression" => {
            &[(|it| has_one(it, &["expression", "reference"]), "an expression or a reference (exp-1)")]
        }
        b"Period" => &[(|it| in_order(it, "start", "end"), "a start is not after its end (per-1)")],
        b"Quantity" | b"SimpleQuantity" => QUANTITY,
        b"Age" => AGE,
        b"Count" => COUNT,
        b"Distance" => DISTANCE,
        b"Duration" => DURATION,
        b"Range" => &[(rises, "low is not more than high (rng-2)")],
        b"Ratio" => RATIO,
        b"Timing.repeat" => TIMING,
        _ => &[],
    }
}

const EXTENSION: &[Rule] =
    &[(|it| has(it, "extension") != chosen(it, "value"), "a value or extensions, and not both (ext-1)")];
const QUANTITY: &[Rule] = &[(|it| implies(it, "code", "system"), "a code has a system (qty-3)")];
const AGE: &[Rule] = &[
    (|it| implies(it, "code", "system"), "a code has a system (qty-3)"),
    (|it| implies(it, "value", "code") && of_ucum(it), "a value has a code of UCUM (age-1)"),
    (|it| number(it, "value").is_none_or(|value| value > 0.0), "an age is above 0 (age-1)"),
];
const COUNT: &[Rule] = &[
    (|it| implies(it, "code", "system"), "a code has a system (qty-3)"),
    (|it| implies(it, "value", "code") && of_ucum(it), "a value has a code of UCUM (cnt-3)"),
    (|it| !has(it, "code") || is(it, "code", &["1"]), "the code of a count is 1 (cnt-3)"),
    (|it| it.get("value").is_none_or(|value| !value.to_string().contains('.')), "a count is whole (cnt-3)"),
];
const DISTANCE: &[Rule] = &[
    (|it| implies(it, "code", "system"), "a code has a system (qty-3)"),
    (|it| implies(it, "value", "code") && of_ucum(it), "a value has a code of UCUM (dis-1)"),
];
const DURATION: &[Rule] = &[(
    |it| !has(it, "code") || (is(it, "system", &[UCUM]) && has(it, "value")),
    "a code is of UCUM and has a value (drt-1)",
)];
const RATIO: &[Rule] = &[(
    |it| has(it, "numerator") == has(it, "denominator") && has_one(it, &["numerator", "extension"]),
    "a numerator and a denominator, or an extension (rat-1)",
)];
const TIMING: &[Rule] = &[
    (|it| implies(it, "duration", "durationUnit"), "a duration has a unit (tim-1)"),
    (|it| implies(it, "period", "periodUnit"), "a period has a unit (tim-2)"),
    (|it| number(it, "duration").is_none_or(|value| value >= 0.0), "a duration is not below 0 (tim-4)"),
    (|it| number(it, "period").is_none_or(|value| value >= 0.0), "a period is not below 0 (tim-5)"),
    (|it| implies(it, "periodMax", "period"), "periodMax needs a period (tim-6)"),
    (|it| implies(it, "durationMax", "duration"), "durationMax needs a duration (tim-7)"),
    (|it| implies(it, "countMax", "count"), "countMax needs a count (tim-8)"),
    (
        |it| !has(it, "offset") || (has(it, "when") && !items(it, "when").iter().any(is_meal)),
        "an offset needs a when, and not that of a meal itself (tim-9)",
    ),
    (|it| !has_both(it, "timeOfDay", "when"), "a time of day or a when, not both (tim-10)"),
];

fn of_ucum(it: &Object) -> bool {
    !has(it, "system") || is(it, "system", &[UCUM])
}

fn is_meal(when: &Value) -> bool {
    matches!(when.as_str(), Some("C" | "CM" | "CD" | "CV"))
}

/// Whether low and high, where they have the same unit, are in order.
fn rises(it: &Object) -> bool {
    let side = |name| it.get(name).and_then(Value::as_object);
    let (Some(low), Some(high)) = (side("low"), side("high")) else { return true };
    let unit = |side| (text(side, "system"), text(side, "code"), text(side, "unit"));
    match (number(low, "value"), number(high, "value")) {
        (Some(least), Some(most)) if unit(low) == unit(high) => least <= most,
        _ => true,
    }
}
