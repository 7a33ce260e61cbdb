//! Bundles written around resources that are already JSON text: nothing is parsed or built again.

use jiff::Timestamp;
use tacenda_kernel::Version;

use super::{BundleKind, Method};
use crate::write_instant;

/// Why an entry is in a search's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SearchMode {
    /// It matched.
    Match,
    /// It belongs to one that matched.
    Include,
    /// It says something about the search: an OperationOutcome.
    Outcome,
}

/// One entry of a search's answer.
#[derive(Clone, Copy)]
pub struct SearchEntry<'a> {
    /// The absolute URL of the resource; empty where it has none.
    pub full_url: &'a str,
    /// The resource's JSON text.
    pub resource: &'a [u8],
    /// Why it is there.
    pub mode: SearchMode,
}

/// One version in a history.
#[derive(Clone, Copy)]
pub struct HistoryEntry<'a> {
    /// The absolute URL of the resource.
    pub full_url: &'a str,
    /// The version's JSON text; none for a version that says "deleted".
    pub resource: Option<&'a [u8]>,
    /// What made the version.
    pub method: Method,
    /// What it was asked of: `Type` or `Type/id`.
    pub url: &'a str,
    /// Which version.
    pub version: Version,
    /// When it was made.
    pub last_modified: Timestamp,
}

/// The answer to one entry of a transaction or batch.
#[derive(Clone, Copy)]
pub struct ResponseEntry<'a> {
    /// The HTTP status, such as `201 Created`.
    pub status: &'a str,
    /// Where the resource is now.
    pub location: Option<&'a str>,
    /// Which version it has, and since when.
    pub version: Option<(Version, Timestamp)>,
    /// The resource's JSON text, where it was asked for.
    pub resource: Option<&'a [u8]>,
    /// The JSON text of an OperationOutcome, where it was not done.
    pub outcome: Option<&'a [u8]>,
}

/// A bundle of type `searchset`. Links are relation and absolute URL; the total is left out where it is not known.
#[must_use]
pub fn searchset(total: Option<u32>, links: &[(&str, &str)], entries: &[SearchEntry<'_>]) -> Vec<u8> {
    let mut set = Searchset::begin(total, links);
    set.add(entries);
    set.end()
}

/// A bundle of type `searchset` that is written part by part: what [`Searchset::take`] and then [`Searchset::end`] give is
/// the whole of it.
pub struct Searchset {
    text: Text,
    any: bool,
}

impl Searchset {
    /// What comes before the entries.
    #[must_use]
    pub fn begin(total: Option<u32>, links: &[(&str, &str)]) -> Self {
        let mut text = Text(Vec::new());
        text.open_bundle("searchset", total, links);
        Self { text, any: false }
    }

    /// More entries.
    pub fn add(&mut self, entries: &[SearchEntry<'_>]) {
        let size: usize = entries.iter().map(|entry| entry.resource.len() + entry.full_url.len() + 64).sum();
        self.text.0.reserve(size);
        for entry in entries {
            self.text.raw(if self.any { b"," } else { ENTRIES });
            self.any = true;
            self.text.raw(b"{");
            if !entry.full_url.is_empty() {
                self.text.raw(b"\"fullUrl\":");
                self.text.quoted(entry.full_url);
                self.text.raw(b",");
            }
            self.text.raw(b"\"resource\":");
            self.text.raw(entry.resource);
            self.text.raw(match entry.mode {
                SearchMode::Match => b",\"search\":{\"mode\":\"match\"}}",
                SearchMode::Include => b",\"search\":{\"mode\":\"include\"}}",
                SearchMode::Outcome => b",\"search\":{\"mode\":\"outcome\"}}",
            });
        }
    }

    /// What was written since it was taken last.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.text.0)
    }

    /// The rest.
    #[must_use]
    pub fn end(mut self) -> Vec<u8> {
        self.text.raw(if self.any { b"]}" } else { b"}" });
        self.text.0
    }
}

/// A bundle of type `history`, in the order given: newest first. The total is left out where it is not known.
#[must_use]
pub fn history(total: Option<usize>, links: &[(&str, &str)], entries: &[HistoryEntry<'_>]) -> Vec<u8> {
    let mut out = Text(Vec::new());
    out.open("history", total.and_then(|total| u32::try_from(total).ok()), links);
    for (index, entry) in entries.iter().enumerate() {
        out.raw(if index == 0 { b"{\"fullUrl\":" } else { b",{\"fullUrl\":" });
        out.quoted(entry.full_url);
        if let Some(resource) = entry.resource {
            out.raw(b",\"resource\":");
            out.raw(resource);
        }
        out.raw(b",\"request\":{\"method\":\"");
        out.raw(entry.method.as_str().as_bytes());
        out.raw(b"\",\"url\":");
        out.quoted(entry.url);
        out.raw(b"},\"response\":{\"status\":\"");
        out.raw(match entry.method {
            Method::Post => b"201",
            Method::Delete => b"204",
            Method::Put | Method::Patch | Method::Get => b"200",
        });
        out.raw(b"\"");
        out.version(entry.version, entry.last_modified);
        out.raw(b"}}");
    }
    out.close(!entries.is_empty())
}

/// The answer to a transaction or batch, an entry for each of its entries in the same order.
#[must_use]
pub fn response(kind: BundleKind, entries: &[ResponseEntry<'_>]) -> Vec<u8> {
    let mut out = Text(Vec::new());
    out.open(kind.response_type(), None, &[]);
    for (index, entry) in entries.iter().enumerate() {
        out.raw(if index == 0 { b"{" } else { b",{" });
        if let Some(resource) = entry.resource {
            out.raw(b"\"resource\":");
            out.raw(resource);
            out.raw(b",");
        }
        out.raw(b"\"response\":{\"status\":");
        out.quoted(entry.status);
        if let Some(location) = entry.location {
            out.raw(b",\"location\":");
            out.quoted(location);
        }
        if let Some((version, at)) = entry.version {
            out.version(version, at);
        }
        if let Some(outcome) = entry.outcome {
            out.raw(b",\"outcome\":");
            out.raw(outcome);
        }
        out.raw(b"}}");
    }
    out.close(!entries.is_empty())
}

struct Text(Vec<u8>);

impl Text {
    fn raw(&mut self, text: &[u8]) {
        self.0.extend_from_slice(text);
    }

    fn quoted(&mut self, text: &str) {
        self.raw(serde_json::to_string(text).unwrap_or_default().as_bytes());
    }

    /// Up to and including the opening bracket of `entry`, which [`Text::close`] takes back where there is none: FHIR
    /// has no empty arrays.
    fn open(&mut self, kind: &str, total: Option<u32>, links: &[(&str, &str)]) {
        self.open_bundle(kind, total, links);
        self.raw(ENTRIES);
    }

    fn open_bundle(&mut self, kind: &str, total: Option<u32>, links: &[(&str, &str)]) {
        self.raw(b"{\"resourceType\":\"Bundle\",\"type\":\"");
        self.raw(kind.as_bytes());
        self.raw(b"\"");
        if let Some(total) = total {
            self.raw(format!(",\"total\":{total}").as_bytes());
        }
        for (index, (relation, url)) in links.iter().enumerate() {
            self.raw(if index == 0 { b",\"link\":[{\"relation\":" } else { b",{\"relation\":" });
            self.quoted(relation);
            self.raw(b",\"url\":");
            self.quoted(url);
            self.raw(if index + 1 == links.len() { b"}]" } else { b"}" });
        }
    }

    fn close(mut self, any: bool) -> Vec<u8> {
        if any {
            self.raw(b"]}");
        } else {
            self.0.truncate(self.0.len() - ENTRIES.len());
            self.raw(b"}");
        }
        self.0
    }

    fn version(&mut self, version: Version, at: Timestamp) {
        self.raw(format!(",\"etag\":\"W/\\\"{version}\\\"\",\"lastModified\":\"").as_bytes());
        write_instant(at, &mut self.0);
        self.raw(b"\"");
    }
}

const ENTRIES: &[u8] = b",\"entry\":[";
