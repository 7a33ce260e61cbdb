//! Whether the system can do its work now: what `/health/ready` says.
//!
//! SECURITY: strangers may ask. So a reason names a database and no object in it, nor a number, and however often it is
//! asked, the databases are asked once a second.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::{Router, http::StatusCode, response::IntoResponse, routing::get};
use futures::future::join_all;
use tacenda_postgres::{CatalogueError, Watch};
use tokio::time::timeout;

use crate::{
    databases::{catalogue, specs},
    system::System,
};

/// How long an answer holds.
const FRESH: Duration = Duration::from_secs(1);
/// How long a database may take.
const PATIENCE: Duration = Duration::from_secs(2);
const PING: &str = "select 1";

/// What is known of the system's health.
pub struct Health {
    system: Arc<System>,
    watches: Vec<(String, Watch)>,
    /// The databases that are not what their migrations make, as the last turn found.
    strange: Mutex<BTreeMap<String, String>>,
    asked: tokio::sync::Mutex<Option<(Instant, Vec<String>)>>,
}

impl Health {
    /// Of this system. Its catalogues were found right at the start.
    #[must_use]
    pub fn of(system: Arc<System>) -> Self {
        let watches =
            specs().into_iter().map(|spec| (spec.name.clone(), Watch::of(catalogue(&spec.name)))).collect();
        Self { system, watches, strange: Mutex::default(), asked: tokio::sync::Mutex::default() }
    }

    /// Looks at every catalogue, and says in the log what changed since the last time. While there is a stranger, nobody is
    /// let in. The databases that have any, each with all of its strangers; one that does not answer is as it is known.
    pub async fn look_for_strangers(&self) -> BTreeMap<String, String> {
        let known = self.strange.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let looks = self.watches.iter().map(|(service, watch)| {
            let known = known.get(service).cloned();
            async move {
                let database = self.system.databases.get(service).ok()?;
                let strangers = match watch.look(&database).await {
                    Ok(()) => None,
                    Err(CatalogueError::Differs(strangers)) => Some(strangers.to_string()),
                    Err(CatalogueError::Database(_)) => known,
                };
                Some((service.clone(), strangers?))
            }
        });
        let found: BTreeMap<_, _> = join_all(looks).await.into_iter().flatten().collect();
        self.system.gate.set_open(found.is_empty());
        for (service, strangers) in found.iter().filter(|(service, now)| known.get(*service) != Some(now)) {
            tracing::error!(database = service, %strangers, "a database is not what its migrations make");
        }
        for service in known.keys().filter(|service| !found.contains_key(*service)) {
            tracing::info!(database = service, "a database is what its migrations make again");
        }
        self.strange.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&found);
        found
    }

    async fn answers(&self, service: &str) -> bool {
        let Ok(database) = self.system.databases.get(service) else { return false };
        matches!(timeout(PATIENCE, database.lanes().query(PING, &[])).await, Ok(Ok(_)))
    }

    /// Why it is not ready; empty while it is.
    pub async fn reasons(&self) -> Vec<String> {
        let mut asked = self.asked.lock().await;
        if let Some((at, reasons)) = asked.as_ref()
            && at.elapsed() < FRESH
        {
            return reasons.clone();
        }
        let reasons = self.ask().await;
        *asked = Some((Instant::now(), reasons.clone()));
        reasons
    }

    async fn ask(&self) -> Vec<String> {
        let pings = specs().into_iter().map(|spec| async move {
            let answers = self.answers(&spec.name).await;
            (!answers).then(|| format!("the database of {} does not answer", spec.name))
        });
        let mut reasons: Vec<String> = join_all(pings).await.into_iter().flatten().collect();
        if let Err(error) = self.system.ledger.checkpoint().await {
            reasons.push(format!("the ledger records nothing: {error}"));
        }
        let strange = self.strange.lock().unwrap_or_else(PoisonError::into_inner);
        reasons.extend(
            strange
                .keys()
                .map(|service| format!("the database of {service} is not what its migrations make")),
        );
        reasons
    }
}

/// The path that a load balancer or a supervisor asks.
pub fn routes(health: Arc<Health>) -> Router {
    Router::new().route(
        "/health/ready",
        get(async move || {
            let reasons = health.reasons().await;
            if reasons.is_empty() {
                return "ready\n".into_response();
            }
            (StatusCode::SERVICE_UNAVAILABLE, reasons.join("\n") + "\n").into_response()
        }),
    )
}
