//! Whether the system can do its work now: what `/health/ready` says.
//!
//! SECURITY: strangers may ask. So a reason names a database and no object in it, nor a number, and however often it is
//! asked, the databases are asked once a second.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::{Router, http::StatusCode, response::IntoResponse, routing::get};
use futures::future::join_all;
use tokio::time::timeout;

use crate::{
    databases::specs,
    standing::{Looked, UNTOLD, look},
    system::System,
};

/// How long an answer holds.
const FRESH: Duration = Duration::from_secs(1);
/// How long a database may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// For how long it need not say what it holds.
const SILENT: Duration = Duration::from_secs(3);
const PING: &str = "select 1";

/// What is known of the system's health.
pub struct Health {
    system: Arc<System>,
    /// The databases that are not what their migrations make, as the last turn found.
    strange: Mutex<BTreeMap<String, String>>,
    /// Those that do not say what they hold, and since when.
    silent: Mutex<BTreeMap<String, Instant>>,
    asked: tokio::sync::Mutex<Option<(Instant, Vec<String>)>>,
}

impl Health {
    /// Of this system. Its catalogues were found right at the start.
    #[must_use]
    pub fn of(system: Arc<System>) -> Self {
        Self {
            system,
            strange: Mutex::default(),
            silent: Mutex::default(),
            asked: tokio::sync::Mutex::default(),
        }
    }

    /// Looks at every catalogue, and says in the log what changed since the last time. While there is a stranger, nobody is
    /// let in. The databases that have any, each with all of its strangers.
    pub async fn look_for_strangers(&self) -> BTreeMap<String, String> {
        let known = self.strange.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Looked { strange: mut found, silent } = look(&self.system.databases, PATIENCE).await;
        for service in self.silent_for_long(silent) {
            if let Some(was) = known.get(&service) {
                found.insert(service, was.clone());
            } else if self.answers(&service).await {
                found.insert(service, UNTOLD.to_owned());
            }
        }
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

    /// SECURITY: whoever owns a database can keep this question alone from being answered, and lay a trigger meanwhile. A
    /// database that is gone is as it is known: it does nothing for anybody.
    fn silent_for_long(&self, silent: BTreeSet<String>) -> Vec<String> {
        let known = self.strange.lock().unwrap_or_else(PoisonError::into_inner);
        let mut since = self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        since.retain(|service, _| silent.contains(service));
        let is_long = |service: &String| {
            let begun = *since.entry(service.clone()).or_insert_with(Instant::now);
            known.contains_key(service) || begun.elapsed() >= SILENT
        };
        silent.into_iter().filter(is_long).collect()
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
