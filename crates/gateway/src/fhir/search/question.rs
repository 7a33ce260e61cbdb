//! A query string read as a question.

use jiff::Timestamp;
use tacenda_fhir::{Criterion, Issue, IssueCode, ResourceType, SearchError, parameters};
use tacenda_records::SearchQuestion;

use super::invalid;
use crate::edge::problem::Problem;

pub(crate) const USUAL_PAGE: u32 = 50;
const LARGEST_PAGE: u32 = 200;
const MOST_PARAMETERS: usize = 30;

/// Reads a query string. A parameter that is not supported is an error, never ignored.
pub(crate) fn read(kind: ResourceType, query: &str, now: Timestamp) -> Result<SearchQuestion, Problem> {
    let mut question = SearchQuestion { kind, criteria: Vec::new(), count: USUAL_PAGE, after: None };
    for (index, (name, value)) in form_urlencoded::parse(query.as_bytes()).enumerate() {
        if index >= MOST_PARAMETERS {
            return Err(invalid("too many search parameters"));
        }
        match name.as_ref() {
            "_count" => question.count = count(&value)?,
            "_format" => {}
            name => {
                let criterion = Criterion::parse(kind, name, &value, now);
                question.criteria.push(criterion.map_err(|error| refused(kind, &error))?);
            }
        }
    }
    Ok(question)
}

pub(crate) fn count(value: &str) -> Result<u32, Problem> {
    let count: Option<u32> = value.parse().ok().filter(|count| *count > 0);
    count.map(|count| count.min(LARGEST_PAGE)).ok_or_else(|| invalid("_count is a number from 1"))
}

fn refused(kind: ResourceType, error: &SearchError) -> Problem {
    let issue = match error {
        SearchError::Unsupported(_) => {
            let names: Vec<&str> = parameters(kind).iter().map(|parameter| parameter.name).collect();
            Issue::new(IssueCode::NotSupported, format!("{error}; {kind} has {}", names.join(", ")))
        }
        SearchError::Modifier(_) => Issue::new(IssueCode::NotSupported, error.to_string()),
        _ => Issue::new(IssueCode::Value, error.to_string()),
    };
    Problem::invalid(vec![issue])
}
