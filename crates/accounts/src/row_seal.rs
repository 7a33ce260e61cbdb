//! What makes a stored row believed: a MAC over all in it that decides.
//!
//! SECURITY: whoever can write these tables must not be able to make a session, a role or a client, to give one to another
//! account, or to bring back what is over. A row that does not bear its seal is read as if it were not there, and the
//! log says so. Which rows are the newest ones is said by the account that they belong to (`bindings.rs`).

use std::sync::Arc;

use jiff::Timestamp;
use tacenda_crypto::MacKey;
use tacenda_kernel::{ActorId, Clock};
use uuid::Uuid;

use crate::{bindings::Group, newest::Newest};

/// By what this service knows its own rows.
pub(crate) struct RowKey {
    mac: MacKey,
    newest: Newest,
    clock: Arc<dyn Clock>,
}

impl RowKey {
    pub(crate) fn new(mac: MacKey, clock: Arc<dyn Clock>) -> Self {
        Self { mac, newest: Newest::new(), clock }
    }

    /// The seal of a row that says this.
    pub(crate) fn seal(&self, meaning: &Meaning) -> Vec<u8> {
        self.mac.mac(&meaning.message).to_vec()
    }

    /// What rows have in common that say this of themselves.
    pub(crate) fn group(&self, meaning: &Meaning) -> Group {
        self.seal(meaning).first_chunk().copied().unwrap_or_default()
    }

    /// Whether an account with this counter is the newest that was seen of it.
    pub(crate) fn is_newest(&self, account: ActorId, counter: i64) -> bool {
        let newest = self.newest.see(account, counter, self.clock.now());
        if !newest {
            tracing::error!(
                table = "accounts",
                "an account is as it was before its last changes, so it is not believed: somebody else wrote to the \
                 account database"
            );
        }
        newest
    }

    /// Whether a row that says this is believed.
    pub(crate) fn believes(&self, meaning: &Meaning, seal: &[u8]) -> bool {
        let fits = seal.try_into().is_ok_and(|seal| self.mac.verify(&meaning.message, seal));
        if !fits {
            tracing::error!(
                table = meaning.table,
                "a row does not bear its seal, so it is not believed: somebody else wrote to the account database"
            );
        }
        fits
    }

    /// Under what a token is stored.
    ///
    /// SECURITY: its hash without a key could be written into the table by whoever made up the token.
    pub(crate) fn token(&self, name: &'static str, hash: &[u8; 32]) -> Vec<u8> {
        self.seal(&Meaning::of(name).bytes(hash))
    }
}

/// Says that a row bears its seal and that its account does not name it, or the other way round.
pub(crate) fn not_of_the_account(table: &'static str) {
    tracing::error!(
        table,
        "a row does not count for its account, so it is not believed: somebody else wrote to the account database"
    );
}

/// What a row says: each part after the other, those of no fixed length after their length. A table has always the same
/// parts in the same order, so no two rows have one message.
pub(crate) struct Meaning {
    table: &'static str,
    message: Vec<u8>,
}

impl Meaning {
    pub(crate) fn of(table: &'static str) -> Self {
        Self { table, message: Vec::with_capacity(128) }.text(table)
    }

    pub(crate) fn bytes(self, bytes: &[u8]) -> Self {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.fixed(&length.to_be_bytes()).fixed(bytes)
    }

    pub(crate) fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    pub(crate) fn texts(self, texts: &[String]) -> Self {
        let count = u64::try_from(texts.len()).unwrap_or(u64::MAX);
        texts.iter().fold(self.fixed(&count.to_be_bytes()), |meaning, text| meaning.text(text))
    }

    pub(crate) fn id(self, id: Uuid) -> Self {
        self.fixed(id.as_bytes())
    }

    pub(crate) fn number(self, number: i64) -> Self {
        self.fixed(&number.to_be_bytes())
    }

    /// To the microsecond, as the database keeps it.
    pub(crate) fn time(self, time: Timestamp) -> Self {
        self.number(time.as_microsecond())
    }

    pub(crate) fn flag(self, flag: bool) -> Self {
        self.fixed(&[u8::from(flag)])
    }

    /// Whether there is a value, and the value.
    pub(crate) fn optional<T>(self, value: Option<T>, add: impl FnOnce(Self, T) -> Self) -> Self {
        let meaning = self.flag(value.is_some());
        match value {
            Some(value) => add(meaning, value),
            None => meaning,
        }
    }

    fn fixed(mut self, bytes: &[u8]) -> Self {
        self.message.extend_from_slice(bytes);
        self
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn owned(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn no_two_rows_have_one_message() {
        let lists: [&[&str]; 6] = [&[], &[""], &["ab"], &["a", "b"], &["", "ab"], &["ab", ""]];
        let messages: HashSet<_> =
            lists.iter().map(|list| Meaning::of("t").texts(&owned(list)).message).collect();
        assert_eq!(messages.len(), lists.len());
        let pairs = [("a", "bc"), ("ab", "c"), ("abc", ""), ("", "abc")];
        let messages: HashSet<_> =
            pairs.iter().map(|(one, other)| Meaning::of("t").text(one).text(other).message).collect();
        assert_eq!(messages.len(), pairs.len());
        let optional = |text| Meaning::of("t").optional(text, Meaning::text).message;
        assert_ne!(optional(None), optional(Some("")));
        assert_ne!(Meaning::of("t").message, Meaning::of("u").message);
    }
}
