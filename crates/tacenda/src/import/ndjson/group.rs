//! The resources of one transaction, and its bundle.

use serde_json::{Value, json};

use super::{ids_file::DirectoryIds, line::Line, set::Set};
use crate::import::{
    references::{relative_name, rewrite, urn},
    submission::{Submission, key},
};

/// Lines of a set, by their place in it.
#[derive(Default)]
pub(super) struct Group(Vec<usize>);

impl Group {
    pub(super) fn push(&mut self, index: usize) {
        self.0.push(index);
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = usize> {
        self.0.iter().copied()
    }

    /// In an order that does not depend on how the resources are spread over files: the key depends on it. A Patient
    /// comes first.
    pub(super) fn in_order(mut self, lines: &[Line]) -> Self {
        let rank = |index: usize| (lines[index].about != super::line::About::Itself, &lines[index].text);
        self.0.sort_by(|one, other| rank(*one).cmp(&rank(*other)));
        self
    }
}

/// The transaction that creates a group. References within it become those of the bundle; references to the directory,
/// those of the server. Others stay: they may name what the server has.
pub(super) fn submission(set: &Set, group: &Group, directory: &DirectoryIds, name: String) -> Submission {
    let within: std::collections::HashSet<&str> =
        group.lines().filter_map(|index| set.lines[index].name.as_deref()).collect();
    let to = |text: &str| {
        let name = relative_name(text)?;
        if within.contains(name.as_str()) { Some(urn(&name)) } else { directory.get(&name) }
    };
    let mut content = b"ndjson\n".to_vec();
    let (mut entries, mut origins) = (Vec::new(), Vec::new());
    for index in group.lines() {
        let line = &set.lines[index];
        // The key is made from what was in the files, not from what the directory's ids happen to be.
        content.extend_from_slice(line.text.as_bytes());
        content.push(b'\n');
        origins.push(line.origin.clone());
        entries.push(entry(line, &to));
    }
    let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": entries});
    Submission { name, key: key(&content), bytes: bundle.to_string().into(), origins }
}

fn entry(line: &Line, to: &dyn Fn(&str) -> Option<String>) -> Value {
    // It was read once already.
    let mut resource: Value = serde_json::from_str(&line.text).unwrap_or_default();
    rewrite(&mut resource, to);
    let request = json!({"method": "POST", "url": resource["resourceType"]});
    let mut entry = json!({"resource": resource, "request": request});
    if let Some(name) = &line.name {
        entry["fullUrl"] = urn(name).into();
    }
    entry
}
