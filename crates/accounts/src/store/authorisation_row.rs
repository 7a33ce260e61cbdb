//! An authorisation as it is stored, and why one ended.

use jiff::Timestamp;
use tacenda_kernel::{ActorId, AuthStrength, Role};
use tacenda_postgres::DatabaseError;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{
    accounts::{self, AccountRow, COLUMNS},
    clients,
};
use crate::{
    bindings::{Binding, Kind},
    row_seal::{Meaning, RowKey, not_of_the_account},
};

/// An authorisation as stored.
#[derive(Clone, Debug)]
pub(crate) struct AuthorisationRow {
    pub(crate) id: Uuid,
    pub(crate) client_id: String,
    pub(crate) person: ActorId,
    pub(crate) role: Role,
    pub(crate) scopes: Vec<String>,
    pub(crate) strength: AuthStrength,
    pub(crate) proven_at: Option<Timestamp>,
    pub(crate) session: Option<Uuid>,
    pub(crate) sealed_context: Vec<u8>,
    pub(crate) created_at: Timestamp,
    pub(crate) used_at: Option<Timestamp>,
    pub(crate) ends_at: Timestamp,
    pub(crate) ended: bool,
    /// The one code or refresh token that is good next, as it is stored; none where none is.
    pub(crate) next: Option<Vec<u8>>,
}

impl AuthorisationRow {
    /// Whether it gives tokens at this time. What ended its session ended it, too; that is another question.
    pub(crate) fn holds(&self, now: Timestamp) -> bool {
        !self.ended && now < self.ends_at
    }

    pub(super) fn meaning(&self) -> Meaning {
        Meaning::of("authorisations")
            .id(self.id)
            .text(&self.client_id)
            .id(self.person.0)
            .text(self.role.as_str())
            .texts(&self.scopes)
            .text(strength_name(self.strength))
            .optional(self.proven_at, Meaning::time)
            .optional(self.session, Meaning::id)
            .bytes(&self.sealed_context)
            .time(self.created_at)
            .time(self.ends_at)
            .flag(self.ended)
            .optional(self.next.as_deref(), Meaning::bytes)
    }

    pub(super) fn binding(&self, key: &RowKey, seal: &[u8]) -> Binding {
        Binding::until(Kind::Authorisation, seal, self.ends_at).of(clients::group(key, &self.client_id))
    }
}

/// Why an authorisation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Revoked,
    CodeReused,
    TokenReused,
    ByPerson,
    /// How its person proves who they are was changed, or their account was suspended.
    AccountChanged,
    /// The identity provider at which its session began said that this is over.
    SessionEnded,
}

impl Ending {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::CodeReused => "code-reused",
            Self::TokenReused => "token-reused",
            Self::ByPerson => "person",
            Self::AccountChanged => "account-changed",
            Self::SessionEnded => "session-ended",
        }
    }
}

/// The columns of an authorisation `z` that [`read_own`] reads.
macro_rules! authorisation_columns {
    () => {
        "z.authorisation, z.client_id, z.role, z.scopes, z.strength, z.proven_at, z.session, z.sealed_context, \
         z.created_at, z.used_at, z.ends_at, z.ended_at is not null, z.next, z.seal"
    };
}
pub(super) use authorisation_columns;

/// The name of a strength in the database.
pub(super) const fn strength_name(strength: AuthStrength) -> &'static str {
    match strength {
        AuthStrength::Multi => "multi",
        AuthStrength::Single | AuthStrength::Client => "single",
    }
}

/// Those that are believed.
pub(super) fn read_all(key: &RowKey, rows: &[Row]) -> Result<Vec<AuthorisationRow>, DatabaseError> {
    rows.iter().filter_map(|row| read(key, row).transpose()).collect()
}

/// None for a row that is not believed, or that is in force and does not count for its person.
fn read(key: &RowKey, row: &Row) -> Result<Option<AuthorisationRow>, DatabaseError> {
    let Some(account) = accounts::read(key, row, 0)? else { return Ok(None) };
    read_own(key, row, COLUMNS, &account)
}

/// The same of an account that is known.
pub(crate) fn read_own(
    key: &RowKey,
    row: &Row,
    at: usize,
    account: &AccountRow,
) -> Result<Option<AuthorisationRow>, DatabaseError> {
    let (role, strength): (&str, &str) = (row.try_get(at + 2)?, row.try_get(at + 4)?);
    let Ok(role) = role.parse() else { return Ok(None) };
    let authorisation = AuthorisationRow {
        id: row.try_get(at)?,
        client_id: row.try_get(at + 1)?,
        person: account.id,
        role,
        scopes: row.try_get(at + 3)?,
        strength: if strength == "multi" { AuthStrength::Multi } else { AuthStrength::Single },
        proven_at: row.try_get(at + 5)?,
        session: row.try_get(at + 6)?,
        sealed_context: row.try_get(at + 7)?,
        created_at: row.try_get(at + 8)?,
        used_at: row.try_get(at + 9)?,
        ends_at: row.try_get(at + 10)?,
        ended: row.try_get(at + 11)?,
        next: row.try_get(at + 12)?,
    };
    let seal: &[u8] = row.try_get(at + 13)?;
    if !key.believes(&authorisation.meaning(), seal) {
        return Ok(None);
    }
    let counts = authorisation.ended || account.bindings.has(Kind::Authorisation, seal);
    if !counts {
        not_of_the_account("authorisations");
    }
    Ok(counts.then_some(authorisation))
}
