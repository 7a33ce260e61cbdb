//! The links of an answer: what was understood, and where it goes on.

use tacenda_fhir::{SearchValue, SortKey};
use tacenda_records::{Caller, Cursor, Mark};

use super::question::Asked;
use crate::edge::{problem::Problem, state::Edge};

const CURSOR: &str = "_cursor";

/// What was understood and used: every parameter by its name, and ids with their values. Names, identifiers and findings stay out of
/// links.
pub(super) fn own(base: &str, asked: &Asked) -> String {
    let question = &asked.question;
    let mut query = form_urlencoded::Serializer::new(String::new());
    for criterion in &question.criteria {
        let ids = criterion.values.iter().filter_map(|value| match value {
            SearchValue::Id(id) => Some(id.as_str()),
            _ => None,
        });
        query.append_pair(&criterion.name(), &ids.collect::<Vec<_>>().join(","));
    }
    for chain in &question.chains {
        query.append_pair(&chain.name(), "");
    }
    query.extend_pairs(question.follow.pairs());
    if !question.order.is_empty() {
        query.append_pair("_sort", &question.order.iter().map(SortKey::name).collect::<Vec<_>>().join(","));
    }
    if let Some(total) = asked.total {
        query.append_pair("_total", total);
    }
    query.extend_pairs(asked.view.parameters());
    query.append_pair("_count", &question.count.to_string());
    format!("{base}?{}", query.finish())
}

/// Where the answer goes on.
pub(crate) fn next(base: &str, cursor: &str) -> String {
    format!("{base}?{CURSOR}={cursor}")
}

/// The query, and where its answer goes on. A cursor has the question in it, so nothing stands beside it but how many there
/// are to be on the page, which clients add to every link.
pub(crate) fn resume(
    edge: &Edge,
    caller: &Caller,
    context: &str,
    query: &str,
) -> Result<(String, Option<Mark>), Problem> {
    let (mut cursor, mut count) = (None, None);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match name.as_ref() {
            CURSOR if cursor.is_none() => cursor = Some(value),
            "_count" if count.is_none() => count = Some(value),
            "_format" | "_pretty" => {}
            _ => return Ok((query.to_owned(), None)),
        }
    }
    let Some(text) = cursor else { return Ok((query.to_owned(), None)) };
    let Cursor { query, after } =
        edge.0.records.open_cursor(caller, context, &text).ok_or_else(super::no_cursor)?;
    let Some(count) = count else { return Ok((query, Some(after))) };
    let others = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "_count");
    let mut again = form_urlencoded::Serializer::new(String::new());
    let again = again.extend_pairs(others).append_pair("_count", &count).finish();
    Ok((again, Some(after)))
}
