//! From text to JSON's values: numbers keep their text (`1.50`, `1e2`), objects the order of their keys, and no key comes
//! twice.

use json_event_parser::{JsonEvent, JsonSyntaxError, SliceJsonParser};
use serde_json::{Map, Number, Value};

use super::{path::Step, syntax::malformed};
use crate::{Issue, IssueCode};

/// What is being read: values that are not whole yet, from the outermost on.
enum Open {
    Array(Vec<Value>),
    /// With the key whose value comes next.
    Object(Map<String, Value>, String),
}

/// Reads one JSON value. Its depth was looked at before.
pub(super) fn parse(text: &str) -> Result<Value, Issue> {
    let mut parser = SliceJsonParser::new(text.as_bytes());
    let mut open: Vec<Open> = Vec::new();
    loop {
        let value = match parser.parse_next().map_err(|error| wrong(&error))? {
            JsonEvent::StartArray => {
                open.push(Open::Array(Vec::new()));
                continue;
            }
            JsonEvent::StartObject => {
                open.push(Open::Object(Map::new(), String::new()));
                continue;
            }
            JsonEvent::ObjectKey(key) => {
                let seen = match open.last_mut() {
                    Some(Open::Object(members, next)) => {
                        *next = key.into_owned();
                        members.contains_key(next.as_str())
                    }
                    _ => false,
                };
                if seen {
                    return Err(twice(&open));
                }
                continue;
            }
            JsonEvent::EndArray | JsonEvent::EndObject => match open.pop() {
                Some(Open::Array(items)) => Value::Array(items),
                Some(Open::Object(members, _)) => Value::Object(members),
                None => return Err(malformed(1, 1)),
            },
            JsonEvent::String(text) => Value::String(text.into_owned()),
            // INVARIANT: the parser admits only JSON's number grammar, which is all this constructor asks for. It is not
            // documented, but the only one that keeps `1e2` as it is (parsing makes it `1e+2`); the test below guards it.
            JsonEvent::Number(text) => Value::Number(Number::from_string_unchecked(text.into_owned())),
            JsonEvent::Boolean(truth) => Value::Bool(truth),
            JsonEvent::Null => Value::Null,
            JsonEvent::Eof => return Err(malformed(1, 1)),
        };
        match open.last_mut() {
            Some(Open::Array(items)) => items.push(value),
            Some(Open::Object(members, next)) => {
                members.insert(std::mem::take(next), value);
            }
            None => return ended(&mut parser).map(|()| value),
        }
    }
}

fn ended(parser: &mut SliceJsonParser<'_>) -> Result<(), Issue> {
    match parser.parse_next() {
        Ok(JsonEvent::Eof) => Ok(()),
        Ok(_) => Err(malformed(1, 1)),
        Err(error) => Err(wrong(&error)),
    }
}

fn wrong(error: &JsonSyntaxError) -> Issue {
    let at = error.location().start;
    let number = |counted: u64| usize::try_from(counted).unwrap_or(usize::MAX).saturating_add(1);
    malformed(number(at.line), number(at.column))
}

/// The issue for a key that came before in its object.
fn twice(open: &[Open]) -> Issue {
    let kind = match open.first() {
        Some(Open::Object(members, _)) => members.get("resourceType").and_then(Value::as_str),
        _ => None,
    };
    let kind =
        kind.and_then(|name| name.parse::<crate::ResourceType>().ok()).map_or("", |kind| kind.as_str());
    let steps: Vec<Step<'_>> = open
        .iter()
        .map(|open| match open {
            Open::Array(items) => Step::Index(items.len()),
            Open::Object(_, next) => Step::Key(next),
        })
        .collect();
    Issue::new(IssueCode::Structure, "the key appears more than once").at(Step::told(kind, &steps))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_survives() {
        let text = r#"{"b":[1.50,1e2,-0,1E+2,-0.0,12345678901234567890.000,1e400],"a":"é\u0001\"\\😀","c":{},"d":null}"#;
        assert_eq!(parse(text).unwrap().to_string(), text);
    }

    #[test]
    fn what_is_no_json_says_where() {
        for (text, at) in [
            ("", "line 1, column 1"),
            ("{", "line 1, column 2"),
            ("{\n \"a\": 01}", "line 2, column 8"),
            ("{\"a\":1,}", "line 1, column 8"),
            ("[1] 2", "line 1, column 5"),
            ("'a'", "line 1, column 1"),
            ("[NaN]", "line 1, column 2"),
        ] {
            let issue = parse(text).unwrap_err();
            assert_eq!(issue.reason, format!("malformed JSON at {at}"), "{text}");
        }
    }

    #[test]
    fn a_key_that_comes_twice_is_named_where_it_may_be() {
        let told = |text: &str| parse(text).unwrap_err().expression.unwrap_or_default();
        assert_eq!(
            told(r#"{"resourceType":"Patient","name":[{},{"text":1,"text":1}]}"#),
            "Patient.name[1].text"
        );
        assert_eq!(told(r#"{"resourceType":"Patient","Rossi":1,"Rossi":1}"#), "Patient");
        assert_eq!(told(r#"{"Rossi":{"a":1,"a":1}}"#), "");
    }
}
