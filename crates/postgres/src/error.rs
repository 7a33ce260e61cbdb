//! What went wrong with a database, in words that quote no value.

use std::fmt;

use deadpool_postgres::PoolError;
use tokio_postgres::error::SqlState;

/// Why a statement was not answered.
///
/// SECURITY: the driver's own error is dropped, not kept as a source. Its detail ("Key (x)=(…) already exists") and
/// even its message ("invalid input syntax …: \"…\"") quote values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseError {
    /// Nothing was done: the database cannot be reached, has no more connections, or took too long.
    #[error("the database is unavailable")]
    Unavailable,
    /// Nothing was done: the disk that the database is on is full.
    #[error("the database's disk is full: give it space, or make some")]
    Full,
    /// Nothing was done: another row or another transaction stands against it.
    #[error("the database found a conflict")]
    Conflict,
    /// The connection was lost after the statement was sent: it may or may not have been done.
    #[error("the outcome of a database statement is unknown")]
    Unknown,
    /// A statement touched fewer or other rows than it was for: what it is part of must not be committed.
    #[error("a database did less than a statement asked: look for triggers and rules on its tables")]
    DidLess,
    /// Nothing was done: the statement, its parameters or the row's types are wrong.
    #[error("the database refused a statement ({0})")]
    Other(Refusal),
}

/// The SQLSTATE of a refusal, where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(Option<SqlState>);

impl Refusal {
    /// The five characters of the SQLSTATE.
    #[must_use]
    pub fn sqlstate(&self) -> Option<&str> {
        self.0.as_ref().map(SqlState::code)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sqlstate() {
            Some(code) => match meaning(code) {
                Some(meaning) => write!(f, "SQLSTATE {code}: {meaning}"),
                None => write!(f, "SQLSTATE {code}"),
            },
            None => f.write_str("no SQLSTATE"),
        }
    }
}

/// What an operator has to know about an SQLSTATE that has to do with entering, in our words.
pub(crate) fn meaning(code: &str) -> Option<&'static str> {
    Some(match code {
        "28P01" => "wrong password",
        "28000" => "the role may not enter from here, or in this way (pg_hba.conf)",
        "3D000" => "there is no such database",
        "42501" => "the role lacks a right",
        "42P01" => "a table is missing: run tacenda migrate",
        "53300" => "no connection is left (max_connections, or a limit of the role or database)",
        "55000" => "the database lets nobody in",
        "57P03" => "the server is starting or stopping",
        "25006" => "it is read only: a standby, or a setting",
        _ => return None,
    })
}

impl DatabaseError {
    /// The SQLSTATE of a refusal, if this is one.
    #[must_use]
    pub fn sqlstate(&self) -> Option<&str> {
        match self {
            Self::Other(refusal) => refusal.sqlstate(),
            Self::Unavailable | Self::Full | Self::Conflict | Self::Unknown | Self::DidLess => None,
        }
    }

    /// The error of a statement that commits by itself, or of a commit.
    pub(crate) fn of_commit(error: &tokio_postgres::Error) -> Self {
        let Some(state) = error.code() else {
            return if was_sent(error) { Self::Unknown } else { of_no_code(error) };
        };
        match state.code() {
            // The server was stopping while it worked, or says itself that it does not know.
            "57P01" | "57P02" | "40003" | "08007" => Self::Unknown,
            _ => Self::from(error),
        }
    }
}

impl From<&tokio_postgres::Error> for DatabaseError {
    fn from(error: &tokio_postgres::Error) -> Self {
        let Some(state) = error.code() else {
            return of_no_code(error);
        };
        match state.code() {
            "53100" => Self::Full,
            // Connections (08), resources (53), cancelled by a timeout or by an operator (57), no lock in time (55P03).
            code if ["08", "53", "57"].iter().any(|class| code.starts_with(class)) || code == "55P03" => {
                Self::Unavailable
            }
            // Serialisation and deadlock (40), unique (23505), exclusion (23P01).
            code if code.starts_with("40") || code == "23505" || code == "23P01" => Self::Conflict,
            _ => Self::Other(Refusal(Some(state.clone()))),
        }
    }
}

impl From<tokio_postgres::Error> for DatabaseError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::from(&error)
    }
}

impl From<PoolError> for DatabaseError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) => Self::from(&error),
            PoolError::Timeout(_)
            | PoolError::Closed
            | PoolError::NoRuntimeSpecified
            | PoolError::PostCreateHook(_) => Self::Unavailable,
        }
    }
}

/// A wrong parameter or column is the caller's mistake; all else without an SQLSTATE is the connection's.
fn of_no_code(error: &tokio_postgres::Error) -> DatabaseError {
    if is_about_types(error) { DatabaseError::Other(Refusal(None)) } else { DatabaseError::Unavailable }
}

fn was_sent(error: &tokio_postgres::Error) -> bool {
    !is_about_types(error)
}

/// The driver keeps its kinds private; these four are the ones that it finds before it sends or after it received.
fn is_about_types(error: &tokio_postgres::Error) -> bool {
    let text = error.to_string();
    ["error serializing parameter", "error deserializing column", "invalid column", "expected "]
        .iter()
        .any(|kind| text.starts_with(kind))
        || text.starts_with("query returned an unexpected number of rows")
}
