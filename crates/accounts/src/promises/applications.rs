//! [`Applications`]

use async_trait::async_trait;
use tacenda_contracts::accounts::{
    BearerToken,
    applications::{Application, Applications, NewApplication, Registered},
    people::PeopleError,
};
use tacenda_kernel::TraceId;

use crate::{
    operations::{
        applications::{disable_application, list_applications, register_application},
        people::author,
    },
    service::Accounts,
};

#[async_trait]
impl Applications for Accounts {
    async fn register_application(
        &self,
        by: &BearerToken,
        new: NewApplication,
        trace: TraceId,
    ) -> Result<Registered, PeopleError> {
        let author = author(self, by, trace).await?;
        Ok(register_application::register_application(self, &author, new, trace).await?)
    }

    async fn applications(&self, by: &BearerToken, trace: TraceId) -> Result<Vec<Application>, PeopleError> {
        let author = author(self, by, trace).await?;
        Ok(list_applications::list_applications(self, &author, trace).await?)
    }

    async fn disable_application(
        &self,
        by: &BearerToken,
        client_id: &str,
        trace: TraceId,
    ) -> Result<(), PeopleError> {
        let author = author(self, by, trace).await?;
        Ok(disable_application::disable(self, &author, client_id, trace).await?)
    }

    async fn enable_application(
        &self,
        by: &BearerToken,
        client_id: &str,
        trace: TraceId,
    ) -> Result<(), PeopleError> {
        let author = author(self, by, trace).await?;
        Ok(disable_application::enable(self, &author, client_id, trace).await?)
    }
}
