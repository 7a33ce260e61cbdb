//! What was found, as a Bundle.

use tacenda_fhir::bundle::{SearchEntry, SearchMode, searchset};
use tacenda_records::{SearchAnswer, SearchQuestion};

use super::links;
use crate::edge::state::Edge;

/// The searchset's JSON text.
pub(super) fn write(
    edge: &Edge,
    question: &SearchQuestion,
    found: &SearchAnswer,
    next: Option<&str>,
) -> Vec<u8> {
    let base = format!("{}/{}", edge.base(), question.kind);
    let urls: Vec<String> = found.matches.iter().map(|one| format!("{base}/{}", one.id)).collect();
    let entries: Vec<SearchEntry<'_>> = found
        .matches
        .iter()
        .zip(&urls)
        .map(|(one, full_url)| SearchEntry {
            full_url,
            // EXPOSE: this is the answer to the caller to whom the vault disclosed it.
            resource: one.body.as_ref().map_or(&[], |body| body.expose().as_slice()),
            mode: SearchMode::Match,
        })
        .collect();
    let own = links::own(&base, question);
    let next = next.map(|cursor| links::next(&base, cursor));
    let mut links = vec![("self", own.as_str())];
    links.extend(next.as_deref().map(|next| ("next", next)));
    searchset(None, &links, &entries)
}
