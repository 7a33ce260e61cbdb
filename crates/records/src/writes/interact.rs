//! One interaction by itself.

use tacenda_fhir::Limits;

use super::{
    Interaction,
    conditions::question,
    decided::{Deed, How},
    referred::{MOST_BY_ITSELF, Referred},
};
use crate::{Caller, Records, RecordsError, Resource};

/// What became of an interaction.
#[derive(Clone, Debug)]
pub enum Done {
    /// A resource is new.
    Created(Resource),
    /// A resource has a new version; in a transaction also the one by which it is deleted.
    Changed(Resource),
    /// It was there already, and nothing was written.
    Found(Resource),
    /// It is not there, or not any more.
    Deleted,
}

impl Records {
    /// Does what is asked, where its conditions hold. `shows` says whether what is there already will be shown.
    ///
    /// # Errors
    /// [`RecordsError`]; nothing is written then.
    pub async fn interact(
        &self,
        caller: &Caller,
        mut interaction: Interaction,
        shows: bool,
        limits: &Limits,
    ) -> Result<Done, RecordsError> {
        let referred = Referred::at_most(MOST_BY_ITSELF);
        let how = How { records: self, caller, shows, limits, referred: &referred };
        // Before others wait for it.
        let named = how.name(&mut interaction).await;
        match interaction.condition().map(question) {
            Some(question) => self.one_at_a_time(&[question], how.interact(interaction, named)).await?,
            None => how.interact(interaction, named).await,
        }
    }
}

impl How<'_> {
    async fn interact(
        self,
        interaction: Interaction,
        named: Result<(), RecordsError>,
    ) -> Result<Done, RecordsError> {
        let Self { records, caller, .. } = self;
        let decided = self.decide(interaction, named).await?;
        Ok(match decided.deed {
            Deed::Create(value) => Done::Created(records.create(caller, &value).await?),
            Deed::Update { id, value, expected } => {
                Done::Changed(records.update(caller, decided.kind, &id, &value, expected).await?)
            }
            Deed::Delete { id, expected } => {
                records.delete(caller, decided.kind, &id, expected).await?;
                Done::Deleted
            }
            Deed::Find(found) => Done::Found(found),
            Deed::Pass => Done::Deleted,
        })
    }
}
