//! Who asks where it is measured how somebody is known: a program with a key of its own, and a person with a session.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use anyhow::{Context, Result};
use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use bytes::Bytes;
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::json;
use tacenda::demo::attached::Attached;
use tacenda_accounts::{Author, Credential, NewClient};
use tacenda_contracts::accounts::{
    Accounts as _,
    sign_in::{SignIn as _, Visit},
};
use tacenda_kernel::{Clock as _, Role, Secret, SystemClock, TraceId};

const CLIENT: &str = "bench";
const TRACE: TraceId = TraceId([0xbe; 16]);
/// Checks of one token, one after the other.
const CHECKS: u32 = 200_000;
/// Tokens seen for the first time.
const FIRST_CHECKS: u32 = 300;

/// What proves who asks.
pub(crate) struct Identities {
    /// Signs for the program.
    pub(crate) program: Program,
    /// The person's session.
    pub(crate) session: Secret<String>,
    /// What it costs to check who bears a token.
    pub(crate) bearer: BearerCheck,
}

/// Microseconds that the check of a bearer token takes, without any other work.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct BearerCheck {
    /// The first time: the signature, and whether the account may still act.
    pub(crate) first: f64,
    /// Every other time within the seconds for which that is believed.
    pub(crate) again: f64,
}

impl Identities {
    /// Makes them in the demo of this folder, beside the process that serves it.
    pub(crate) async fn make(data: &Path) -> Result<Self> {
        let demo = Attached::open(data).await?;
        let made = Self::of(&demo).await;
        demo.close().await;
        made
    }

    async fn of(demo: &Attached) -> Result<Self> {
        let (system, accounts) = (demo.system(), demo.accounts());
        let program = Program::make(&accounts.origin)?;
        let new = NewClient::machine(CLIENT, Credential::Keys(program.jwks.clone()));
        let of_programs = accounts.of(Role::Application)?;
        system.accounts.register_client(&Author::Operator, of_programs, new, TRACE).await?;
        // A patient needs no code of an app, of which each is good only once.
        let patient = accounts.credentials(Role::Patient)?;
        let (email, password) = (Secret::new(patient.email.clone()), Secret::new(patient.password.clone()));
        let visit = Visit { network: None, agent: CLIENT.to_owned(), device: None, trace: TRACE };
        let session = system.accounts.sign_in(&email, &password, &visit).await?.token;
        Ok(Self { program, session, bearer: bearer(demo).await? })
    }
}

/// Checks tokens in this process, where nothing else is in the way.
async fn bearer(demo: &Attached) -> Result<BearerCheck> {
    let accounts = Arc::clone(&demo.system().accounts);
    let mut tokens = Vec::new();
    for _ in 0..FIRST_CHECKS {
        tokens.push(demo.token(Role::Clinician).await?);
    }
    let begun = Instant::now();
    for token in &tokens {
        accounts.identify(Some(token), TRACE.into()).await?;
    }
    let first = begun.elapsed().as_secs_f64() * 1e6 / f64::from(FIRST_CHECKS);
    let token = tokens.first().context("no token was issued")?;
    let begun = Instant::now();
    for _ in 0..CHECKS {
        accounts.identify(Some(token), TRACE.into()).await?;
    }
    Ok(BearerCheck { first, again: begun.elapsed().as_secs_f64() * 1e6 / f64::from(CHECKS) })
}

/// A program that proves itself by signatures (RFC 7523; SMART Backend Services: ES384).
pub(crate) struct Program {
    key: EncodingKey,
    jwks: String,
    audience: String,
    asked: AtomicU64,
}

impl Program {
    fn make(origin: &str) -> Result<Self> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING)?;
        let pkcs8 = pair.to_pkcs8v1()?;
        // An uncompressed point: 4, then both coordinates of 48 bytes (SEC 1 §2.3.3).
        let point = pair.public_key().as_ref();
        let (x, y) = point.get(1..).and_then(|point| point.split_at_checked(48)).context("no such point")?;
        let [x, y] = [x, y].map(|coordinate| BASE64URL_NOPAD.encode(coordinate));
        let jwk =
            json!({ "kty": "EC", "crv": "P-384", "x": x, "y": y, "kid": "1", "alg": "ES384", "use": "sig" });
        Ok(Self {
            key: EncodingKey::from_ec_der(pkcs8.as_ref()),
            jwks: json!({ "keys": [jwk] }).to_string(),
            audience: format!("{origin}/oauth/token"),
            asked: AtomicU64::new(0),
        })
    }

    /// A request for a token, like no other one.
    pub(crate) fn asks(&self) -> Result<Bytes> {
        let number = self.asked.fetch_add(1, Ordering::Relaxed);
        let now = SystemClock.now().as_second();
        let claims = json!({ "iss": CLIENT, "sub": CLIENT, "aud": self.audience, "iat": now, "exp": now + 60,
            "jti": number.to_string() });
        let header = Header { kid: Some("1".to_owned()), ..Header::new(Algorithm::ES384) };
        let assertion = jsonwebtoken::encode(&header, &claims, &self.key)?;
        let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
        let form = format!(
            "grant_type=client_credentials&client_assertion_type={kind}&client_assertion={assertion}"
        );
        Ok(form.into())
    }
}
