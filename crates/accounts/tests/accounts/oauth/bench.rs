//! An application and a person at a browser.

use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;
use tacenda_accounts::{AccountKind, Author, Credential, NewAccount, NewClient, RoleGrant};
use tacenda_contracts::accounts::{
    ClientProof, TokenError,
    oauth::{
        Authorize as _, AuthorizeError, ClientClaim, Decision, Location, Question, Redemption, Step, Tokens,
    },
    sign_in::{SessionToken, SignIn as _, Visit},
};
use tacenda_crypto::sha256;
use tacenda_kernel::{ActorId, Language, Pseudonym, PublicId, Role, Secret};

use crate::world::{ISSUER, World, secret};

pub(crate) const CALLBACK: &str = "https://app.example/callback";
pub(crate) const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-000";
pub(crate) const PASSWORD: &str = "violet otter hums by the canal";
pub(crate) const EVERYTHING: [&str; 9] = [
    "openid",
    "profile",
    "fhirUser",
    "launch/patient",
    "offline_access",
    "online_access",
    "patient/*.cruds",
    "user/*.cruds",
    "role:patient",
];

/// A world with a patient who is signed in, and an application with the client id `app`.
pub(crate) struct Bench {
    pub(crate) world: World,
    pub(crate) person: ActorId,
    pub(crate) session: SessionToken,
    pub(crate) secret: Secret<String>,
}

impl Bench {
    pub(crate) async fn open() -> Self {
        Self::open_for(Some(&EVERYTHING)).await
    }

    /// With an application that is registered for these scopes; none for any.
    pub(crate) async fn open_for(scopes: Option<&[&str]>) -> Self {
        let world = World::open().await;
        let person = person(&world, &[Role::Patient]).await;
        let session = sign_in(&world).await;
        let new = NewClient {
            post_logout_uris: vec!["https://app.example/bye".to_owned()],
            scopes: scopes.map(|scopes| scopes.iter().map(|scope| (*scope).to_owned()).collect()),
            ..NewClient::for_people("app", Credential::Secret, &[CALLBACK], &[])
        };
        let secret = register(&world, new).await.unwrap();
        Self { world, person, session, secret }
    }

    /// The query of an authorization request, with these parameters in place of the usual ones; an empty one leaves it
    /// out.
    pub(crate) fn query(&self, changes: &[(&str, &str)]) -> String {
        let audience = format!("{ISSUER}/fhir");
        let challenge = challenge();
        let usual = [
            ("response_type", "code"),
            ("client_id", "app"),
            ("redirect_uri", CALLBACK),
            ("scope", "openid profile offline_access"),
            ("state", "a state"),
            ("nonce", "a nonce"),
            ("aud", audience.as_str()),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        let mut query = form_urlencoded::Serializer::new(String::new());
        let unchanged = usual.iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
        for (name, value) in unchanged.chain(changes).filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        query.finish()
    }

    pub(crate) async fn begin(&self, changes: &[(&str, &str)]) -> Result<Step, AuthorizeError> {
        self.world.accounts.begin(&self.query(changes), Some(&self.session), &visit()).await
    }

    pub(crate) async fn asked(&self, changes: &[(&str, &str)]) -> Question {
        match self.begin(changes).await.unwrap() {
            Step::Ask(question) => *question,
            other => panic!("{other:?}"),
        }
    }

    /// The person allows it, as a patient, and the browser goes to the application.
    pub(crate) async fn allowed(&self, changes: &[(&str, &str)]) -> Location {
        let decision = Decision::Allow { role: Role::Patient, patient: Some(own_id()) };
        self.decide(changes, decision).await.unwrap()
    }

    pub(crate) async fn decide(
        &self,
        changes: &[(&str, &str)],
        decision: Decision,
    ) -> Result<Location, AuthorizeError> {
        self.world.accounts.decide(&self.query(changes), &self.session, decision, &visit()).await
    }

    pub(crate) async fn code(&self, scope: &str) -> Secret<String> {
        secret(&parameter(&self.allowed(&[("scope", scope)]).await, "code").unwrap())
    }

    pub(crate) async fn tokens(&self, scope: &str) -> Tokens {
        let code = self.code(scope).await;
        self.redeem(&code).await.unwrap()
    }

    pub(crate) async fn redeem(&self, code: &Secret<String>) -> Result<Tokens, TokenError> {
        self.redeem_with(code, CALLBACK, VERIFIER).await
    }

    pub(crate) async fn redeem_with(
        &self,
        code: &Secret<String>,
        redirect_uri: &str,
        verifier: &str,
    ) -> Result<Tokens, TokenError> {
        let redemption = Redemption::Code {
            code: code.clone(),
            redirect_uri: redirect_uri.to_owned(),
            verifier: secret(verifier),
        };
        self.world.accounts.redeem(self.claim(), redemption, self.world.trace.into()).await
    }

    pub(crate) async fn refresh(
        &self,
        token: &Secret<String>,
        scope: Option<&str>,
    ) -> Result<Tokens, TokenError> {
        let redemption = Redemption::Refresh { token: token.clone(), scope: scope.map(str::to_owned) };
        self.world.accounts.redeem(self.claim(), redemption, self.world.trace.into()).await
    }

    pub(crate) fn claim(&self) -> ClientClaim {
        ClientClaim { client_id: Some("app".to_owned()), proof: ClientProof::Secret(self.secret.clone()) }
    }

    /// The reason of the newest entry.
    pub(crate) fn reason(&self) -> String {
        self.world.last().2
    }
}

pub(crate) fn visit() -> Visit {
    Visit { network: None, agent: String::new(), device: None, trace: tacenda_kernel::TraceId([5; 16]) }
}

pub(crate) fn challenge() -> String {
    BASE64URL_NOPAD.encode(&sha256(VERIFIER.as_bytes()))
}

/// The patient's own FHIR id, as `records` would tell it.
pub(crate) fn own_id() -> String {
    PublicId::One([7; 16]).to_string()
}

pub(crate) async fn person(world: &World, roles: &[Role]) -> ActorId {
    let new = NewAccount {
        kind: AccountKind::Person,
        display_name: secret("Ada Testperson"),
        email: Some(secret("ada@example.org")),
        language: Language::English,
        patient: roles.contains(&Role::Patient).then(|| Pseudonym::from_bytes([3; 16])),
        roles: roles.iter().copied().map(RoleGrant::lasting).collect(),
    };
    let person = world.accounts.create_account(&Author::Operator, new, world.trace).await.unwrap();
    world.accounts.set_password(&Author::Operator, person, &secret(PASSWORD), world.trace).await.unwrap();
    person
}

pub(crate) async fn sign_in(world: &World) -> SessionToken {
    world.accounts.sign_in(&secret("ada@example.org"), &secret(PASSWORD), &visit()).await.unwrap().token
}

/// Registers a client for an application of its own.
pub(crate) async fn register(world: &World, new: NewClient) -> Option<Secret<String>> {
    let account = NewAccount {
        kind: AccountKind::Application,
        display_name: secret("Growth charts"),
        email: None,
        language: Language::English,
        patient: None,
        roles: vec![RoleGrant::lasting(Role::Application)],
    };
    let account = world.accounts.create_account(&Author::Operator, account, world.trace).await.unwrap();
    world.accounts.register_client(&Author::Operator, account, new, world.trace).await.unwrap()
}

/// A parameter of an address's query.
pub(crate) fn parameter(location: &Location, name: &str) -> Option<String> {
    let query = location.expose().split_once('?').unwrap().1;
    let found = form_urlencoded::parse(query.as_bytes()).find(|(found, _)| found == name);
    found.map(|(_, value)| value.into_owned())
}

/// The claims of a JWT, unverified.
pub(crate) fn claims(token: &Secret<String>) -> Value {
    let payload = token.expose().split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(payload.as_bytes()).unwrap()).unwrap()
}

/// The error code with which the browser is sent to the application.
pub(crate) fn redirected<T: std::fmt::Debug>(answer: Result<T, AuthorizeError>) -> String {
    match answer {
        Err(AuthorizeError::Redirect(refused)) => {
            assert!(refused.location.expose().starts_with(&format!("{CALLBACK}?error={}&", refused.code)));
            assert_eq!(parameter(&refused.location, "iss").as_deref(), Some(ISSUER));
            refused.code.into_owned()
        }
        other => panic!("{other:?}"),
    }
}
