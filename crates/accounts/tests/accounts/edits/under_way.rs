//! The tables of what is under way, shown or counted, edited in the same way; `golden/under_way.txt` has the result.

use std::{fmt::Write as _, sync::Mutex};

use tacenda_accounts::{Accounts, Author, Credential, RoleGrant};
use tacenda_contracts::accounts::{
    Accounts as _, BearerToken, ClientProof, TokenRequest,
    oauth::{Authorize as _, Redemption},
    own_account::{FactorRef, OwnAccount as _},
    people::{People as _, Reset},
    sign_in::{SessionToken, SignIn as _},
};
use tacenda_kernel::{Role, Secret};
use uuid::Uuid;

use super::table::{compare, edits, found, unconstrain};
use crate::{
    browser::{Browser, PASSWORD},
    client_keys::{ClientKeys, claims},
    links::forgot,
    oauth::bench::{Bench, CALLBACK, VERIFIER, visit},
    passkeys::{Device, enrol},
    world::{ISSUER, World, secret},
};

/// A table, and the row that is edited.
const TABLES: [(&str, &str); 12] = [
    ("signing_keys", "true"),
    ("authorisation_codes", "used_at is null"),
    ("passkeys", "true"),
    ("reset_requests", "decision is null"),
    ("used_assertions", "true"),
    ("devices", "true"),
    ("sign_in_failures", "true"),
    ("sign_in_attempts", "true"),
    ("password_requests", "true"),
    ("notices", "notice = (select notice from notices order by queued_at, notice limit 1)"),
    ("provider_requests", "true"),
    ("refinery_schema_history", "version = 1"),
];

/// Where nothing more than a refusal comes of it: somebody is not let in, or waits.
const REFUSED: [&str; 3] = ["signing_keys", "authorisation_codes", "sign_in_failures"];

/// How long somebody waits, which depends on the moment.
const WAITS: &str = "sign_in_failures";

/// What is shown and decides nothing; SECURITY.md says so. The ledger has each sign-in.
const SHOWN: &str = "sign_in_attempts";

struct Scene {
    bench: Bench,
    /// The first was redeemed.
    codes: [Secret<String>; 2],
    /// The first was removed.
    devices: Mutex<[Device; 2]>,
    session: SessionToken,
    keys: ClientKeys,
    assertion: Secret<String>,
    administrator: BearerToken,
    /// The first was refused.
    requests: [Uuid; 2],
    entries: usize,
    tables: Vec<String>,
}

impl Scene {
    async fn set() -> Self {
        let bench = Bench::open().await;
        let world = &bench.world;
        let anna = world.knowing("anna@example.org", &[Role::Clinician]).await;
        let mut browser = Browser::new(world);
        browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
        let mut devices = [Device::new(), Device::new()];
        enrol(&mut browser, &mut devices[0]).await;
        let keys = ClientKeys::make();
        world.client("machine", &[Role::Researcher], Credential::Keys(keys.jwks.clone())).await;
        let first = bench.code("openid").await;
        let mut administrators = Vec::new();
        for address in ["one@example.org", "two@example.org"] {
            let id = world.person(address, &[Role::Administrator]).await;
            administrators.push(world.token(id, Role::Administrator).await);
        }
        let officer = world.person("officer@example.org", &[Role::SecurityOfficer]).await;
        let asked =
            async || match world.people().reset_factors(&administrators[0], officer, world.trace).await {
                Ok(Reset::Asked(request)) => request.id,
                other => panic!("{other:?}"),
            };
        let refused = asked().await;
        let sql = "select relname::text from pg_class \
             where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1";
        let tables = world.rows(sql).await;
        for table in &tables {
            world.as_owner(&format!("create table before_{table} as table {table}")).await;
        }
        // What changes from here on can be put back as it was.
        bench.redeem(&first).await.unwrap();
        let second = bench.code("openid").await;
        world.people().refuse_reset(&administrators[1], refused, world.trace).await.unwrap();
        let request = asked().await;
        world.wait(1);
        enrol(&mut browser, &mut devices[1]).await;
        let passkeys = world.accounts.factors(&browser.token(), &browser.visit()).await.unwrap().passkeys;
        let oldest = passkeys.iter().min_by_key(|one| one.enrolled_at).unwrap();
        let factor = FactorRef::Passkey(oldest.id);
        world.accounts.remove_factor(&browser.token(), factor, &browser.visit()).await.unwrap();
        let assertion = keys.sign(&claims(world, "machine", "once"));
        world.accounts.issue_token(asserted(world, &assertion)).await.unwrap();
        Browser::new(world).sign_in("anna@example.org", "wrong").await.unwrap_err();
        forgot(&browser, "ada@example.org").await.unwrap();
        let role = RoleGrant::lasting(Role::Monitor);
        world.accounts.give_role(&Author::Operator, anna, role, world.trace).await.unwrap();
        world.accounts.take_role(&Author::Operator, anna, Role::Monitor, world.trace).await.unwrap();
        let mut browser = Browser::new(world);
        browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
        let challenge = world.accounts.begin_passkey(Some(&browser.token()), &browser.visit()).await.unwrap();
        let shown = devices[1].show(&challenge, ISSUER);
        let visit = browser.visit();
        let proven = world.accounts.finish_passkey(&challenge.handle, &shown, &visit).await.unwrap();
        browser.keep(proven);
        let made_up = "insert into provider_requests values (sha256('a'), 'p', sha256('b'), '\\x00', now())";
        world.as_owner(made_up).await;
        let administrator = administrators.remove(1);
        Self {
            codes: [first, second],
            devices: Mutex::new(devices),
            session: browser.token(),
            keys,
            assertion,
            administrator,
            requests: [refused, request],
            entries: world.ledger.count(),
            tables,
            bench,
        }
    }

    /// What an instance that was just started sees, in words.
    async fn seen(&self, fresh: &Accounts, turn: usize) -> Vec<(&'static str, String)> {
        let (world, visit) = (&self.bench.world, visit());
        let code = async |code: &Secret<String>| {
            let redemption = Redemption::Code {
                code: code.clone(),
                redirect_uri: CALLBACK.to_owned(),
                verifier: secret(VERIFIER),
            };
            format!("{:?}", fresh.redeem(self.bench.claim(), redemption, world.trace.into()).await.map(drop))
        };
        let assertion = self.keys.sign(&claims(world, "machine", &format!("new {turn}")));
        let asserted = async |assertion: &Secret<String>| {
            format!("{:?}", fresh.issue_token(asserted(world, assertion)).await.map(drop))
        };
        let approve = async |request| {
            format!("{:?}", fresh.approve_reset(&self.administrator, request, world.trace).await)
        };
        let history = fresh.history(&self.session, &visit).await.map(|seen| (seen.all.len(), seen.missing));
        let token = fresh.identify(Some(&self.administrator), world.trace.into()).await;
        vec![
            ("token", format!("{:?}", token.map(|actor| actor.role))),
            ("passkey", self.passkey(fresh, 1).await),
            ("removed passkey", self.passkey(fresh, 0).await),
            ("history", format!("{history:?}")),
            ("assertion", asserted(&assertion).await),
            ("used assertion", asserted(&self.assertion).await),
            ("reset", approve(self.requests[1]).await),
            ("refused reset", approve(self.requests[0]).await),
            ("code", code(&self.codes[1]).await),
            ("used code", code(&self.codes[0]).await),
        ]
    }

    async fn passkey(&self, fresh: &Accounts, which: usize) -> String {
        let visit = visit();
        let signed_in = fresh.sign_in(&secret("anna@example.org"), &secret(PASSWORD), &visit).await;
        let session = match signed_in {
            Ok(session) => session.token,
            Err(error) => return format!("{error:?}"),
        };
        let challenge = match fresh.begin_passkey(Some(&session), &visit).await {
            Ok(challenge) => challenge,
            Err(error) => return format!("{error:?}"),
        };
        let Some(shown) = self.devices.lock().unwrap()[which].try_show(&challenge, ISSUER) else {
            return "not asked for".to_owned();
        };
        let finished = fresh.finish_passkey(&challenge.handle, &shown, &visit).await;
        format!("{:?}", finished.map(|session| session.standing))
    }

    /// Everything as it was: rows and the ledger.
    async fn restore(&self) {
        self.bench.world.ledger.cut(self.entries);
        let back = |table: &String| format!("delete from {table}; insert into {table} table kept_{table}; ");
        self.bench.world.as_owner(&self.tables.iter().map(back).collect::<String>()).await;
    }
}

fn asserted(world: &World, assertion: &Secret<String>) -> TokenRequest {
    TokenRequest {
        client_id: None,
        proof: ClientProof::Assertion(assertion.clone()),
        scope: None,
        request: world.trace.into(),
    }
}

#[tokio::test]
async fn every_edit_of_what_is_under_way_changes_nothing_or_is_found_or_said() {
    let scene = Scene::set().await;
    let world = &scene.bench.world;
    for table in &scene.tables {
        unconstrain(world, table).await;
    }
    assert_eq!(world.verify().await.unwrap().findings, []);
    let before = scene.seen(&world.another_instance().await, 0).await;
    let (mut golden, mut unnoticed) = (String::new(), Vec::new());
    let mut turn = 0;
    for (table, row) in TABLES {
        for (name, sql) in edits(world, table, row, "clients where client_id = 'machine'").await {
            scene.restore().await;
            world.as_owner(&sql).await;
            turn += 1;
            let (now, found) = match Accounts::open(world.parts(&crate::world::root(1))).await {
                Ok(fresh) => {
                    let found = found(world).await;
                    (scene.seen(&fresh, turn).await, found)
                }
                Err(_) => (Vec::new(), vec!["it does not open".to_owned()]),
            };
            let changed = before.iter().zip(&now).filter(|(was, is)| was.1 != is.1);
            let changed: Vec<String> = changed.map(|(_, (what, is))| format!("{what} {is}")).collect();
            let is_refused = changed.iter().all(|one| one.contains("Err(") || one.contains("Slow"));
            let is_said =
                name.starts_with(SHOWN) || is_refused && REFUSED.iter().any(|table| name.starts_with(table));
            if !changed.is_empty() && found.is_empty() && !is_said {
                unnoticed.push(format!("{name}: {changed:?}"));
            }
            let or_nothing = |words: Vec<String>| match words.is_empty() {
                true => "nothing".to_owned(),
                false => words.join(", "),
            };
            let changed = match name.starts_with(WAITS) && is_refused {
                true => "at most a wait".to_owned(),
                false => or_nothing(changed),
            };
            writeln!(golden, "{name}: found {}; changed {changed}", or_nothing(found)).unwrap();
        }
    }
    assert!(unnoticed.is_empty(), "{unnoticed:#?}");
    compare(&golden, concat!(env!("CARGO_MANIFEST_DIR"), "/tests/accounts/golden/under_way.txt"));
}
