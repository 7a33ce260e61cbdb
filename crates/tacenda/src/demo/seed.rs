//! The demo's patients, and who may see them.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use serde_json::Value;
use tacenda_contracts::keystore::{Grant, GrantKind};
use tacenda_fhir::{Limits, ResourceType, bundle};
use tacenda_kernel::{Purpose, Role, TraceId};
use tacenda_records::{Caller, Disclosures, Done, RecordsError, Room};
use tacenda_synthetic::{DirectoryRefs, Population};

use super::accounts::DemoAccounts;
use crate::system::System;

/// The same patients every time.
const SEED: u64 = 20_260_301;
const AT_ONCE: usize = 3;
const GRANTED_FOR: SignedDuration = SignedDuration::from_hours(24 * 365);

/// Makes `count` patients, tells `progress` of each, and keeps who may see them. An interrupted run goes on.
///
/// # Errors
/// Where a patient cannot be made.
pub async fn seed(
    system: &Arc<System>,
    accounts: &mut DemoAccounts,
    count: u32,
    progress: impl Fn(u32) + Sync,
) -> Result<()> {
    let population = Population::new(SEED);
    let directory = directory(system, accounts, &population).await?;
    let end = system.clock.now().to_zoned(TimeZone::UTC).date();
    let (mut done, mut first) = (accounts.patients, None);
    {
        let accounts = &*accounts;
        let made = stream::iter(done..count)
            .map(|index| patient(system, accounts, &population, &directory, index, end))
            .buffered(AT_ONCE);
        futures::pin_mut!(made);
        while let Some(id) = made.try_next().await? {
            done += 1;
            first = first.or(id);
            progress(done);
        }
    }
    accounts.patients = done;
    if let Some(id) = first.filter(|_| accounts.of(Role::Patient).is_err()) {
        let caller = importer(system, accounts).await?;
        let number = system.records.account_of(&caller, &id).await?;
        accounts.make_patient(&system.accounts, system.random.as_ref(), number).await?;
    }
    Ok(())
}

/// A caller of the demo's application.
///
/// # Errors
/// Where it gets no token.
pub async fn importer(system: &Arc<System>, accounts: &DemoAccounts) -> Result<Caller> {
    caller(system, accounts, Role::Application, Purpose::Treatment).await
}

/// A caller of the demo's account of a role.
///
/// # Errors
/// Where it gets no token.
pub async fn caller(
    system: &Arc<System>,
    accounts: &DemoAccounts,
    role: Role,
    purpose: Purpose,
) -> Result<Caller> {
    let token = accounts.token(&system.accounts, system.random.as_ref(), role).await?;
    let trace = TraceId::make(system.random.as_ref());
    let actor =
        tacenda_contracts::accounts::Accounts::identify(system.accounts.as_ref(), Some(&token), trace.into())
            .await?;
    Ok(Caller {
        token,
        actor,
        purpose,
        context: trace.into(),
        room: Room::default(),
        disclosures: Disclosures::default(),
    })
}

async fn directory(
    system: &Arc<System>,
    accounts: &DemoAccounts,
    population: &Population,
) -> Result<DirectoryRefs> {
    let caller = importer(system, accounts).await?;
    let ids = transact(system, &caller, &population.directory(), "demo-directory").await?;
    let mut refs = DirectoryRefs::default();
    for (kind, id) in ids.unwrap_or_default() {
        match kind {
            ResourceType::Organization => refs.organization.push(format!("{kind}/{id}")),
            ResourceType::Practitioner => refs.practitioner.push(format!("{kind}/{id}")),
            _ => {}
        }
    }
    Ok(refs)
}

/// Makes one patient; their id, unless an earlier run made them.
async fn patient(
    system: &Arc<System>,
    accounts: &DemoAccounts,
    population: &Population,
    directory: &DirectoryRefs,
    index: u32,
    end: Date,
) -> Result<Option<String>> {
    let caller = importer(system, accounts).await?;
    let bundle = population.patient(index, end, directory);
    let Some(ids) = transact(system, &caller, &bundle, &format!("demo-patient-{index}")).await? else {
        return Ok(None);
    };
    let patient =
        ids.iter().find(|(kind, _)| *kind == ResourceType::Patient).context("a bundle without a patient")?;
    let has = |wanted: ResourceType| ids.iter().any(|(kind, _)| *kind == wanted);
    let until = system.clock.now().saturating_add(GRANTED_FOR).unwrap_or(Timestamp::MAX);
    let give = async |kind, role: Option<Role>, purpose| {
        let actor = role.map(|role| accounts.of(role)).transpose()?;
        let grant = Grant { kind, actor, purpose, until };
        system.records.grant(&caller, &patient.1, grant).await.context("cannot grant")
    };
    // Every tenth patient is nobody's: what is refused can be tried as well.
    if index % 10 != 9 {
        give(GrantKind::Care, Some(Role::Clinician), Purpose::Treatment).await?;
        give(GrantKind::StreamNeed, Some(Role::Clinician), Purpose::Treatment).await?;
    }
    if has(ResourceType::Device) && index.is_multiple_of(2) {
        give(GrantKind::Assignment, Some(Role::Technician), Purpose::Operations).await?;
        give(GrantKind::Assignment, Some(Role::Device), Purpose::Treatment).await?;
    }
    if consents(&bundle) {
        give(GrantKind::ResearchConsent, None, Purpose::Research).await?;
    }
    Ok(Some(patient.1.clone()))
}

/// Whether the patient's consent to research is in force.
fn consents(bundle: &Value) -> bool {
    let entries = bundle["entry"].as_array().map(Vec::as_slice).unwrap_or_default();
    let resources = entries.iter().map(|entry| &entry["resource"]);
    resources
        .filter(|resource| resource["resourceType"] == "Consent")
        .any(|consent| consent["status"] == "active" && consent["provision"]["type"] != "deny")
}

/// Does a transaction of creates; what was created, or none where that was done before.
async fn transact(
    system: &Arc<System>,
    caller: &Caller,
    bundle: &Value,
    key: &str,
) -> Result<Option<Vec<(ResourceType, String)>>> {
    let bytes = bundle.to_string().into_bytes();
    let limits = Limits::default();
    let wrong = |issues: &[tacenda_fhir::Issue]| {
        let first =
            issues.first().map(|issue| (issue.expression.clone().unwrap_or_default(), issue.reason.clone()));
        let (at, reason) = first.unwrap_or_default();
        anyhow::anyhow!("a synthetic bundle is not valid at {at}: {reason}")
    };
    let entries = bundle::parse(&bytes, &limits).and_then(|bundle| bundle.into_whole(&limits));
    let entries = entries.map_err(|issues| wrong(&issues))?;
    match system.records.transact(caller, entries, Some(key), false, &limits).await {
        Ok(done) => {
            let created = done.into_iter().filter_map(|(kind, done)| match done {
                Done::Created(one) => Some((kind, one.id)),
                _ => None,
            });
            Ok(Some(created.collect()))
        }
        Err(RecordsError::Repeated) => Ok(None),
        Err(RecordsError::Invalid(issues)) => Err(wrong(&issues)),
        Err(error) => bail!(error),
    }
}
