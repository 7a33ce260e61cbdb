//! Where a search goes on: the question and the last record that was looked at, sealed for whoever asked.
//!
//! It names a place in the order, by what a record says and by its id, and no number of records to skip: what is written
//! or deleted in between moves nothing.
//!
//! SECURITY: a link is written into logs and histories. What was searched for is not in it, and nobody changes it or uses
//! another's.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use tacenda_fhir::Rank;

use crate::{Caller, Records};

/// A question and where it goes on.
#[derive(Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The query string, without paging.
    pub query: String,
    /// What was looked at last.
    pub after: Mark,
}

/// A place in the order of a search.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// By each key that the search sorts by.
    pub ranks: Vec<Rank>,
    /// Which id, among equals.
    pub id: String,
}

impl Mark {
    /// A place in the order of ids.
    #[must_use]
    pub const fn unranked(id: String) -> Self {
        Self { ranks: Vec::new(), id }
    }

    fn to_text(&self) -> String {
        let ranks: Vec<String> = self.ranks.iter().map(|rank| rank.to_text()).collect();
        format!("{}:{}", ranks.join(","), self.id)
    }

    fn parse(text: &str) -> Option<Self> {
        let (ranks, id) = text.split_once(':')?;
        let ranks =
            ranks.split(',').filter(|rank| !rank.is_empty()).map(Rank::parse).collect::<Option<_>>()?;
        Some(Self { ranks, id: id.to_owned() })
    }
}

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cursor")
    }
}

/// Longer than any cursor made here.
const LONGEST: usize = 128 << 10;

impl Records {
    /// The cursor as text for a URL.
    #[must_use]
    pub fn seal_cursor(&self, caller: &Caller, kind: &str, cursor: &Cursor) -> String {
        let plain = format!("{}\n{}", cursor.after.to_text(), cursor.query);
        let sealed =
            self.cursor_key.seal_secret(&context(caller, kind), plain.as_bytes(), self.random.as_ref());
        BASE64URL_NOPAD.encode(&sealed)
    }

    /// The cursor, if it was sealed for this caller and this type.
    #[must_use]
    pub fn open_cursor(&self, caller: &Caller, kind: &str, text: &str) -> Option<Cursor> {
        if text.len() > LONGEST {
            return None;
        }
        let sealed = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let plain = self.cursor_key.open_secret(&context(caller, kind), &sealed).ok()?;
        let (after, query) = std::str::from_utf8(&plain).ok()?.split_once('\n')?;
        Some(Cursor { query: query.to_owned(), after: Mark::parse(after)? })
    }
}

fn context(caller: &Caller, kind: &str) -> Vec<u8> {
    let actor = &caller.actor;
    format!("search cursor\0{}\0{}\0{kind}", actor.id.0, actor.role).into_bytes()
}
