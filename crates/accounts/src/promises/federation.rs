//! [`Federation`]

use async_trait::async_trait;
use tacenda_contracts::accounts::{
    BearerToken, IdentifyError,
    federation::{Answer, Arrival, Departure, Federation, FederationError, LogoutError, ProviderName},
    sign_in::Visit,
};
use tacenda_kernel::{RequestContext, Secret};

use crate::{
    operations::federation::{begin_sign_in, end_sessions, exchange_token, finish_sign_in},
    service::Accounts,
};

#[async_trait]
impl Federation for Accounts {
    async fn providers(&self) -> Result<Vec<ProviderName>, FederationError> {
        let named = self.directory.providers();
        Ok(named.map(|one| ProviderName { id: one.id.clone(), name: one.name.clone() }).collect())
    }

    async fn begin(&self, departure: Departure, visit: &Visit) -> Result<Secret<String>, FederationError> {
        begin_sign_in::begin(self, departure, visit).await
    }

    async fn finish(
        &self,
        provider: &str,
        answer: Answer,
        browser: &Secret<String>,
        visit: &Visit,
    ) -> Result<Arrival, FederationError> {
        finish_sign_in::finish(self, provider, answer, browser, visit).await
    }

    async fn end_sessions(
        &self,
        provider: &str,
        logout_token: &Secret<String>,
        request: RequestContext,
    ) -> Result<(), LogoutError> {
        end_sessions::end(self, provider, logout_token, request).await
    }

    async fn exchange(
        &self,
        token: &BearerToken,
        request: RequestContext,
    ) -> Result<BearerToken, IdentifyError> {
        exchange_token::exchange(self, token, request).await
    }
}
