//! What is measured: operations, each over three numbers of connections.

use std::fmt;

use clap::ValueEnum;

/// Connections at the same time.
pub(crate) const CONNECTIONS: [usize; 3] = [1, 8, 32];

/// An operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Operation {
    /// One Observation by its id.
    Read,
    /// A new Observation.
    Create,
    /// Twenty Observations of a patient who has more than a hundred.
    Search,
    /// An access token for a program that signs (`client_credentials`, `private_key_jwt`).
    Token,
    /// Who somebody with a session is: the first page, which leads on to theirs.
    Session,
}

impl Operation {
    pub(crate) const ALL: [Self; 5] = [Self::Read, Self::Create, Self::Search, Self::Token, Self::Session];
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Create => "create",
            Self::Search => "search",
            Self::Token => "token",
            Self::Session => "session",
        })
    }
}

/// An operation over a number of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) operation: Operation,
    pub(crate) connections: usize,
}

/// All cells, or those asked for, in the order in which they are measured and printed.
pub(crate) fn cells(only: Option<Operation>, over: Option<usize>) -> Vec<Cell> {
    let operations = Operation::ALL.into_iter().filter(|one| only.is_none_or(|only| only == *one));
    let connections = over.map_or_else(|| CONNECTIONS.to_vec(), |over| vec![over]);
    let of_operation =
        |operation| connections.iter().map(move |&connections| Cell { operation, connections });
    operations.flat_map(of_operation).collect()
}
