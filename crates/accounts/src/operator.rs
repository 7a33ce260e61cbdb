//! What the operator of an installation does, who has no token: the first administrator, the last second factor, the demo.

use tacenda_contracts::accounts::{IssuedToken, TokenError, links::LinkToken, people::Invitation};
use tacenda_kernel::{ActorId, AuthStrength, Role, Secret, TraceId};

use crate::{
    account::Author,
    error::ChangeError,
    operations::{
        change_account::{Change, Step},
        issue_for_operator, issue_for_person,
        people::{invite, reset_factors},
    },
    sealing::ProviderSubject,
    service::Accounts,
    store::provider_subjects::SubjectRow,
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

    /// Says that an identity provider vouches for somebody who has an account already, under this subject: for tests, and
    /// for people who were here before their provider.
    ///
    /// # Errors
    /// [`ChangeError::Taken`] where the subject belongs to somebody.
    pub async fn link_as_operator(
        &self,
        person: ActorId,
        issuer: &str,
        subject: &Secret<String>,
        trace: TraceId,
    ) -> Result<(), ChangeError> {
        let change = Change::authorise(self, &Author::Operator, person, trace).await?;
        let subject = ProviderSubject { issuer, subject };
        let (token, sealed_subject) = (subject.token(&self.sealer), subject.seal(person, &self.sealer)?);
        change.commit(&[Step::Link(token, SubjectRow { account: person, sealed_subject })]).await
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
