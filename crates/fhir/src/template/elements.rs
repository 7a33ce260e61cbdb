//! Top-level elements of a stored resource: named for the ledger, held back where a permit does not cover them, and put
//! together for a Patient, without parsing the text.

use std::ops::Range;

use super::{Slot, Template};
use crate::{
    Excerpt,
    placement::plain,
    scan::{members, string_end},
};

const SUBSETTED: &[u8] =
    br#"{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}"#;

impl Template {
    /// The names of the top-level elements, in the order of the text, without `resourceType`, `id` and `meta`.
    /// `birthDate` and `_birthDate` are one.
    #[must_use]
    pub fn element_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for member in self.body() {
            let name = plain(member.name);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The template without the top-level elements that `keep` does not want. `resourceType` and `meta` stay.
    #[must_use]
    pub fn retain_elements(&self, keep: &dyn Fn(&str) -> bool) -> Self {
        let mut kept = Parts::default();
        kept.take(self, 0..self.head + self.meta);
        for member in self.body() {
            if keep(plain(member.name)) {
                kept.text.push(b',');
                kept.take(self, member.whole);
            }
        }
        kept.text.push(b'}');
        kept.with_head_of(self)
    }

    /// The template with only what is asked for, and a tag that says so: nobody takes it for the whole.
    #[must_use]
    pub fn excerpt(&self, excerpt: &Excerpt) -> Self {
        if *excerpt == Excerpt::Whole {
            return self.clone();
        }
        self.retain_elements(&|element| excerpt.shows(element)).subsetted()
    }

    /// With the tag SUBSETTED in `meta` (FHIR R4 §3.1.1.5.8).
    fn subsetted(&self) -> Self {
        let end = self.head + self.meta;
        let tags = members(&self.text, self.head..end).into_iter().find(|member| member.key == b"tag");
        let (at, before, after): (usize, &[u8], &[u8]) = match tags {
            // Before the bracket that closes the list, which FHIR does not allow to be empty.
            Some(tags) => (tags.value.end.saturating_sub(1), b",", b""),
            None if self.meta > 0 => (end, b",\"tag\":[", b"]"),
            None => (end, b"\"tag\":[", b"]"),
        };
        let mut tagged = Parts::default();
        tagged.take(self, 0..at);
        for part in [before, SUBSETTED, after] {
            tagged.text.extend_from_slice(part);
        }
        let added = tagged.text.len() - at;
        tagged.take(self, at..self.text.len());
        let Parts { text, slots } = tagged;
        Self::new(text.into(), self.head, self.meta + added, slots)
    }

    /// The whole Patient of the halves that a caller may see, as [`crate::join`] makes it; none of none.
    #[must_use]
    pub fn join(contact: Option<&Self>, identity: Option<&Self>) -> Option<Self> {
        let (contact, identity) = match (contact, identity) {
            (Some(contact), Some(identity)) => (contact, identity),
            (half, other) => return half.or(other).cloned(),
        };
        let mut whole = Parts::default();
        whole.take(identity, 0..identity.text.len() - 1);
        whole.take(contact, contact.head + contact.meta..contact.text.len());
        Some(whole.with_head_of(identity))
    }

    fn body(&self) -> impl Iterator<Item = Part<'_>> {
        let mut at = self.head + self.meta;
        self.members.iter().map(move |length| {
            let whole = at + 1..at + 1 + length;
            at = whole.end;
            let key = whole.start + 1..string_end(&self.text, whole.start, whole.end).saturating_sub(1);
            let name = self.text.get(key).and_then(|key| std::str::from_utf8(key).ok());
            Part { name: name.unwrap_or_default(), whole }
        })
    }
}

/// A top-level element: its name as written, and where it is.
struct Part<'a> {
    name: &'a str,
    whole: Range<usize>,
}

/// A template that is put together from parts of others.
#[derive(Default)]
struct Parts {
    text: Vec<u8>,
    slots: Vec<(usize, Slot)>,
}

impl Parts {
    /// Appends a part of a template with its slots.
    fn take(&mut self, other: &Template, part: Range<usize>) {
        let moved = |(at, slot): &(usize, Slot)| (at - part.start + self.text.len(), *slot);
        let inside = other.slots.iter().filter(|(at, _)| part.contains(at)).map(moved);
        self.slots.extend(inside);
        self.text.extend_from_slice(other.text.get(part).unwrap_or_default());
    }

    fn with_head_of(self, template: &Template) -> Template {
        Template::new(self.text.into(), template.head, template.meta, self.slots)
    }
}
