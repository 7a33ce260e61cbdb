//! [`SignIn`]

use async_trait::async_trait;
use tacenda_contracts::accounts::{
    IssuedToken,
    sign_in::{
        NewSession, PasskeyChallenge, Session, SessionError, SessionToken, SessionTokenError, SignIn,
        SignInError, Visit,
    },
};
use tacenda_kernel::{Role, Secret, TraceId};

use crate::{
    operations::sign_in::{
        begin_session, end_session, issue_for_session, prove_code, prove_passkey, prove_password,
        read_session,
    },
    service::Accounts,
};

#[async_trait]
impl SignIn for Accounts {
    async fn sign_in(
        &self,
        email: &Secret<String>,
        password: &Secret<String>,
        visit: &Visit,
    ) -> Result<NewSession, SignInError> {
        begin_session::begin_session(self, email, password, visit).await
    }

    async fn prove_code(
        &self,
        session: &SessionToken,
        code: &Secret<String>,
        visit: &Visit,
    ) -> Result<NewSession, SignInError> {
        prove_code::prove_code(self, session, code, visit).await
    }

    async fn prove_password(
        &self,
        session: &SessionToken,
        password: &Secret<String>,
        visit: &Visit,
    ) -> Result<NewSession, SignInError> {
        prove_password::prove_password(self, session, password, visit).await
    }

    async fn begin_passkey(
        &self,
        session: Option<&SessionToken>,
        _visit: &Visit,
    ) -> Result<PasskeyChallenge, SignInError> {
        prove_passkey::begin_passkey(self, session).await
    }

    async fn finish_passkey(
        &self,
        handle: &Secret<String>,
        response: &str,
        visit: &Visit,
    ) -> Result<NewSession, SignInError> {
        prove_passkey::finish_passkey(self, handle, response, visit).await
    }

    async fn session(&self, session: &SessionToken, _visit: &Visit) -> Result<Session, SessionError> {
        read_session::read_session(self, session).await
    }

    async fn token(
        &self,
        session: &SessionToken,
        role: Role,
        trace: TraceId,
    ) -> Result<IssuedToken, SessionTokenError> {
        issue_for_session::issue_for_session(self, session, role, trace).await
    }

    async fn sign_out(&self, session: &SessionToken, trace: TraceId) -> Result<(), SessionError> {
        end_session::end_session(self, session, trace).await
    }
}
