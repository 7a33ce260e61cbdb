//! Why a database cannot be entered, said once and not at every attempt.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::{DatabaseError, Endpoint, error::meaning};

/// After so long it is said again.
const AGAIN: Duration = Duration::from_secs(60);
/// A server that is being stopped, by us or started anew, is no news before this.
const A_MOMENT: Duration = Duration::from_secs(2);

/// Since when it fails, and what was said last.
#[derive(Default)]
pub(crate) struct Mishap(Mutex<State>);

#[derive(Default)]
struct State {
    since: Option<Instant>,
    said: Option<(String, Instant)>,
}

impl Mishap {
    /// Takes notice of one attempt to connect.
    pub(crate) fn note(&self, endpoint: &Endpoint, error: Option<&tokio_postgres::Error>) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (database, role) = (endpoint.database(), endpoint.role());
        let Some(error) = error else {
            if std::mem::take(&mut *state).said.is_some() {
                tracing::info!(database, role, "a database lets its service in again");
            }
            return;
        };
        let (reason, now) = (reason(error), Instant::now());
        let since = *state.since.get_or_insert(now);
        let passes = DatabaseError::from(error) == DatabaseError::Unavailable;
        let known = state.said.as_ref().is_some_and(|(said, at)| *said == reason && at.elapsed() < AGAIN);
        if known || (passes && since.elapsed() < A_MOMENT) {
            return;
        }
        tracing::error!(database, role, reason, "a database cannot be entered");
        state.said = Some((reason, now));
    }
}

/// SECURITY: never in the server's or the driver's words.
fn reason(error: &tokio_postgres::Error) -> String {
    match error.code().map(|state| state.code()) {
        Some(code) => meaning(code).map_or_else(
            || DatabaseError::from(error).to_string(),
            |text| format!("SQLSTATE {code}: {text}"),
        ),
        None => DatabaseError::from(error).to_string(),
    }
}
