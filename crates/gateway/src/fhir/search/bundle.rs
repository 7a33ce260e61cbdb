//! What was found, as a Bundle.

use tacenda_fhir::{
    bundle::{SearchEntry, SearchMode, searchset},
    warning_bytes,
};
use tacenda_records::SearchAnswer;

use super::{links, question::Asked};
use crate::edge::state::Edge;

/// The searchset's JSON text.
pub(super) fn write(edge: &Edge, asked: &Asked, found: &SearchAnswer, next: Option<&str>) -> Vec<u8> {
    let base = format!("{}/{}", edge.base(), asked.question.kind);
    let urls: Vec<String> = found.matches.iter().map(|one| format!("{base}/{}", one.id)).collect();
    let outcome = (!asked.ignored.is_empty()).then(|| warning_bytes(&asked.ignored));
    let mut entries: Vec<SearchEntry<'_>> = found
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
    entries.extend(outcome.as_deref().map(|outcome| SearchEntry {
        full_url: "",
        resource: outcome,
        mode: SearchMode::Outcome,
    }));
    let own = links::own(&base, asked);
    let next = next.map(|cursor| links::next(&base, cursor));
    let mut links = vec![("self", own.as_str())];
    links.extend(next.as_deref().map(|next| ("next", next)));
    searchset(found.total, &links, &entries)
}
