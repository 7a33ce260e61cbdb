//! From fhirkit's JSON to serde_json's, so that the text is parsed once.

use fhirkit::Json;
use serde_json::{Map, Number, Value};

/// The same value. Numbers keep their text (`1.50`, `1e2`), objects the order of their keys.
pub(super) fn value(json: Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Bool(truth),
        // INVARIANT: fhirkit admits only JSON's number grammar, which is all this constructor asks for. It is not
        // documented, but the only one that keeps `1e2` as it is (parsing makes it `1e+2`); the test below guards it.
        Json::Number(text) => Value::Number(Number::from_string_unchecked(text)),
        Json::String(text) => Value::String(text),
        Json::Array(items) => Value::Array(items.into_iter().map(value).collect()),
        Json::Object(members) => {
            Value::Object(members.into_iter().map(|(key, inner)| (key, value(inner))).collect::<Map<_, _>>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_survives() {
        let text = r#"{"b":[1.50,1e2,-0,1E+2,-0.0,12345678901234567890.000,1e400],"a":"é\u0001\"\\😀","c":{},"d":null}"#;
        assert_eq!(value(Json::parse(text).unwrap()).to_string(), text);
    }
}
