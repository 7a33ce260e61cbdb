//! What the operator of an installation does, who has no token: the first administrator, the last second factor, the demo.

use tacenda_contracts::accounts::{IssuedToken, TokenError, links::LinkToken, people::Invitation};
use tacenda_kernel::{ActorId, AuthStrength, Role, TraceId};

use crate::{
    account::Author,
    error::ChangeError,
    operations::{
        issue_for_operator, issue_for_person,
        people::{invite, reset_factors},
    },
    service::Accounts,
};

impl Accounts {
    /// Issues a token for a person, as if they had signed in with that strength. For the demo and for tests: no route
    /// leads here, and the ledger says that the operator did it.
    ///
    /// # Errors
    /// [`TokenError::InvalidClient`] where there is no such active person, [`TokenError::InvalidScope`] where they do
    /// not have the role now.
    pub async fn issue_for_person(
        &self,
        person: ActorId,
        role: Role,
        strength: AuthStrength,
        trace: TraceId,
    ) -> Result<IssuedToken, TokenError> {
        issue_for_person::issue_for_person(self, person, role, strength, trace).await
    }

    /// Issues a token for a command that the operator runs beside the server: of an administrator who is a program. No
    /// route leads here, and the ledger says that the operator did it.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`] where that cannot be recorded.
    pub async fn issue_for_operator(&self, trace: TraceId) -> Result<IssuedToken, TokenError> {
        issue_for_operator::issue_for_operator(self, trace).await
    }

    /// Invites somebody as the operator, who has no token: the first administrator of an installation; or once more,
    /// with another link, somebody who has not accepted. What the link holds: it is mailed as well.
    ///
    /// # Errors
    /// [`ChangeError`]
    pub async fn invite_as_operator(
        &self,
        invitation: Invitation,
        trace: TraceId,
    ) -> Result<LinkToken, ChangeError> {
        match invite::invite(self, &Author::Operator, invitation.clone(), trace).await {
            Err(ChangeError::Taken) => {
                let known = self.find_by_email(&invitation.email).await?.ok_or(ChangeError::Taken)?;
                invite::invite_again(self, &Author::Operator, known, trace).await
            }
            invited => invited.map(|(_, link)| link),
        }
    }

    /// Removes every second factor of somebody as the operator, who asks nobody else: for the only administrator of an
    /// installation.
    ///
    /// # Errors
    /// [`ChangeError`]
    pub async fn reset_factors_as_operator(
        &self,
        person: ActorId,
        trace: TraceId,
    ) -> Result<(), ChangeError> {
        reset_factors::reset_factors(self, &Author::Operator, person, trace).await.map(drop)
    }
}
