//! The links of an answer: what was understood, and where it goes on.

use tacenda_fhir::SearchValue;
use tacenda_records::SearchQuestion;

const CURSOR: &str = "_cursor";

/// What was understood: every parameter by its name, and ids with their values. Names, identifiers and findings stay out of
/// links.
pub(super) fn own(base: &str, question: &SearchQuestion) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for criterion in &question.criteria {
        let ids = criterion.values.iter().filter_map(|value| match value {
            SearchValue::Id(id) => Some(id.as_str()),
            _ => None,
        });
        query.append_pair(&criterion.name(), &ids.collect::<Vec<_>>().join(","));
    }
    query.append_pair("_count", &question.count.to_string());
    format!("{base}?{}", query.finish())
}

/// Where the answer goes on.
pub(crate) fn next(base: &str, cursor: &str) -> String {
    format!("{base}?{CURSOR}={cursor}")
}

/// The cursor, which stands alone: it has the question in it.
pub(crate) fn cursor_of(query: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "_format");
    let (name, value) = pairs.next()?;
    (name == CURSOR && pairs.next().is_none()).then(|| value.into_owned())
}
