//! [`Contract`]

use async_trait::async_trait;
use tacenda_contracts::accounts::{
    Accounts as Contract, BearerToken, IdentifyError, IssuedToken, TokenError, TokenRequest,
};
use tacenda_kernel::{Actor, TraceId};

use crate::{
    operations::{identify_caller::identify_caller, issue_token},
    service::Accounts,
};

#[async_trait]
impl Contract for Accounts {
    async fn identify(&self, token: Option<&BearerToken>, trace: TraceId) -> Result<Actor, IdentifyError> {
        identify_caller(self, token, trace).await
    }

    async fn issue_token(&self, request: TokenRequest) -> Result<IssuedToken, TokenError> {
        issue_token::issue_token(self, request).await
    }

    fn jwks(&self) -> String {
        self.signing.jwks()
    }
}
