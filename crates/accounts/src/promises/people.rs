//! [`People`]

use async_trait::async_trait;
use tacenda_contracts::accounts::{
    BearerToken,
    people::{
        Invitation, People, PeopleError, PeopleFilter, PeoplePage, Person, Reset, ResetRequest, RoleGrant,
    },
};
use tacenda_kernel::{ActorId, Role, TraceId};
use uuid::Uuid;

use crate::{
    error::ChangeError,
    operations::{
        change_roles,
        people::{author, demand_password, invite, read_people, reset_factors},
        suspend_account,
    },
    service::Accounts,
};

impl From<ChangeError> for PeopleError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Refused => Self::Refused,
            ChangeError::NotFound => Self::NotFound,
            ChangeError::Taken => Self::Taken,
            ChangeError::Invalid(field) => Self::Invalid(field.into()),
            ChangeError::Full => Self::Full,
            ChangeError::Unavailable => Self::Unavailable,
        }
    }
}

#[async_trait]
impl People for Accounts {
    async fn invite(
        &self,
        by: &BearerToken,
        invitation: Invitation,
        trace: TraceId,
    ) -> Result<ActorId, PeopleError> {
        let author = author(self, by, trace).await?;
        Ok(invite::invite(self, &author, invitation, trace).await?.0)
    }

    async fn invite_again(
        &self,
        by: &BearerToken,
        person: ActorId,
        trace: TraceId,
    ) -> Result<(), PeopleError> {
        let author = author(self, by, trace).await?;
        Ok(invite::invite_again(self, &author, person, trace).await.map(drop)?)
    }

    async fn people(
        &self,
        by: &BearerToken,
        filter: &PeopleFilter,
        trace: TraceId,
    ) -> Result<PeoplePage, PeopleError> {
        let author = author(self, by, trace).await?;
        Ok(read_people::list_people(self, &author, filter, trace).await?)
    }

    async fn person(&self, by: &BearerToken, person: ActorId, trace: TraceId) -> Result<Person, PeopleError> {
        let author = author(self, by, trace).await?;
        Ok(read_people::read_person(self, &author, person, trace).await?)
    }

    async fn give_role(
        &self,
        by: &BearerToken,
        person: ActorId,
        grant: RoleGrant,
        trace: TraceId,
    ) -> Result<(), PeopleError> {
        let author = author(self, by, trace).await?;
        Ok(change_roles::give_role(self, &author, person, grant, trace).await?)
    }

    async fn take_role(
        &self,
        by: &BearerToken,
        person: ActorId,
        role: Role,
        trace: TraceId,
    ) -> Result<(), PeopleError> {
        let author = author(self, by, trace).await?;
        Ok(change_roles::take_role(self, &author, person, role, trace).await?)
    }

    async fn suspend(&self, by: &BearerToken, person: ActorId, trace: TraceId) -> Result<(), PeopleError> {
        let author = author(self, by, trace).await?;
        Ok(suspend_account::suspend(self, &author, person, trace).await?)
    }

    async fn reinstate(&self, by: &BearerToken, person: ActorId, trace: TraceId) -> Result<(), PeopleError> {
        let author = author(self, by, trace).await?;
        Ok(suspend_account::reinstate(self, &author, person, trace).await?)
    }

    async fn demand_password(
        &self,
        by: &BearerToken,
        person: ActorId,
        trace: TraceId,
    ) -> Result<(), PeopleError> {
        let author = author(self, by, trace).await?;
        Ok(demand_password::demand_password(self, &author, person, trace).await?)
    }

    async fn reset_factors(
        &self,
        by: &BearerToken,
        person: ActorId,
        trace: TraceId,
    ) -> Result<Reset, PeopleError> {
        let author = author(self, by, trace).await?;
        Ok(reset_factors::reset_factors(self, &author, person, trace).await?)
    }

    async fn resets(&self, by: &BearerToken, trace: TraceId) -> Result<Vec<ResetRequest>, PeopleError> {
        let author = author(self, by, trace).await?;
        Ok(read_people::list_resets(self, &author, trace).await?)
    }

    async fn approve_reset(
        &self,
        by: &BearerToken,
        request: Uuid,
        trace: TraceId,
    ) -> Result<(), PeopleError> {
        let author = author(self, by, trace).await?;
        Ok(reset_factors::approve(self, &author, request, trace).await?)
    }

    async fn refuse_reset(&self, by: &BearerToken, request: Uuid, trace: TraceId) -> Result<(), PeopleError> {
        let author = author(self, by, trace).await?;
        Ok(reset_factors::refuse(self, &author, request, trace).await?)
    }
}
