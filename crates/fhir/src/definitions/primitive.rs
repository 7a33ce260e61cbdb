//! The primitive types of FHIR R4 and the form of their values (<https://hl7.org/fhir/R4/datatypes.html#primitive>).

mod times;

use serde_json::Value;

use crate::IssueCode;

macro_rules! primitives {
    ($($name:ident: $text:literal),+ $(,)?) => {
        /// A primitive type.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Primitive {
            $(#[doc = $text] $name,)+
        }

        impl Primitive {
            /// The type of this name.
            pub(super) fn named(name: &str) -> Option<Self> {
                match name {
                    $($text => Some(Self::$name),)+
                    _ => None,
                }
            }
        }
    };
}

primitives! {
    Base64Binary: "base64Binary", Boolean: "boolean", Canonical: "canonical", Code: "code", Date: "date",
    DateTime: "dateTime", Decimal: "decimal", Id: "id", Instant: "instant", Integer: "integer", Markdown: "markdown",
    Oid: "oid", PositiveInt: "positiveInt", String: "string", Time: "time", UnsignedInt: "unsignedInt", Uri: "uri",
    Url: "url", Uuid: "uuid", Xhtml: "xhtml",
}

/// What is wrong with a value. No value is in the text.
pub(crate) type Wrong = (IssueCode, &'static str);

impl Primitive {
    /// Whether JSON's value is one of this type.
    pub(crate) fn check(self, value: &Value) -> Result<(), Wrong> {
        match (self, value) {
            (_, Value::Null) => Err((IssueCode::Structure, "null is not allowed here")),
            (_, Value::Array(_)) => Err((IssueCode::Structure, "expected a single value, found an array")),
            (Self::Boolean, Value::Bool(_)) => Ok(()),
            (Self::Boolean, _) => Err((IssueCode::Structure, "expected true or false")),
            (Self::Decimal, Value::Number(_)) => Ok(()),
            (Self::Decimal, _) => Err((IssueCode::Structure, "expected a number")),
            (Self::Integer | Self::PositiveInt | Self::UnsignedInt, Value::Number(number)) => {
                self.whole(number.as_str())
            }
            (Self::Integer | Self::PositiveInt | Self::UnsignedInt, _) => {
                Err((IssueCode::Structure, "expected a whole number"))
            }
            (_, Value::String(text)) => self.text(text),
            _ => Err((IssueCode::Structure, "expected a string")),
        }
    }

    fn whole(self, text: &str) -> Result<(), Wrong> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err((IssueCode::Value, "not a valid integer"));
        }
        match (self, text.parse::<i32>()) {
            (_, Err(_)) => Err((IssueCode::Value, "outside the range of an integer")),
            (Self::PositiveInt, Ok(..1)) => Err((IssueCode::Value, "not a positive whole number")),
            (Self::UnsignedInt, Ok(..0)) => Err((IssueCode::Value, "not a whole number of 0 or more")),
            _ => Ok(()),
        }
    }

    fn text(self, text: &str) -> Result<(), Wrong> {
        if text.is_empty() {
            return Err((IssueCode::Value, "an empty value is not allowed; leave the element out"));
        }
        if text.bytes().any(|byte| byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r')) {
            return Err((IssueCode::Value, "a text has no control characters but tabs and line ends"));
        }
        let (fits, reason) = match self {
            Self::Code => (is_code(text), "not a valid code"),
            Self::Id => (is_id(text), "not a valid id"),
            Self::Uri => (is_uri(text), "not a valid uri"),
            Self::Url => (is_uri(text), "not a valid url"),
            Self::Canonical => (is_uri(text), "not a valid canonical"),
            Self::Oid => (is_oid(text), "not a valid oid"),
            Self::Uuid => (is_uuid(text), "not a valid uuid"),
            Self::Base64Binary => (is_base64(text), "not valid base64"),
            Self::Date => (times::is_date(text), "not a valid date"),
            Self::DateTime => (times::is_date_time(text), "not a valid dateTime"),
            Self::Instant => (times::is_instant(text), "not a valid instant"),
            Self::Time => (times::is_time(text), "not a valid time"),
            // How long a text may be is a limit of the whole resource.
            _ => (true, ""),
        };
        if fits { Ok(()) } else { Err((IssueCode::Value, reason)) }
    }
}

/// Whether the text is an id: 1 to 64 letters, digits, `-` and `.`.
pub(crate) fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
}

/// No white space at the ends, and no two of it together.
fn is_code(text: &str) -> bool {
    let blanks: Vec<bool> = text.chars().map(char::is_whitespace).collect();
    let ends = blanks.first() == Some(&true) || blanks.last() == Some(&true);
    !ends && !blanks.windows(2).any(|pair| pair == [true, true])
}

fn is_uri(text: &str) -> bool {
    !text.chars().any(char::is_whitespace)
}

fn is_oid(text: &str) -> bool {
    let Some((first, rest)) = text.strip_prefix("urn:oid:").and_then(|arcs| arcs.split_once('.')) else {
        return false;
    };
    let arc = |arc: &str| {
        let digits = !arc.is_empty() && arc.bytes().all(|byte| byte.is_ascii_digit());
        digits && (arc == "0" || !arc.starts_with('0'))
    };
    matches!(first, "0" | "1" | "2") && rest.split('.').all(arc)
}

fn is_uuid(text: &str) -> bool {
    let Some(digits) = text.strip_prefix("urn:uuid:") else { return false };
    let lengths = digits.split('-').map(str::len);
    let hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-');
    lengths.eq([8, 4, 4, 4, 12]) && digits.bytes().all(hex)
}

/// Groups of four, perhaps with white space between them, filled up at the end.
fn is_base64(text: &str) -> bool {
    let mut length = 0;
    let mut filled = 0;
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        length += 1;
        match byte {
            b'=' => filled += 1,
            _ if filled > 0 => return false,
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => {}
            _ => return false,
        }
    }
    length > 0 && length % 4 == 0 && filled <= 2
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Primitive::*, *};

    #[test]
    fn each_type_has_its_form() {
        for (kind, good, bad) in [
            (Code, &["final", "in progress", "<="][..], &[" a", "a ", "a  b", "\u{a0}a"][..]),
            (Id, &["a.1-B"], &["a_b", "#a", "", "a b"]),
            (Uri, &["urn:x", "a/b?c#d"], &["a b", "a\u{2003}"]),
            (Oid, &["urn:oid:2.16.0.1"], &["urn:oid:3.1", "urn:oid:2", "urn:oid:2.01", "2.16", "urn:oid:1."]),
            (
                Uuid,
                &["urn:uuid:0d4b2a4e-3f2b-4c4e-9d38-1d2d3c4b5a73"],
                &[
                    "urn:uuid:0D4B2A4E-3f2b-4c4e-9d38-1d2d3c4b5a73",
                    "urn:uuid:0d4b2a4e3f2b4c4e9d381d2d3c4b5a73",
                ],
            ),
            (
                Base64Binary,
                &["AAAA", "AA==", "AAA=", "AAAA AAAA\nAAA="],
                &["AAA", "A===", "AA=A", "A-A=", " "],
            ),
            (String, &["é \t\r\n", " "], &["a\u{0}b", "a\u{1f}", ""]),
            (Markdown, &["# a"], &["\u{8}"]),
        ] {
            for text in good {
                assert_eq!(kind.check(&json!(text)), Ok(()), "{kind:?} {text:?}");
            }
            for text in bad {
                assert!(kind.check(&json!(text)).is_err(), "{kind:?} {text:?}");
            }
            assert!(kind.check(&json!(7)).is_err() && kind.check(&json!({})).is_err());
        }
    }

    #[test]
    fn numbers_are_in_their_range() {
        let number = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        for (kind, good, bad) in [
            (Integer, &["0", "-1", "2147483647"][..], &["1.0", "1e2", "2147483648", "\"1\"", "true"][..]),
            (PositiveInt, &["1"], &["0", "-1"]),
            (UnsignedInt, &["0"], &["-1"]),
            (Decimal, &["0.10", "-1e3"], &["\"1\"", "[]"]),
            (Boolean, &["true"], &["\"true\"", "1", "null"]),
        ] {
            for text in good {
                assert_eq!(kind.check(&number(text)), Ok(()), "{kind:?} {text}");
            }
            for text in bad {
                assert!(kind.check(&number(text)).is_err(), "{kind:?} {text}");
            }
        }
    }
}
