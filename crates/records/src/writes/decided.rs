//! What is done, now that it is known what is there.

use serde_json::Value;
use tacenda_fhir::{Issue, IssueCode, JsonPatch, Limits, ResourceType};
use tacenda_kernel::{Action, Version};

use super::{
    Interaction, Which,
    conditions::{aim, sole, whole},
    referred::Referred,
};
use crate::{Caller, Records, RecordsError, Resource};

/// What conditions and patches made of an interaction.
pub(crate) struct Decided {
    pub(crate) kind: ResourceType,
    /// How other entries of a bundle refer to it.
    pub(crate) full_url: Option<String>,
    pub(crate) deed: Deed,
}

/// What is done.
pub(crate) enum Deed {
    Create(Value),
    Update {
        id: String,
        value: Value,
        expected: Option<Version>,
    },
    Delete {
        id: String,
        expected: Option<Version>,
    },
    /// Nothing: it is there.
    Find(Resource),
    /// Nothing: what was to be deleted is not there.
    Pass,
}

impl Decided {
    /// What it does, and to which type.
    pub(crate) const fn action(&self) -> (Action, ResourceType) {
        let action = match self.deed {
            Deed::Create(_) => Action::Create,
            Deed::Update { .. } => Action::Update,
            Deed::Delete { .. } => Action::Delete,
            Deed::Find(_) | Deed::Pass => Action::Search,
        };
        (action, self.kind)
    }
}

/// How interactions are read and answered.
#[derive(Clone, Copy)]
pub(super) struct How<'a> {
    pub(super) records: &'a Records,
    pub(super) caller: &'a Caller,
    /// Whether what is there already is shown.
    pub(super) shows: bool,
    pub(super) limits: &'a Limits,
    pub(super) referred: &'a Referred,
}

impl How<'_> {
    /// Has the resource of an interaction refer by names only. What is refused of it counts where it is written.
    pub(super) async fn name(self, interaction: &mut Interaction) -> Result<(), RecordsError> {
        match interaction {
            Interaction::Create { kind, value, .. } | Interaction::Update { kind, value, .. } => {
                self.refer(*kind, value).await
            }
            Interaction::Patch { .. } | Interaction::Delete { .. } => Ok(()),
        }
    }

    /// Finds out what an interaction does, by what is there; `named` is what [`Self::name`] said of it.
    pub(super) async fn decide(
        self,
        interaction: Interaction,
        named: Result<(), RecordsError>,
    ) -> Result<Decided, RecordsError> {
        let (_, kind) = interaction.action();
        let deed = match interaction {
            Interaction::Create { value, if_none_exist, .. } => {
                self.create(kind, value, if_none_exist).await?
            }
            Interaction::Update { which: Which::Id(id), value, if_match, .. } => {
                Deed::Update { id, value, expected: if_match }
            }
            Interaction::Update { which: Which::Criteria(criteria), value, if_match, .. } => {
                let found = sole(self.records, self.caller, kind, &criteria).await?;
                update(kind, found, value, if_match)?
            }
            Interaction::Patch { which, patch, if_match, .. } => {
                self.patch(kind, which, &patch, if_match).await?
            }
            Interaction::Delete { which: Which::Id(id), if_match, .. } => {
                Deed::Delete { id, expected: if_match }
            }
            Interaction::Delete { which: Which::Criteria(criteria), if_match, .. } => {
                match sole(self.records, self.caller, kind, &criteria).await? {
                    Some(found) => Deed::Delete { expected: Some(aim(&found, if_match)?), id: found.id },
                    None => Deed::Pass,
                }
            }
        };
        if matches!(deed, Deed::Create(_) | Deed::Update { .. }) {
            named?;
        }
        Ok(Decided { kind, full_url: None, deed })
    }

    async fn create(
        self,
        kind: ResourceType,
        value: Value,
        if_none_exist: Option<String>,
    ) -> Result<Deed, RecordsError> {
        let Some(criteria) = if_none_exist else { return Ok(Deed::Create(value)) };
        match sole(self.records, self.caller, kind, &criteria).await? {
            Some(found) if self.shows => {
                Ok(Deed::Find(whole(self.records, self.caller, kind, &criteria, &found).await?))
            }
            Some(found) => Ok(Deed::Find(found)),
            None => Ok(Deed::Create(value)),
        }
    }

    async fn patch(
        self,
        kind: ResourceType,
        which: Which,
        patch: &JsonPatch,
        if_match: Option<Version>,
    ) -> Result<Deed, RecordsError> {
        let (id, expected) = match which {
            Which::Id(id) => (id, if_match),
            Which::Criteria(criteria) => {
                let found = sole(self.records, self.caller, kind, &criteria).await?;
                let found = found.ok_or(RecordsError::NotFound)?;
                let expected = aim(&found, if_match)?;
                (found.id, Some(expected))
            }
        };
        let patched = self.records.patched(self.caller, kind, &id, patch, expected, self.limits).await?;
        let (mut value, version) = patched;
        self.refer(kind, &mut value).await?;
        Ok(Deed::Update { id, value, expected: Some(version) })
    }
}

/// What a conditional update does: over what was found, with its id, at its version.
fn update(
    kind: ResourceType,
    found: Option<Resource>,
    mut value: Value,
    if_match: Option<Version>,
) -> Result<Deed, RecordsError> {
    let id = value.get("id").and_then(Value::as_str);
    match found {
        Some(found) if id.is_none_or(|id| id == found.id) => {
            let expected = Some(aim(&found, if_match)?);
            value["id"] = Value::String(found.id.clone());
            Ok(Deed::Update { id: found.id, value, expected })
        }
        None if id.is_none() && if_match.is_none() => Ok(Deed::Create(value)),
        None if id.is_none() => Err(RecordsError::Conflict),
        _ => {
            let reason = "leave the id out, or send that of the resource that the criteria find; new ids are the server's";
            Err(RecordsError::Invalid(vec![Issue::new(IssueCode::Value, reason).at(format!("{kind}.id"))]))
        }
    }
}
