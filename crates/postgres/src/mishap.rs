//! Why a database cannot be entered, said once and not at every attempt.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::{DatabaseError, Endpoint, error::meaning};

/// After so long it is said again.
const AGAIN: Duration = Duration::from_secs(60);

/// What was said last.
#[derive(Default)]
pub(crate) struct Mishap(Mutex<Option<(String, Instant)>>);

impl Mishap {
    /// Takes notice of one attempt to connect.
    pub(crate) fn note(&self, endpoint: &Endpoint, error: Option<&tokio_postgres::Error>) {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (database, role) = (endpoint.database(), endpoint.role());
        let Some(error) = error else {
            if said.take().is_some() {
                tracing::info!(database, role, "a database lets its service in again");
            }
            return;
        };
        let reason = reason(error);
        if said.as_ref().is_some_and(|(before, at)| *before == reason && at.elapsed() < AGAIN) {
            return;
        }
        tracing::error!(database, role, reason, "a database cannot be entered");
        *said = Some((reason, Instant::now()));
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
