//! A browser in which somebody signs in.

use std::net::IpAddr;

use jiff::SignedDuration;
use tacenda_accounts::Author;
use tacenda_contracts::accounts::{
    own_account::{Enrolled, OwnAccount},
    sign_in::{NewSession, Session, SessionError, SignIn, SignInError, Standing, Visit},
};
use tacenda_kernel::{ActorId, Clock, Role, Secret};
use totp_rs::Totp;

use super::world::{World, secret};

pub(crate) const PASSWORD: &str = "kelp-vortex-93-lamp-river";

pub(crate) struct Browser<'w> {
    pub(crate) world: &'w World,
    pub(crate) network: Option<IpAddr>,
    pub(crate) token: Option<Secret<String>>,
    pub(crate) device: Option<Secret<String>>,
}

impl<'w> Browser<'w> {
    pub(crate) fn new(world: &'w World) -> Self {
        Self::at(world, "192.0.2.1")
    }

    pub(crate) fn at(world: &'w World, network: &str) -> Self {
        Self { world, network: Some(network.parse().unwrap()), token: None, device: None }
    }

    pub(crate) fn visit(&self) -> Visit {
        Visit {
            network: self.network,
            agent: "canary browser".to_owned(),
            device: self.device.clone(),
            trace: self.world.trace,
        }
    }

    /// Keeps the cookies.
    pub(crate) fn keep(&mut self, session: NewSession) -> Standing {
        self.token = Some(session.token);
        self.device = Some(session.device);
        session.standing
    }

    pub(crate) fn token(&self) -> Secret<String> {
        self.token.clone().unwrap()
    }

    pub(crate) async fn sign_in(&mut self, email: &str, password: &str) -> Result<Standing, SignInError> {
        let visit = self.visit();
        let began = self.world.accounts.sign_in(&secret(email), &secret(password), &visit).await?;
        Ok(self.keep(began))
    }

    pub(crate) async fn prove_code(&mut self, code: &str) -> Result<Standing, SignInError> {
        let proven = self.world.accounts.prove_code(&self.token(), &secret(code), &self.visit()).await?;
        Ok(self.keep(proven))
    }

    pub(crate) async fn session(&self) -> Result<Session, SessionError> {
        self.world.accounts.session(&self.token(), &self.visit()).await
    }

    /// Enrols an authenticator app; what it shows, and the recovery codes.
    pub(crate) async fn enrol_totp(&mut self) -> (Totp, Vec<Secret<String>>) {
        let accounts = &self.world.accounts;
        let offer = accounts.begin_totp(&self.token(), &self.visit()).await.unwrap();
        let app = Totp::from_url(offer.uri.expose()).unwrap();
        let code = self.world.code(&app);
        let enrolled = accounts.finish_totp(&self.token(), &secret(&code), &self.visit()).await.unwrap();
        let Enrolled { session, recovery_codes } = enrolled;
        self.keep(session);
        (app, recovery_codes)
    }
}

impl World {
    /// A person with a password.
    pub(crate) async fn knowing(&self, email: &str, roles: &[Role]) -> ActorId {
        let person = self.person(email, roles).await;
        let password = secret(PASSWORD);
        self.accounts.set_password(&Author::Operator, person, &password, self.trace).await.unwrap();
        person
    }

    /// What the app shows now.
    pub(crate) fn code(&self, app: &Totp) -> String {
        app.generate(u64::try_from(self.clock.now().as_second()).unwrap()).to_string()
    }

    pub(crate) fn wait(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }
}
