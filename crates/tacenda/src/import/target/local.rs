//! A system in this process: beside the one that serves the same databases, or alone.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Result;
use bytes::Bytes;
use futures::future::BoxFuture;
use tacenda_contracts::accounts::{Accounts, IdentifyError};
use tacenda_fhir::{
    Limits, ResourceType,
    bundle::{self, Entry},
};
use tacenda_kernel::{Purpose, Secret, TraceId};
use tacenda_records::{Caller, Disclosures, Done, RecordsError, Room};
use tokio::sync::Mutex;

use super::{PostError, Posted};
use crate::{import::failure::Problem, system::System};

/// Tokens hold for five minutes; a transaction that begins late needs some of them.
const RENEWED_AFTER: Duration = Duration::from_secs(150);

type TokenSource = Box<dyn Fn() -> BoxFuture<'static, Result<Secret<String>>> + Send + Sync>;

pub(super) struct Local {
    system: Arc<System>,
    source: TokenSource,
    token: Mutex<Option<(Instant, Secret<String>)>>,
}

impl Local {
    pub(super) fn new<F, T>(system: Arc<System>, token: T) -> Self
    where
        F: Future<Output = Result<Secret<String>>> + Send + 'static,
        T: Fn() -> F + Send + Sync + 'static,
    {
        Self { system, source: Box::new(move || Box::pin(token())), token: Mutex::new(None) }
    }

    pub(super) fn base(&self) -> String {
        format!("{}/fhir", self.system.origin)
    }

    pub(super) async fn post(&self, bundle: &Bytes, key: &str) -> Result<Posted, PostError> {
        let bundle = bundle.clone();
        // Reading a large bundle would hold up what else runs on this thread.
        let reading = tokio::task::spawn_blocking(move || read(&bundle));
        let entries = reading
            .await
            .map_err(|_| PostError::Unavailable("reading the bundle was given up".to_owned()))??;
        let caller = self.caller().await?;
        match self.system.records.transact(&caller, entries, Some(key), false, &Limits::default()).await {
            Ok(done) => Ok(Posted::Done(names(done))),
            Err(RecordsError::Repeated) => Ok(Posted::Repeated),
            Err(error) => Err(refusal(error)),
        }
    }

    async fn caller(&self) -> Result<Caller, PostError> {
        let token = self.token().await?;
        let trace = TraceId::make(self.system.random.as_ref());
        let actor =
            self.system.accounts.identify(Some(&token), trace.into()).await.map_err(|error| match error {
                IdentifyError::Unauthenticated => PostError::Token,
                IdentifyError::Unavailable | IdentifyError::Full => PostError::Unavailable(error.to_string()),
            })?;
        Ok(Caller {
            token,
            actor,
            purpose: Purpose::Treatment,
            context: trace.into(),
            room: Room::default(),
            disclosures: Disclosures::default(),
        })
    }

    async fn token(&self) -> Result<Secret<String>, PostError> {
        let mut kept = self.token.lock().await;
        match &*kept {
            Some((since, token)) if since.elapsed() < RENEWED_AFTER => Ok(token.clone()),
            _ => {
                let token =
                    (self.source)().await.map_err(|error| PostError::Unavailable(format!("{error:#}")))?;
                *kept = Some((Instant::now(), token.clone()));
                Ok(token)
            }
        }
    }
}

fn read(bundle: &[u8]) -> Result<Vec<Entry>, PostError> {
    let limits = Limits::default();
    let entries = bundle::parse(bundle, &limits).and_then(|bundle| bundle.into_whole(&limits));
    entries.map_err(|issues| PostError::Refused(issues.into_iter().map(Problem::from).collect()))
}

fn names(done: Vec<(ResourceType, Done)>) -> Vec<Option<String>> {
    let name = |(kind, done)| match done {
        Done::Created(one) | Done::Changed(one) | Done::Found(one) => Some(format!("{kind}/{}", one.id)),
        Done::Deleted => None,
    };
    done.into_iter().map(name).collect()
}

fn refusal(error: RecordsError) -> PostError {
    match error {
        RecordsError::Unauthenticated => PostError::Token,
        RecordsError::Unavailable | RecordsError::Full => PostError::Unavailable(error.to_string()),
        RecordsError::Invalid(issues) => PostError::Refused(issues.into_iter().map(Problem::from).collect()),
        RecordsError::In { at, error } => {
            PostError::Refused(vec![Problem { expression: Some(at), reason: error.to_string() }])
        }
        error => PostError::Refused(vec![Problem::new(error.to_string())]),
    }
}
