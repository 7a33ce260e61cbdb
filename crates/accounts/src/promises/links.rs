//! [`Links`]

use async_trait::async_trait;
use tacenda_contracts::accounts::{
    links::{AddressChange, LinkError, LinkPurpose, LinkToken, Links, OpenLink},
    own_account::OwnAccountError,
    sign_in::{NewSession, SessionToken, Visit},
};
use tacenda_kernel::Secret;

use crate::{
    operations::links::{ask_new_password, confirm_address, open_link, set_password_by_link},
    service::Accounts,
};

#[async_trait]
impl Links for Accounts {
    async fn open(&self, link: &LinkToken, visit: &Visit) -> Result<OpenLink, LinkError> {
        open_link::open_link(self, link, visit).await
    }

    async fn accept_invitation(
        &self,
        link: &LinkToken,
        password: &Secret<String>,
        visit: &Visit,
    ) -> Result<NewSession, LinkError> {
        let purpose = LinkPurpose::Invitation;
        set_password_by_link::set_password_by_link(self, link, purpose, password, visit).await
    }

    async fn ask_new_password(&self, email: &Secret<String>, visit: &Visit) -> Result<(), LinkError> {
        ask_new_password::ask_new_password(self, email, visit).await
    }

    async fn set_new_password(
        &self,
        link: &LinkToken,
        password: &Secret<String>,
        visit: &Visit,
    ) -> Result<NewSession, LinkError> {
        let purpose = LinkPurpose::NewPassword;
        set_password_by_link::set_password_by_link(self, link, purpose, password, visit).await
    }

    async fn ask_address_change(
        &self,
        session: &SessionToken,
        email: &Secret<String>,
        visit: &Visit,
    ) -> Result<(), OwnAccountError> {
        confirm_address::ask_address_change(self, session, email, visit).await
    }

    async fn confirm_address(&self, link: &LinkToken, visit: &Visit) -> Result<AddressChange, LinkError> {
        confirm_address::confirm_address(self, link, visit).await
    }
}
