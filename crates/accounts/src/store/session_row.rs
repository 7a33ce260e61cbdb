//! A session as it is stored.

use jiff::Timestamp;
use tacenda_contracts::accounts::sign_in::Standing;
use tacenda_kernel::ActorId;
use tacenda_postgres::DatabaseError;
use tokio_postgres::Row;
use uuid::Uuid;

use super::accounts::{self, AccountRow, COLUMNS};
use crate::{
    bindings::{ALONE, Binding, Group, Kind},
    row_seal::{Meaning, RowKey, not_of_the_account},
};

pub(super) const TOKEN: &str = "sessions.token";

/// A session as stored.
pub(crate) struct SessionRow {
    pub(crate) id: Uuid,
    pub(crate) account: ActorId,
    pub(crate) standing: Standing,
    pub(crate) sealed_visit: Vec<u8>,
    pub(crate) started_at: Timestamp,
    pub(crate) proven_at: Option<Timestamp>,
    pub(crate) seen_at: Timestamp,
    pub(crate) ends_at: Timestamp,
    /// Where it began, if that was at an identity provider.
    pub(crate) provider: Option<AtProvider>,
}

/// Where a session began, so that it ends when its provider says so: keyed hashes.
#[derive(Clone, Copy)]
pub(crate) struct AtProvider {
    /// Of issuer and subject, as in `provider_subjects`.
    pub(crate) subject: i64,
    /// Of issuer and the provider's own number of the session.
    pub(crate) sid: Option<i64>,
}

impl AtProvider {
    pub(crate) const fn group(&self) -> Group {
        self.subject.to_be_bytes()
    }
}

impl SessionRow {
    /// The visit is bound to the session where it is sealed; when it was last used is written too often.
    pub(super) fn meaning(&self, token: &[u8]) -> Meaning {
        Meaning::of("sessions")
            .id(self.id)
            .bytes(token)
            .id(self.account.0)
            .text(name(self.standing))
            .time(self.started_at)
            .optional(self.proven_at, Meaning::time)
            .time(self.ends_at)
            .optional(self.provider, |meaning, provider| {
                meaning.number(provider.subject).optional(provider.sid, Meaning::number)
            })
    }

    pub(super) fn binding(&self, seal: &[u8]) -> Binding {
        let group = self.provider.as_ref().map_or(ALONE, AtProvider::group);
        Binding::until(Kind::Session, seal, self.ends_at).of(group)
    }
}

/// The columns of a session `s` that [`read`] reads.
macro_rules! session_columns {
    () => {
        "s.session, s.account, s.standing, s.sealed_visit, s.started_at, s.proven_at, s.seen_at, s.ends_at, s.subject, \
         s.sid, s.token, s.seal"
    };
}

pub(super) use session_columns;

/// How many those are.
pub(super) const OWN: usize = 12;

/// The name of a standing in the database.
pub(super) const fn name(standing: Standing) -> &'static str {
    match standing {
        Standing::Partial => "partial",
        Standing::Single => "single",
        Standing::Multi => "multi",
    }
}

/// The session and its account; none for one that does not count.
pub(super) fn read_with_account(
    key: &RowKey,
    row: &Row,
) -> Result<Option<(SessionRow, AccountRow)>, DatabaseError> {
    let Some(account) = accounts::read(key, row, 0)? else { return Ok(None) };
    let Some((session, seal)) = read(key, row, COLUMNS)? else { return Ok(None) };
    let counts = account.bindings.has(Kind::Session, &seal);
    if !counts {
        not_of_the_account("sessions");
    }
    Ok(counts.then_some((session, account)))
}

/// None for a row that is not believed.
pub(crate) fn read(
    key: &RowKey,
    row: &Row,
    at: usize,
) -> Result<Option<(SessionRow, Vec<u8>)>, DatabaseError> {
    let standing: &str = row.try_get(at + 2)?;
    let (subject, sid): (Option<i64>, Option<i64>) = (row.try_get(at + 8)?, row.try_get(at + 9)?);
    let session = SessionRow {
        id: row.try_get(at)?,
        account: ActorId(row.try_get(at + 1)?),
        standing: match standing {
            "multi" => Standing::Multi,
            "single" => Standing::Single,
            // The CHECK admits no other name; the safe reading of one is that everything is owed.
            _ => Standing::Partial,
        },
        sealed_visit: row.try_get(at + 3)?,
        started_at: row.try_get(at + 4)?,
        proven_at: row.try_get(at + 5)?,
        seen_at: row.try_get(at + 6)?,
        ends_at: row.try_get(at + 7)?,
        provider: subject.map(|subject| AtProvider { subject, sid }),
    };
    let (token, seal): (&[u8], Vec<u8>) = (row.try_get(at + 10)?, row.try_get(at + 11)?);
    Ok(key.believes(&session.meaning(token), &seal).then_some((session, seal)))
}
