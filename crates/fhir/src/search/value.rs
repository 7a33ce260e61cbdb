//! The value of a search parameter in a URL.

use std::fmt;

use super::{SearchParameter, Term, identifier, names, parameters::Kind};

const LONGEST: usize = 512;
const MOST: usize = 20;

/// One value to search by. A comma in the URL makes several, any of which may match.
#[derive(Clone, PartialEq, Eq)]
pub enum SearchValue {
    /// An id, or `Type/id`.
    Id(String),
    /// An identifier; the system is none where any will do, and empty where there must be none.
    Identifier {
        /// The system asked for.
        system: Option<String>,
        /// The value asked for.
        value: String,
    },
    /// The normalised beginning of a name.
    Name(String),
}

impl fmt::Debug for SearchValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SearchValue")
    }
}

/// The value cannot be searched by. It names the parameter, never the value.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum SearchError {
    /// Nothing is left of the value to search by.
    #[error("the value of the search parameter {0} is empty")]
    Empty(&'static str),
    /// It is too long.
    #[error("the value of the search parameter {0} is longer than {LONGEST} bytes")]
    TooLong(&'static str),
    /// It lists too many alternatives.
    #[error("the search parameter {0} lists more than {MOST} values")]
    TooMany(&'static str),
    /// It names a system without a value, which too many records would match.
    #[error("the search parameter {0} needs a value after the system")]
    SystemOnly(&'static str),
    /// It is no id.
    #[error("the value of the search parameter {0} is not an id")]
    NotAnId(&'static str),
}

impl SearchValue {
    /// Reads the value of a parameter: alternatives separated by commas, `\,` `\|` `\$` `\\` escaped (FHIR R4 §3.1.1.4).
    ///
    /// # Errors
    /// [`SearchError`] where a value is empty, too long or not of the parameter's form.
    pub fn parse(parameter: &SearchParameter, text: &str) -> Result<Vec<Self>, SearchError> {
        if text.len() > LONGEST {
            return Err(SearchError::TooLong(parameter.name));
        }
        let alternatives = split_unescaped(text, ',');
        if alternatives.len() > MOST {
            return Err(SearchError::TooMany(parameter.name));
        }
        alternatives.into_iter().map(|one| parse_one(parameter, one)).collect()
    }

    /// The terms that every match has. None where the value is an id, which is looked up as such.
    #[must_use]
    pub fn terms(&self, parameter: &SearchParameter) -> Vec<Term> {
        let term = |value: &str| Term {
            parameter: parameter.name,
            value: value.to_owned(),
            scope: parameter.scope(),
        };
        match self {
            Self::Id(_) => Vec::new(),
            Self::Identifier { system: None, value } => vec![term(value)],
            Self::Identifier { system: Some(system), value } => {
                vec![term(&identifier::in_system(Some(system), value))]
            }
            Self::Name(beginning) => name_terms(beginning).map(term).collect(),
        }
    }
}

/// The last word may be a beginning; where it is too short to have a token and is not the only one, the others narrow
/// enough. A single word of fewer than three letters finds words that are just it.
fn name_terms(beginning: &str) -> impl Iterator<Item = &str> {
    let words: Vec<&str> = beginning.split(' ').collect();
    let last = words.len().saturating_sub(1);
    let usable = move |index: usize, word: &str| {
        index < last || last == 0 || word.chars().count() >= *names::PREFIX.start()
    };
    words
        .into_iter()
        .enumerate()
        .filter(move |(index, word)| usable(*index, word))
        .map(|(_, word)| names::token_of(word))
}

fn parse_one(parameter: &SearchParameter, text: &str) -> Result<SearchValue, SearchError> {
    let name = parameter.name;
    let filled = |text: String| if text.is_empty() { Err(SearchError::Empty(name)) } else { Ok(text) };
    match parameter.kind {
        Kind::Id => {
            let text = filled(unescaped(text))?;
            let id = text.rsplit('/').next().unwrap_or_default();
            if crate::reference::is_id(id) {
                Ok(SearchValue::Id(text))
            } else {
                Err(SearchError::NotAnId(name))
            }
        }
        Kind::Name => Ok(SearchValue::Name(filled(names::normalised(&unescaped(text)))?)),
        Kind::Identifier => match split_unescaped(text, '|').as_slice() {
            [_, value] if value.is_empty() && text != "|" => Err(SearchError::SystemOnly(name)),
            [system, value] => {
                let value = filled(unescaped(value))?;
                Ok(SearchValue::Identifier { system: Some(unescaped(system)), value })
            }
            // Values may hold bars, though FHIR wants them escaped.
            _ => Ok(SearchValue::Identifier { system: None, value: filled(unescaped(text))? }),
        },
    }
}

fn split_unescaped(text: &str, separator: char) -> Vec<&str> {
    let mut escaped = false;
    text.split(move |letter: char| {
        let splits = letter == separator && !escaped;
        escaped = letter == '\\' && !escaped;
        splits
    })
    .collect()
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let escapes = letter == '\\' && letters.peek().is_some_and(|next| "\\,|$".contains(*next));
        out.extend(if escapes { letters.next() } else { Some(letter) });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ResourceType, parameter};

    fn parse(name: &str, text: &str) -> Result<Vec<SearchValue>, SearchError> {
        SearchValue::parse(&parameter(ResourceType::Patient, name).unwrap(), text)
    }

    fn identifier(system: Option<&str>, value: &str) -> SearchValue {
        SearchValue::Identifier { system: system.map(str::to_owned), value: value.to_owned() }
    }

    #[test]
    fn the_forms_of_an_identifier() {
        assert_eq!(parse("identifier", "7").unwrap(), [identifier(None, "7")]);
        assert_eq!(parse("identifier", "urn:x|7").unwrap(), [identifier(Some("urn:x"), "7")]);
        assert_eq!(parse("identifier", "|7").unwrap(), [identifier(Some(""), "7")]);
        assert_eq!(parse("identifier", r"a\|b").unwrap(), [identifier(None, "a|b")]);
        assert_eq!(parse("identifier", r"a\,b,c").unwrap(), [identifier(None, "a,b"), identifier(None, "c")]);
        assert_eq!(parse("identifier", "urn:x|"), Err(SearchError::SystemOnly("identifier")));
        assert_eq!(parse("identifier", "|"), Err(SearchError::Empty("identifier")));
        assert_eq!(parse("identifier", ""), Err(SearchError::Empty("identifier")));
    }

    #[test]
    fn errors_name_the_parameter_and_not_the_value() {
        let secret = "rossi".repeat(200);
        for (name, text) in [("name", "--"), ("name", secret.as_str()), ("_id", "ros si"), ("name", "a,")] {
            let error = parse(name, text).unwrap_err().to_string();
            assert!(error.contains(name) && !error.contains("ros"), "{error}");
        }
        let many = vec!["a"; MOST + 1].join(",");
        assert_eq!(parse("name", &many), Err(SearchError::TooMany("name")));
        assert_eq!(format!("{:?}", parse("name", "rossi").unwrap()), "[SearchValue]");
    }

    #[test]
    fn the_last_word_of_a_name_may_be_a_beginning() {
        let terms = |text: &str| {
            let parameter = parameter(ResourceType::Patient, "name").unwrap();
            let values = SearchValue::parse(&parameter, text).unwrap();
            values[0].terms(&parameter).into_iter().map(|term| term.value).collect::<Vec<_>>()
        };
        assert_eq!(terms("De Luca"), ["de", "luca"]);
        assert_eq!(terms("Luca D"), ["luca"]);
        assert_eq!(terms("Li"), ["li"]);
    }
}
