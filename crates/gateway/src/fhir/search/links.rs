//! The links of an answer: what was understood, and where it goes on.

use super::question::Asked;
use tacenda_fhir::{SearchValue, SortKey};

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

/// The cursor, which stands alone: it has the question in it.
pub(crate) fn cursor_of(query: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.as_bytes())
        .filter(|(name, _)| !["_format", "_pretty"].contains(&name.as_ref()));
    let (name, value) = pairs.next()?;
    (name == CURSOR && pairs.next().is_none()).then(|| value.into_owned())
}
