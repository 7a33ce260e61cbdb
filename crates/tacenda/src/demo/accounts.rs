//! The demo's accounts: one for each role, kept in a file that only its owner may read.

use std::{collections::BTreeMap, fs, sync::Arc};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use tacenda_accounts::{AccountKind, Accounts, Author, Credential, NewAccount, NewClient, RoleGrant};
use tacenda_contracts::accounts::{Accounts as _, ClientProof, TokenRequest};
use tacenda_kernel::{
    ActorId, AuthStrength, Clock, Language, Pseudonym, Random, Role, Secret, TraceId, realms,
};
use uuid::Uuid;

use super::sign_in::Credentials;
use crate::folder::{DataFolder, refuse_shared, write_private};

const PEOPLE: [(Role, &str); 6] = [
    (Role::Clinician, "Elena Marchetti"),
    (Role::Technician, "Davide Ferri"),
    (Role::Monitor, "Sofia Greco"),
    (Role::Researcher, "Tommaso Villa"),
    (Role::SecurityOfficer, "Irene Conti"),
    (Role::Administrator, "Paolo Serra"),
];
const PROGRAMS: [(Role, AccountKind, &str); 2] = [
    (Role::Application, AccountKind::Application, "demo-application"),
    (Role::Device, AccountKind::Device, "demo-device"),
];

/// The demo's accounts by role.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct DemoAccounts {
    /// The account of each role.
    pub accounts: BTreeMap<String, Uuid>,
    /// The secrets of those that are programs, by client id.
    pub clients: BTreeMap<String, String>,
    /// How the people of each role sign in.
    #[serde(default)]
    pub people: BTreeMap<String, Credentials>,
    /// The server's public URL: tokens are issued under it.
    pub origin: String,
    /// How many patients were made.
    pub patients: u32,
}

impl DemoAccounts {
    /// Reads them, if the folder has any.
    ///
    /// # Errors
    /// Where the file is readable by others or damaged.
    pub fn read(folder: &DataFolder) -> Result<Option<Self>> {
        let path = folder.demo();
        if !path.exists() {
            return Ok(None);
        }
        refuse_shared(&path)?;
        let text = Secret::new(fs::read_to_string(&path)?);
        // EXPOSE: the accounts are read from it.
        let accounts = serde_json::from_str(text.expose());
        accounts
            .map(Some)
            .with_context(|| format!("{} is damaged; remove the folder to start anew", path.display()))
    }

    /// Keeps them.
    ///
    /// # Errors
    /// Where the folder is not writable.
    pub fn write(&self, folder: &DataFolder) -> Result<()> {
        let new = folder.demo().with_extension("new");
        if new.exists() {
            fs::remove_file(&new)?;
        }
        write_private(&new, &Secret::new(serde_json::to_string_pretty(self)?))?;
        fs::rename(&new, folder.demo()).context("cannot keep the demo's accounts")
    }

    /// Makes an account for every role but the patient's, which needs a patient.
    ///
    /// # Errors
    /// Where one cannot be made.
    pub async fn make(accounts: &Accounts, random: &dyn Random, origin: &str) -> Result<Self> {
        let mut made = Self { origin: origin.to_owned(), ..Self::default() };
        for (role, name) in PEOPLE {
            let email = Secret::new(format!("{role}@demo.example"));
            let id = create(accounts, random, AccountKind::Person, role, name, Some(email), None).await?;
            made.accounts.insert(role.to_string(), id.0);
        }
        for (role, kind, client) in PROGRAMS {
            let id = create(accounts, random, kind, role, client, None, None).await?;
            made.accounts.insert(role.to_string(), id.0);
            let trace = TraceId::make(random);
            let new = NewClient::machine(client, Credential::Secret);
            let secret = accounts.register_client(&Author::Operator, id, new, trace).await?;
            let secret = secret.context("a client was registered without a secret")?;
            // EXPOSE: it is kept in a file that only its owner may read.
            made.clients.insert(client.to_owned(), secret.expose().clone());
        }
        Ok(made)
    }

    /// Makes the account of a patient.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub async fn make_patient(
        &mut self,
        accounts: &Accounts,
        random: &dyn Random,
        patient: Pseudonym<realms::Account>,
    ) -> Result<()> {
        let email = Secret::new("patient@demo.example".to_owned());
        let (kind, role) = (AccountKind::Person, Role::Patient);
        let id = create(accounts, random, kind, role, "Demo patient", Some(email), Some(patient)).await?;
        self.accounts.insert(role.to_string(), id.0);
        Ok(())
    }

    /// Makes what the people sign in with, for those who have nothing yet.
    ///
    /// # Errors
    /// Where the accounts refuse.
    pub async fn make_credentials(
        &mut self,
        accounts: &Accounts,
        clock: &dyn Clock,
        random: &dyn Random,
    ) -> Result<()> {
        let people = PEOPLE.iter().map(|(role, _)| *role).chain([Role::Patient]);
        for role in people.filter(|role| self.accounts.contains_key(role.as_str())) {
            if !self.people.contains_key(role.as_str()) {
                let made = Credentials::make(accounts, clock, random, self.of(role)?, role).await;
                let made = made.with_context(|| format!("the demo's {role} cannot sign in"))?;
                self.people.insert(role.to_string(), made);
            }
        }
        Ok(())
    }

    /// How the person of a role signs in.
    ///
    /// # Errors
    /// Where the demo has no person of the role.
    pub fn credentials(&self, role: Role) -> Result<&Credentials> {
        let found = self.people.get(role.as_str());
        found.with_context(|| format!("nobody signs in as {role} in the demo; a program uses `demo token`"))
    }

    /// The account of a role.
    ///
    /// # Errors
    /// Where the demo has none.
    pub fn of(&self, role: Role) -> Result<ActorId> {
        let id = self.accounts.get(role.as_str()).copied();
        id.map(ActorId).with_context(|| format!("the demo has no account of the role {role}"))
    }

    /// An access token of the role's account.
    ///
    /// # Errors
    /// Where none is issued.
    pub async fn token(
        &self,
        accounts: &Arc<Accounts>,
        random: &dyn Random,
        role: Role,
    ) -> Result<Secret<String>> {
        let trace = TraceId::make(random);
        let issued = match PROGRAMS.iter().find(|(of, ..)| *of == role) {
            None => accounts.issue_for_person(self.of(role)?, role, AuthStrength::Multi, trace).await?,
            Some((.., client)) => {
                let Some(secret) = self.clients.get(*client) else {
                    bail!("the demo has no client {client}")
                };
                let proof = ClientProof::Secret(Secret::new(secret.clone()));
                let client_id = Some((*client).to_owned());
                accounts
                    .issue_token(TokenRequest { client_id, proof, scope: None, request: trace.into() })
                    .await?
            }
        };
        Ok(issued.access_token)
    }
}

async fn create(
    accounts: &Accounts,
    random: &dyn Random,
    kind: AccountKind,
    role: Role,
    name: &str,
    email: Option<Secret<String>>,
    patient: Option<Pseudonym<realms::Account>>,
) -> Result<ActorId> {
    let new = NewAccount {
        kind,
        display_name: Secret::new(name.to_owned()),
        email,
        language: Language::default(),
        patient,
        roles: vec![RoleGrant::lasting(role)],
    };
    let made = accounts.create_account(&Author::Operator, new, TraceId::make(random)).await;
    made.with_context(|| format!("cannot make the demo's {role}"))
}
