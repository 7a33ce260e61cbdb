//! The patient an application is started for, as the page that asks names them.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;
use tacenda_contracts::{
    accounts::{
        Accounts, BearerToken, IdentifyError,
        launch::{LaunchError, LaunchPatient, LaunchPatients},
    },
    keystore::Subject,
};
use tacenda_fhir::{Criterion, Excerpt, ResourceType};
use tacenda_kernel::{Action, Compartment, PublicId, Purpose, Role, Secret, TraceId};

use crate::{Caller, Disclosures, Records, RecordsError, Resource, Room, SearchQuestion};

/// Patients on one page.
const MOST: u32 = 50;
/// What the page says of them, and no more is disclosed for it.
const SHOWN: &str = "name,birthDate";

/// Names patients to whoever starts an application.
pub struct LaunchPicker {
    /// The application over the vaults: what it discloses is in the ledger, as any other read.
    pub records: Arc<Records>,
    /// Who says whose token it is.
    pub accounts: Arc<dyn Accounts>,
}

#[async_trait]
impl LaunchPatients for LaunchPicker {
    async fn own(&self, token: &BearerToken, trace: TraceId) -> Result<Option<String>, LaunchError> {
        let caller = self.caller(token, trace).await?;
        if caller.actor.role != Role::Patient {
            return Ok(None);
        }
        let here = Compartment::Identity.into();
        let permit = self.records.permits.get(&caller, Action::Read, Subject::Own, here).await?;
        Ok(permit.claims().subject.as_ref().map(|subject| PublicId::One(subject.public).to_string()))
    }

    async fn find(
        &self,
        token: &BearerToken,
        name: Option<&str>,
        trace: TraceId,
    ) -> Result<Vec<LaunchPatient>, LaunchError> {
        let excerpt =
            Excerpt::elements(ResourceType::Patient, SHOWN).map_err(|_| LaunchError::Unavailable)?;
        let found = self.search(token, name, excerpt, trace).await?;
        Ok(found.iter().map(named).collect())
    }

    async fn offers(
        &self,
        token: &BearerToken,
        name: Option<&str>,
        patient: &str,
        trace: TraceId,
    ) -> Result<bool, LaunchError> {
        let found = self.search(token, name, Excerpt::name_only(), trace).await?;
        Ok(found.iter().any(|one| one.id == patient))
    }
}

impl LaunchPicker {
    async fn search(
        &self,
        token: &BearerToken,
        name: Option<&str>,
        excerpt: Excerpt,
        trace: TraceId,
    ) -> Result<Vec<Resource>, LaunchError> {
        let caller = self.caller(token, trace).await?;
        let mut question = SearchQuestion { excerpt, ..SearchQuestion::all(ResourceType::Patient, MOST) };
        if let Some(name) = name.map(str::trim).filter(|name| !name.is_empty()) {
            let criterion = Criterion::parse(ResourceType::Patient, "name", name, self.records.clock.now());
            question.criteria.push(criterion.map_err(|_| LaunchError::TooMany)?);
        }
        Ok(self.records.search(&caller, &question).await?.matches)
    }

    async fn caller(&self, token: &BearerToken, trace: TraceId) -> Result<Caller, LaunchError> {
        let actor = self.accounts.identify(Some(token), trace.into()).await.map_err(|error| match error {
            IdentifyError::Unauthenticated => LaunchError::Refused,
            IdentifyError::Unavailable | IdentifyError::Full => LaunchError::Unavailable,
        })?;
        let purpose = match actor.role {
            Role::Patient => Purpose::PatientRequest,
            Role::Researcher => Purpose::Research,
            Role::Technician | Role::Monitor => Purpose::Operations,
            _ => Purpose::Treatment,
        };
        Ok(Caller {
            token: token.clone(),
            actor,
            purpose,
            context: trace.into(),
            room: Room::default(),
            disclosures: Disclosures::default(),
        })
    }
}

/// Family name, given names and birth date, as far as they are there.
fn named(patient: &Resource) -> LaunchPatient {
    // EXPOSE: it was disclosed to the person whose page says it.
    let body = patient.body.as_ref().map(|body| body.expose().as_slice()).unwrap_or_default();
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let name = &value["name"][0];
    let given = name["given"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let words = name["family"].as_str().into_iter().chain(given).chain(value["birthDate"].as_str());
    let label = words.collect::<Vec<_>>().join(" ");
    LaunchPatient { id: patient.id.clone(), label: Secret::new(label) }
}

impl From<RecordsError> for LaunchError {
    fn from(error: RecordsError) -> Self {
        match error {
            RecordsError::Unauthenticated
            | RecordsError::Forbidden
            | RecordsError::ProofNeeded
            | RecordsError::OutOfScope
            | RecordsError::NotFound
            | RecordsError::Gone(_) => Self::Refused,
            RecordsError::Invalid(_) => Self::TooMany,
            RecordsError::Conflict
            | RecordsError::ReadOnly
            | RecordsError::Damaged
            | RecordsError::OtherRights
            | RecordsError::Repeated
            | RecordsError::Several
            | RecordsError::In { .. }
            | RecordsError::Full
            | RecordsError::Unavailable => Self::Unavailable,
        }
    }
}
