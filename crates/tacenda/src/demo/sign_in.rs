//! How the demo's people sign in: a password and the secret of an authenticator app for each, as anybody else's, and kept
//! with the demo's accounts so that whoever tries it can play all of them.

use std::net::{IpAddr, Ipv4Addr};

use anyhow::{Context, Result};
use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Serialize};
use tacenda_accounts::{Accounts, Author, authenticator_code};
use tacenda_contracts::accounts::{
    own_account::OwnAccount,
    sign_in::{SignIn, Visit},
};
use tacenda_kernel::{ActorId, Clock, Random, Role, Secret, TraceId};

/// 100 bits: nobody guesses the demo's passwords either.
const PASSWORD_BYTES: usize = 12;

/// What one of the demo's people knows and has.
#[derive(Clone, Serialize, Deserialize)]
pub struct Credentials {
    /// Where they sign in.
    pub email: String,
    /// Their password.
    pub password: String,
    /// The secret of their authenticator app in base32; none for a patient, who needs none.
    pub authenticator: Option<String>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials")
    }
}

impl Credentials {
    /// Gives the person of a role a password, and enrols an authenticator app as the person would do it.
    ///
    /// # Errors
    /// Where the accounts refuse.
    pub async fn make(
        accounts: &Accounts,
        clock: &dyn Clock,
        random: &dyn Random,
        person: ActorId,
        role: Role,
    ) -> Result<Self> {
        let account = accounts.read_account(person).await?;
        let email = account.and_then(|account| account.email);
        let email = email.with_context(|| format!("the demo's {role} has no e-mail address"))?;
        let password = make_password(random);
        let trace = TraceId::make(random);
        accounts.set_password(&Author::Operator, person, &password, trace).await?;
        let authenticator = match role {
            Role::Patient => None,
            _ => Some(enrol(accounts, clock, &email, &password, trace).await?),
        };
        // EXPOSE: they are kept in a file that only its owner may read.
        let authenticator = authenticator.map(|secret| secret.expose().clone());
        Ok(Self { email: email.expose().clone(), password: password.expose().clone(), authenticator })
    }

    /// What the authenticator app shows now.
    ///
    /// # Errors
    /// Where there is no app.
    pub fn code(&self, clock: &dyn Clock) -> Result<Secret<String>> {
        let secret = self.authenticator.clone().context("a patient of the demo has no authenticator app")?;
        authenticator_code(&Secret::new(secret), clock.now()).context("the authenticator's secret is damaged")
    }
}

async fn enrol(
    accounts: &Accounts,
    clock: &dyn Clock,
    email: &Secret<String>,
    password: &Secret<String>,
    trace: TraceId,
) -> Result<Secret<String>> {
    let network = Some(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let visit = Visit { network, agent: "tacenda demo".to_owned(), device: None, trace };
    let session = accounts.sign_in(email, password, &visit).await?;
    let offer = accounts.begin_totp(&session.token, &visit).await?;
    let code = authenticator_code(&offer.secret, clock.now()).context("the offered secret makes no codes")?;
    let enrolled = accounts.finish_totp(&session.token, &code, &visit).await?;
    accounts.sign_out(&enrolled.session.token, trace).await?;
    Ok(offer.secret)
}

/// Five groups of four letters and digits.
fn make_password(random: &dyn Random) -> Secret<String> {
    let mut bytes = [0; PASSWORD_BYTES];
    random.fill(&mut bytes);
    let signs = Secret::new(BASE32_NOPAD.encode(&bytes).to_lowercase());
    // EXPOSE: it is wrapped again at once.
    let groups: Vec<&str> =
        signs.expose().as_bytes().chunks(4).filter_map(|group| str::from_utf8(group).ok()).collect();
    Secret::new(groups.join("-"))
}
