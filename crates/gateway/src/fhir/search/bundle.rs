//! What was found, as a Bundle.

use tacenda_fhir::{
    ResourceType,
    bundle::{SearchEntry, SearchMode, searchset},
    warning_bytes,
};
use tacenda_records::{Resource, SearchAnswer};

use super::{links, question::Asked};
use crate::edge::state::Edge;

/// The searchset's JSON text.
pub(super) fn write(edge: &Edge, asked: &Asked, found: &SearchAnswer, next: Option<&str>) -> Vec<u8> {
    let base = format!("{}/{}", edge.base(), asked.question.kind);
    let matches = found.matches.iter().map(|one| (one, SearchMode::Match));
    let all: Vec<_> = matches.chain(found.included.iter().map(|one| (one, SearchMode::Include))).collect();
    let urls: Vec<String> = all.iter().map(|(one, _)| full_url(edge, one)).collect();
    let outcome = (!asked.ignored.is_empty()).then(|| warning_bytes(&asked.ignored));
    let entries = all.into_iter().zip(&urls);
    let mut entries: Vec<SearchEntry<'_>> =
        entries.map(|((one, mode), full_url)| SearchEntry { full_url, resource: text(one), mode }).collect();
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

/// Where the resource is.
pub(crate) fn full_url(edge: &Edge, resource: &Resource) -> String {
    let kind = resource.kind().map_or("", ResourceType::as_str);
    format!("{}/{kind}/{}", edge.base(), resource.id)
}

/// The resource's JSON text.
pub(crate) fn text(resource: &Resource) -> &[u8] {
    // EXPOSE: this is the answer to the caller to whom the vault disclosed it.
    resource.body.as_ref().map_or(&[], |body| body.expose().as_slice())
}
