//! The promises to applications, each kept by one operation.

use async_trait::async_trait;
use tacenda_contracts::accounts::{
    BearerToken, TokenError,
    oauth::{
        Authorize, AuthorizeError, ClientClaim, Decision, Farewell, Introspected, LetIn, Location,
        Redemption, Step, Tokens, UserInfo, UserInfoError,
    },
    sign_in::{SessionToken, Visit},
};
use tacenda_kernel::{RequestContext, Secret};

use crate::{
    operations::{
        issue_token::refuse,
        oauth::{
            begin, decide, farewell, introspect, let_in, redeem_code::redeem_code,
            redeem_refresh::redeem_refresh, revoke, user_info,
        },
    },
    service::Accounts,
};

#[async_trait]
impl Authorize for Accounts {
    async fn begin(
        &self,
        query: &str,
        session: Option<&SessionToken>,
        visit: &Visit,
    ) -> Result<Step, AuthorizeError> {
        begin::begin(self, query, session, visit).await
    }

    async fn decide(
        &self,
        query: &str,
        session: &SessionToken,
        decision: Decision,
        visit: &Visit,
    ) -> Result<Location, AuthorizeError> {
        decide::decide(self, query, session, decision, visit).await
    }

    async fn redeem(
        &self,
        client: ClientClaim,
        redemption: Redemption,
        request: RequestContext,
    ) -> Result<Tokens, TokenError> {
        let redeemed = match &redemption {
            Redemption::Code { code, redirect_uri, verifier } => {
                redeem_code(self, &client, code, redirect_uri, verifier, request.trace).await
            }
            Redemption::Refresh { token, scope } => {
                redeem_refresh(self, &client, token, scope.as_deref(), request.trace).await
            }
        };
        match redeemed {
            Ok(tokens) => Ok(tokens),
            Err(refusal) => Err(refuse(self, refusal, request).await),
        }
    }

    async fn revoke(
        &self,
        client: ClientClaim,
        token: &Secret<String>,
        request: RequestContext,
    ) -> Result<(), TokenError> {
        match revoke::revoke(self, &client, token, request.trace).await {
            Ok(()) => Ok(()),
            Err(refusal) => Err(refuse(self, refusal, request).await),
        }
    }

    async fn introspect(
        &self,
        client: ClientClaim,
        token: &Secret<String>,
        request: RequestContext,
    ) -> Result<Option<Introspected>, TokenError> {
        match introspect::introspect(self, &client, token).await {
            Ok(found) => Ok(found),
            Err(refusal) => Err(refuse(self, refusal, request).await),
        }
    }

    async fn user_info(
        &self,
        token: Option<&BearerToken>,
        request: RequestContext,
    ) -> Result<UserInfo, UserInfoError> {
        user_info::user_info(self, token, request).await
    }

    async fn farewell(
        &self,
        query: &str,
        session: Option<&SessionToken>,
        visit: &Visit,
    ) -> Result<Farewell, AuthorizeError> {
        farewell::farewell(self, query, session, visit).await
    }

    async fn let_in(&self, session: &SessionToken, _: &Visit) -> Result<Vec<LetIn>, AuthorizeError> {
        let_in::let_in(self, session).await
    }

    async fn put_out(
        &self,
        session: &SessionToken,
        client_id: &str,
        visit: &Visit,
    ) -> Result<(), AuthorizeError> {
        let_in::put_out(self, session, client_id, visit).await
    }
}
