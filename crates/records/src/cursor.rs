//! Where a search goes on: the question and the last record that was looked at, sealed for whoever asked.
//!
//! SECURITY: a link is written into logs and histories. What was searched for is not in it, and nobody changes it or uses
//! another's.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;

use crate::{Caller, Records};

/// A question and where it goes on.
#[derive(Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The query string, without paging.
    pub query: String,
    /// The id that was looked at last.
    pub after: String,
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
        let plain = format!("{}\n{}", cursor.after, cursor.query);
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
        Some(Cursor { query: query.to_owned(), after: after.to_owned() })
    }
}

fn context(caller: &Caller, kind: &str) -> Vec<u8> {
    let actor = &caller.actor;
    format!("search cursor\0{}\0{}\0{kind}", actor.id.0, actor.role).into_bytes()
}
