//! [`OwnAccount`]

use async_trait::async_trait;
use tacenda_contracts::accounts::{
    own_account::{
        Attempts, Enrolled, FactorRef, Factors, OpenSession, OwnAccount, OwnAccountError, OwnProfile,
        TotpOffer,
    },
    sign_in::{NewSession, PasskeyChallenge, SessionToken, Visit},
};
use tacenda_kernel::{Language, Secret};
use uuid::Uuid;

use crate::{
    operations::own_account::{
        change_password, enrol_passkey, enrol_totp, list_factors, own_sessions, read_history, read_profile,
        recovery_codes, remove_factor, set_language,
    },
    service::Accounts,
};

#[async_trait]
impl OwnAccount for Accounts {
    async fn profile(&self, session: &SessionToken, _visit: &Visit) -> Result<OwnProfile, OwnAccountError> {
        read_profile::read_profile(self, session).await
    }

    async fn set_language(
        &self,
        session: &SessionToken,
        language: Language,
        visit: &Visit,
    ) -> Result<(), OwnAccountError> {
        set_language::set_language(self, session, language, visit).await
    }

    async fn change_password(
        &self,
        session: &SessionToken,
        old: &Secret<String>,
        new: &Secret<String>,
        visit: &Visit,
    ) -> Result<NewSession, OwnAccountError> {
        change_password::change_password(self, session, old, new, visit).await
    }

    async fn factors(&self, session: &SessionToken, _visit: &Visit) -> Result<Factors, OwnAccountError> {
        list_factors::list_factors(self, session).await
    }

    async fn begin_totp(&self, session: &SessionToken, _visit: &Visit) -> Result<TotpOffer, OwnAccountError> {
        enrol_totp::begin_totp(self, session).await
    }

    async fn finish_totp(
        &self,
        session: &SessionToken,
        code: &Secret<String>,
        visit: &Visit,
    ) -> Result<Enrolled, OwnAccountError> {
        enrol_totp::finish_totp(self, session, code, visit).await
    }

    async fn begin_passkey_enrolment(
        &self,
        session: &SessionToken,
        _visit: &Visit,
    ) -> Result<PasskeyChallenge, OwnAccountError> {
        enrol_passkey::begin_passkey_enrolment(self, session).await
    }

    async fn finish_passkey_enrolment(
        &self,
        session: &SessionToken,
        handle: &Secret<String>,
        name: &Secret<String>,
        response: &str,
        visit: &Visit,
    ) -> Result<Enrolled, OwnAccountError> {
        enrol_passkey::finish_passkey_enrolment(self, session, handle, name, response, visit).await
    }

    async fn make_recovery_codes(
        &self,
        session: &SessionToken,
        visit: &Visit,
    ) -> Result<Vec<Secret<String>>, OwnAccountError> {
        recovery_codes::make_recovery_codes(self, session, visit).await
    }

    async fn remove_factor(
        &self,
        session: &SessionToken,
        factor: FactorRef,
        visit: &Visit,
    ) -> Result<(), OwnAccountError> {
        remove_factor::remove_factor(self, session, factor, visit).await
    }

    async fn sessions(
        &self,
        session: &SessionToken,
        _visit: &Visit,
    ) -> Result<Vec<OpenSession>, OwnAccountError> {
        own_sessions::list_sessions(self, session).await
    }

    async fn end_session(
        &self,
        session: &SessionToken,
        id: Uuid,
        visit: &Visit,
    ) -> Result<(), OwnAccountError> {
        own_sessions::end_session(self, session, id, visit).await
    }

    async fn end_other_sessions(
        &self,
        session: &SessionToken,
        visit: &Visit,
    ) -> Result<u32, OwnAccountError> {
        own_sessions::end_other_sessions(self, session, visit).await
    }

    async fn history(&self, session: &SessionToken, _visit: &Visit) -> Result<Attempts, OwnAccountError> {
        read_history::read_history(self, session).await
    }
}
