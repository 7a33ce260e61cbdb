//! What people and programs do with their accounts while a trigger is there.

use tacenda_accounts::{AccountKind, Accounts, Author, NewAccount, RoleGrant, authenticator_code};
use tacenda_contracts::accounts::{
    own_account::OwnAccount as _,
    sign_in::{SignIn as _, Standing, Visit},
};
use tacenda_crypto::SystemRandom;
use tacenda_kernel::{ActorId, AuthStrength, Clock, Language, Role, Secret, SystemClock, TraceId};
use uuid::Uuid;

use super::{super::table::Saved, Bed, Laid, deeds::Deed};

const OLD: &str = "kelp-vortex-93-lamp-river";
const NEW: &str = "granite otter 47 sundial";

fn trace() -> TraceId {
    TraceId::make(&SystemRandom)
}

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn visit() -> Visit {
    let network = Some("192.0.2.1".parse().unwrap());
    Visit { network, agent: "browser".to_owned(), device: None, trace: trace() }
}

struct Person {
    id: ActorId,
    email: Secret<String>,
}

impl Person {
    /// Who has a password, and two roles.
    async fn make(accounts: &Accounts) -> Self {
        let email = secret(&format!("{}@example.org", Uuid::new_v4().simple()));
        let new = NewAccount {
            kind: AccountKind::Person,
            display_name: secret("Anna"),
            email: Some(email.clone()),
            language: Language::default(),
            patient: None,
            roles: [Role::Clinician, Role::Monitor].map(RoleGrant::lasting).to_vec(),
        };
        let id = accounts.create_account(&Author::Operator, new, trace()).await.unwrap();
        let person = Self { id, email };
        person.set_password(accounts, OLD).await.unwrap();
        person
    }

    async fn set_password(
        &self,
        accounts: &Accounts,
        password: &str,
    ) -> Result<(), tacenda_accounts::ChangeError> {
        accounts.set_password(&Author::Operator, self.id, &secret(password), trace()).await
    }

    async fn sign_in(&self, accounts: &Accounts, password: &str) -> Option<(Secret<String>, Standing)> {
        let session = accounts.sign_in(&self.email, &secret(password), &visit()).await.ok()?;
        Some((session.token, session.standing))
    }
}

impl Bed {
    pub(super) async fn of_people<'a>(&'a self, saved: &Saved, laid: &Laid) -> Vec<Deed<'a>> {
        let accounts = &*self.scene.test.system.accounts;
        let [changing, leaving, suspended, demoted] =
            futures::future::join_all((0..4).map(|_| Person::make(accounts)))
                .await
                .try_into()
                .unwrap_or_else(|_| unreachable!());
        let (token, _) = leaving.sign_in(accounts, OLD).await.unwrap();
        laid.lay(saved).await;
        let mut deeds = Vec::new();
        let is_done = changing.set_password(accounts, NEW).await.is_ok();
        deeds.push(Deed::new("password", is_done, async move {
            changing.sign_in(accounts, OLD).await.is_none() && changing.sign_in(accounts, NEW).await.is_some()
        }));
        let enrolled = enrol(accounts, &token).await;
        deeds.push(Deed::new("second factor", enrolled.is_some(), async move {
            leaving.sign_in(accounts, OLD).await.is_some_and(|(_, standing)| standing == Standing::Partial)
        }));
        let token = enrolled.unwrap_or(token);
        let is_done = accounts.sign_out(&token, trace()).await.is_ok();
        let over = async move { accounts.session(&token, &visit()).await.is_err() };
        deeds.push(Deed::new("sign out", is_done, over));
        let is_done = accounts.suspend(&Author::Operator, suspended.id, trace()).await.is_ok();
        deeds.push(Deed::new("suspend", is_done, async move { !may(accounts, suspended.id).await }));
        let is_done =
            accounts.take_role(&Author::Operator, demoted.id, Role::Clinician, trace()).await.is_ok();
        deeds.push(Deed::new("take a role", is_done, async move { !may(accounts, demoted.id).await }));
        let made = self.scene.test.accounts.token(
            &self.scene.test.system.accounts,
            &SystemRandom,
            Role::Application,
        );
        deeds.push(Deed::new("token", made.await.is_ok(), async { true }));
        deeds
    }
}

/// Enrols an authenticator app; the session's token from then on.
async fn enrol(accounts: &Accounts, token: &Secret<String>) -> Option<Secret<String>> {
    let offer = accounts.begin_totp(token, &visit()).await.ok()?;
    let code = authenticator_code(&offer.secret, SystemClock.now()).unwrap();
    Some(accounts.finish_totp(token, &code, &visit()).await.ok()?.session.token)
}

/// Whether somebody is a clinician still.
async fn may(accounts: &Accounts, person: ActorId) -> bool {
    accounts.issue_for_person(person, Role::Clinician, AuthStrength::Multi, trace()).await.is_ok()
}
