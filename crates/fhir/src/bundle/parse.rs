//! A transaction or batch, taken apart without building the whole of it: each entry is read on its own.

use serde::de::IgnoredAny;

use super::{Entry, entry, parts::Parts};
use crate::{Issue, IssueCode, Limits, scan, validate::syntax};

/// What a bundle asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BundleKind {
    /// All or nothing.
    Transaction,
    /// Each for itself.
    Batch,
}

impl BundleKind {
    /// The code of the answer's `Bundle.type`.
    #[must_use]
    pub const fn response_type(self) -> &'static str {
        match self {
            Self::Transaction => "transaction-response",
            Self::Batch => "batch-response",
        }
    }
}

/// A bundle of things to be done. An entry that cannot be done says why.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// All or nothing, or each for itself.
    pub kind: BundleKind,
    /// Its entries, in order.
    pub entries: Vec<Result<Entry, Vec<Issue>>>,
}

impl Bundle {
    /// The entries of a transaction.
    ///
    /// # Errors
    /// What is wrong with any entry, and full URLs that two entries share; at most [`Limits::issues`].
    pub fn into_whole(self, limits: &Limits) -> Result<Vec<Entry>, Vec<Issue>> {
        let mut issues = Vec::new();
        let mut entries = Vec::with_capacity(self.entries.len());
        for entry in self.entries {
            match entry {
                Ok(entry) => entries.push(entry),
                Err(wrong) => issues.extend(wrong),
            }
        }
        let mut seen = std::collections::HashSet::new();
        for entry in &entries {
            if entry.full_url.as_ref().is_some_and(|url| !seen.insert(url)) {
                let issue = Issue::new(IssueCode::Invalid, "two entries have the same fullUrl");
                issues.push(issue.at(format!("{}.fullUrl", entry.expression())));
            }
        }
        issues.truncate(limits.issues);
        if issues.is_empty() { Ok(entries) } else { Err(issues) }
    }
}

/// Reads a transaction or batch.
///
/// # Errors
/// What is wrong with the bundle itself: too large, not JSON, not a bundle, not one of the two kinds, too many entries.
pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Bundle, Vec<Issue>> {
    outline(bytes, limits).map_err(|issue| vec![issue])
}

fn outline(bytes: &[u8], limits: &Limits) -> Result<Bundle, Issue> {
    // Bundle, entry and resource nest three levels above what the resource's own limit counts.
    let text = syntax::text(bytes, limits.bundle_bytes, limits.depth + 3)?;
    let text = text.trim();
    serde_json::from_str::<IgnoredAny>(text)
        .map_err(|error| syntax::malformed(error.line(), error.column()))?;
    let parts = Parts::of(text.as_bytes(), "Bundle", &BUNDLE)?;
    if parts.string("resourceType", "Bundle")?.as_deref() != Some("Bundle") {
        return Err(Issue::new(IssueCode::Invalid, "expected a Bundle").at("resourceType"));
    }
    let kind = match parts.string("type", "Bundle")?.as_deref() {
        Some("transaction") => BundleKind::Transaction,
        Some("batch") => BundleKind::Batch,
        None => return Err(Issue::new(IssueCode::Required, "required element missing").at("Bundle.type")),
        Some(_) => {
            let reason = "only transactions and batches are processed";
            return Err(Issue::new(IssueCode::NotSupported, reason).at("Bundle.type"));
        }
    };
    parts.without(&["total"], "Bundle")?;
    let entries = match parts.get("entry") {
        Some(list) => read_entries(list, limits)?,
        None => Vec::new(),
    };
    Ok(Bundle { kind, entries })
}

fn read_entries(list: &[u8], limits: &Limits) -> Result<Vec<Result<Entry, Vec<Issue>>>, Issue> {
    let (Some(b'['), Some(b']')) = (list.first(), list.last()) else {
        return Err(Issue::new(IssueCode::Structure, "expected an array").at("Bundle.entry"));
    };
    let (items, more) = scan::items(list, 1..list.len() - 1, limits.bundle_entries);
    if more {
        let reason = format!("more than {} entries", limits.bundle_entries);
        return Err(Issue::new(IssueCode::TooCostly, reason).at("Bundle.entry"));
    }
    let mut entries = Vec::with_capacity(items.len());
    let mut found = 0;
    for (index, range) in items.into_iter().enumerate() {
        // Once there is more to say than will be heard, each entry says one thing.
        let brief = Limits { issues: if found < limits.issues { limits.issues } else { 1 }, ..*limits };
        let entry = entry::read(index, list.get(range).unwrap_or_default(), &brief);
        found += entry.as_ref().err().map_or(0, Vec::len);
        entries.push(entry);
    }
    Ok(entries)
}

const BUNDLE: [&str; 12] = [
    "entry",
    "id",
    "identifier",
    "implicitRules",
    "language",
    "link",
    "meta",
    "resourceType",
    "signature",
    "timestamp",
    "total",
    "type",
];
