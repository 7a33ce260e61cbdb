//! [`Contract`]

use async_trait::async_trait;
use tacenda_contracts::accounts::{
    Accounts as Contract, BearerToken, IdentifyError, IssuedToken, TokenError, TokenRequest,
};
use tacenda_kernel::{Actor, RequestContext};

use crate::{
    operations::{applications::origins::is_application, identify_caller::identify_caller, issue_token},
    service::Accounts,
};

#[async_trait]
impl Contract for Accounts {
    async fn identify(
        &self,
        token: Option<&BearerToken>,
        request: RequestContext,
    ) -> Result<Actor, IdentifyError> {
        identify_caller(self, token, request).await
    }

    async fn issue_token(&self, request: TokenRequest) -> Result<IssuedToken, TokenError> {
        issue_token::issue_token(self, request).await
    }

    async fn is_application(&self, origin: &str) -> Result<bool, IdentifyError> {
        Ok(is_application(self, origin).await)
    }

    async fn jwks(&self) -> Result<String, IdentifyError> {
        Ok(self.signing.jwks())
    }
}
