//! Every column of every table that decides, altered, set to null, and every row removed, doubled, put back and moved:
//! what somebody sees then, and what `verify` finds. `golden/edits.txt` has the result.

use std::fmt::Write as _;

use tacenda_accounts::{Accounts, Author, Finding, RoleGrant};
use tacenda_contracts::accounts::{
    Accounts as _, BearerToken, ClientProof, TokenRequest,
    links::Links as _,
    oauth::{Authorize as _, Redemption},
    sign_in::{SessionToken, SignIn as _, Standing},
};
use tacenda_kernel::{Role, Secret};

use crate::{
    browser::{Browser, PASSWORD},
    links::{forgot, link_to},
    oauth::bench::{self, Bench, visit},
    world::{World, secret},
};

/// A table, and the row that is edited: what is looked at depends on it.
const TABLES: [(&str, &str); 13] = [
    ("accounts", "account = (select person from authorisations limit 1)"),
    ("account_roles", "account = (select account from totp_secrets) and role = 'clinician'"),
    ("passwords", "account = (select account from totp_secrets)"),
    ("old_passwords", "account = (select account from totp_secrets)"),
    ("totp_secrets", "true"),
    ("recovery_codes", "code = (select min(code) from recovery_codes where used_at is null)"),
    ("clients", "client_id = 'machine'"),
    ("provider_subjects", "true"),
    ("sessions", "account = (select person from authorisations limit 1)"),
    ("authorisations", "ended_at is null"),
    ("refresh_tokens", "used_at is null"),
    ("consents", "true"),
    ("links", "used_at is null"),
];

/// What the observers add to, which is edited in `under_way`.
const BESIDE: &str = "sign_in_attempts";

/// What changes something and is not found, each with its reason in SECURITY.md.
const SAID: [&str; 0] = [];

/// Everything that the observers need.
struct Scene {
    bench: Bench,
    bearer: BearerToken,
    machine: Secret<String>,
    codes: Vec<Secret<String>>,
    refresh: Secret<String>,
    link: Secret<String>,
    /// Of the person with two factors.
    second: SessionToken,
    /// How many entries the ledger has.
    entries: usize,
}

impl Scene {
    async fn set() -> Self {
        let bench = Bench::open().await;
        let (world, operator) = (&bench.world, Author::Operator);
        let anna = world.knowing("anna@example.org", &[Role::Clinician, Role::Monitor]).await;
        let (_, machine) = world.application("machine", &[Role::Researcher]).await;
        let other = world.person("vouched@example.org", &[Role::Monitor]).await;
        world.vouched_for(other).await;
        let mut browser = Browser::new(world);
        browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
        let (_, codes) = browser.enrol_totp().await;
        let first = bench.tokens("openid offline_access").await.refresh_token.unwrap();
        for (table, _) in TABLES {
            world.as_owner(&format!("create table before_{table} as table {table}")).await;
        }
        // What changes from here on can be put back as it was.
        world.wait(30);
        let accounts = &world.accounts;
        accounts.take_role(&operator, anna, Role::Monitor, world.trace).await.unwrap();
        accounts.give_role(&operator, anna, RoleGrant::lasting(Role::Clinician), world.trace).await.unwrap();
        accounts
            .set_password(&operator, anna, &secret("granite otter 47 sundial"), world.trace)
            .await
            .unwrap();
        accounts.set_password(&operator, anna, &secret(PASSWORD), world.trace).await.unwrap();
        browser.sign_in("anna@example.org", PASSWORD).await.unwrap();
        browser.prove_code(codes[0].expose()).await.unwrap();
        let refresh = bench.refresh(&first, None).await.unwrap().refresh_token.unwrap();
        forgot(&browser, "anna@example.org").await.unwrap();
        let link = link_to(world, "anna@example.org").await;
        let bearer = world.token(anna, Role::Clinician).await;
        let second = browser.token();
        accounts.keep_up().await.unwrap();
        let entries = world.ledger.count();
        Self { machine, codes, refresh, link, bearer, second, entries, bench }
    }

    /// What an instance that was just started sees, in words.
    async fn seen(&self, fresh: &Accounts) -> Vec<(&'static str, String)> {
        let Self { bench, bearer, machine, codes, refresh, link, second, .. } = self;
        let (visit, trace) = (visit(), bench.world.trace);
        let patient = fresh.sign_in(&secret("ada@example.org"), &secret(bench::PASSWORD), &visit).await;
        let staff = fresh.sign_in(&secret("anna@example.org"), &secret(PASSWORD), &visit).await;
        let code = match &staff {
            Ok(session) if session.standing == Standing::Partial => {
                fresh.prove_code(&session.token, &codes[1], &visit).await.map(|session| session.standing)
            }
            other => other.as_ref().map(|session| session.standing).map_err(Clone::clone),
        };
        let sessions = async |token: &SessionToken| {
            let found = fresh.session(token, &visit).await;
            found.map(|session| format!("{:?} {:?}", session.standing, session.roles))
        };
        let request = TokenRequest {
            client_id: Some("machine".to_owned()),
            proof: ClientProof::Secret(machine.clone()),
            scope: None,
            request: trace.into(),
        };
        let redemption = Redemption::Refresh { token: refresh.clone(), scope: None };
        let let_in = fresh.let_in(&bench.session, &visit).await.map(|found| found.len());
        vec![
            ("sign-in", format!("{:?}", patient.map(|session| session.standing))),
            ("second factor", format!("{code:?}")),
            ("session", format!("{:?}", sessions(&bench.session).await)),
            ("other session", format!("{:?}", sessions(second).await)),
            (
                "access token",
                format!("{:?}", fresh.identify(Some(bearer), trace.into()).await.map(|actor| actor.role)),
            ),
            ("client", format!("{:?}", fresh.issue_token(request).await.map(drop))),
            ("let in", format!("{let_in:?}")),
            (
                "refresh",
                format!("{:?}", fresh.redeem(bench.claim(), redemption, trace.into()).await.map(drop)),
            ),
            ("link", format!("{:?}", fresh.open(link, &visit).await.map(|link| link.purpose))),
        ]
    }

    /// Everything as it was: rows, failures and the ledger. Tables are emptied as new ones are: of two rows that are alike,
    /// the one that was put there first is seen.
    async fn restore(&self) {
        self.bench.world.ledger.cut(self.entries);
        let tables = TABLES.iter().map(|(table, _)| *table).chain([BESIDE]);
        let tables =
            tables.map(|table| format!("truncate {table}; insert into {table} table kept_{table}; "));
        let all: String = tables.collect();
        self.bench.world.as_owner(&format!("{all} delete from sign_in_failures")).await;
    }
}

/// How a value of this type becomes another one.
fn altered(column: &str, kind: &str) -> String {
    match kind {
        "uuid" => "gen_random_uuid()".to_owned(),
        "boolean" => format!("not {column}"),
        "bigint" | "integer" | "smallint" => format!("coalesce({column}, 0) + 1"),
        "ARRAY" => format!("array_append({column}, 'openid')"),
        "bytea" => format!("coalesce({column}, '') || '\\x00'::bytea"),
        "timestamp with time zone" => format!("coalesce({column}, now()) + interval '1 hour'"),
        _ => format!("coalesce({column}, '') || 'x'"),
    }
}

/// The edits of one table: what they are called, and how they are made.
pub(super) async fn edits(world: &World, table: &str, row: &str, whose: &str) -> Vec<(String, String)> {
    let of =
        format!("from information_schema.columns where table_schema = 'public' and table_name = '{table}'");
    let columns =
        world.rows(&format!("select column_name || '|' || data_type {of} order by ordinal_position")).await;
    let mut edits = Vec::new();
    for column in &columns {
        let (name, kind) = column.split_once('|').unwrap();
        let value = altered(name, kind);
        edits.push((
            format!("{table}.{name} altered"),
            format!("update {table} set {name} = {value} where {row}"),
        ));
        edits.push((format!("{table}.{name} null"), format!("update {table} set {name} = null where {row}")));
    }
    edits.push((format!("{table} removed"), format!("delete from {table} where {row}")));
    let doubled = format!("insert into {table} select * from {table} where {row}");
    edits.push((format!("{table} doubled"), doubled));
    let old = format!("(table before_{table} except table kept_{table})");
    let key =
        world.rows(&format!("select column_name {of} order by ordinal_position limit 1")).await.remove(0);
    let gone = format!("delete from {table} where {key} in (select {key} from {old} o)");
    let back = format!("insert into {table} select * from {old} o");
    edits.push((format!("{table} put back"), format!("{gone}; {back}")));
    let other = format!("(select account from {whose})");
    if columns.iter().any(|column| column.starts_with("account|")) {
        edits.push((format!("{table} moved"), format!("update {table} set account = {other} where {row}")));
    }
    edits
}

#[tokio::test]
async fn every_edit_changes_nothing_or_is_found() {
    let scene = Scene::set().await;
    let world = &scene.bench.world;
    for table in TABLES.iter().map(|(table, _)| *table).chain([BESIDE]) {
        unconstrain(world, table).await;
    }
    assert_eq!(world.verify().await.unwrap().findings, []);
    let before = scene.seen(&world.another_instance().await).await;
    let (mut golden, mut unnoticed) = (String::new(), Vec::new());
    for (table, row) in TABLES {
        let whose = if table == "clients" { "totp_secrets" } else { "clients where client_id = 'machine'" };
        for (name, sql) in edits(world, table, row, whose).await {
            scene.restore().await;
            world.as_owner(&sql).await;
            let fresh = world.another_instance().await;
            let found = found(world).await;
            let now = scene.seen(&fresh).await;
            let changed = before.iter().zip(&now).filter(|(was, is)| was.1 != is.1);
            let changed: Vec<String> = changed.map(|(_, (what, is))| format!("{what} {is}")).collect();
            if !changed.is_empty() && found.is_empty() && !SAID.contains(&name.as_str()) {
                unnoticed.push(format!("{name}: {changed:?}"));
            }
            let found = if found.is_empty() { "nothing".to_owned() } else { found.join(", ") };
            let changed = if changed.is_empty() { "nothing".to_owned() } else { changed.join(", ") };
            writeln!(golden, "{name}: found {found}; changed {changed}").unwrap();
        }
    }
    assert!(unnoticed.is_empty(), "{unnoticed:#?}");
    compare(&golden, concat!(env!("CARGO_MANIFEST_DIR"), "/tests/accounts/golden/edits.txt"));
}

/// Takes a table's constraints away, so that every edit can be done, and keeps what it holds.
pub(super) async fn unconstrain(world: &World, table: &str) {
    let constraints = format!(
        "do $$ declare c record; begin for c in select conname from pg_constraint \
         where conrelid = '{table}'::regclass order by contype = 'p' loop \
         execute format('alter table {table} drop constraint if exists %I cascade', c.conname); end loop; \
         for c in select indexrelid::regclass as name from pg_index where indrelid = '{table}'::regclass and indisunique loop \
         execute format('drop index %s', c.name); end loop; \
         for c in select attname from pg_attribute where attrelid = '{table}'::regclass and attnum > 0 loop \
         execute format('alter table {table} alter column %I drop not null', c.attname); end loop; end $$"
    );
    world.as_owner(&constraints).await;
    world.as_owner(&format!("create table kept_{table} as table {table}")).await;
}

/// What verification finds, by name.
pub(super) async fn found(world: &World) -> Vec<String> {
    let Ok(verified) = world.verify().await else { return vec!["cannot be read".to_owned()] };
    let names = verified.findings.iter().map(Finding::name);
    let mut names: Vec<_> = names.map(|(what, table)| format!("{what} {table}")).collect();
    names.sort();
    names.dedup();
    names
}

/// Compares with the golden file, or writes it.
pub(super) fn compare(golden: &str, path: &str) {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, golden).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    for (is, was) in golden.lines().zip(kept.lines()) {
        assert_eq!(is, was, "see CONTRIBUTING.md on golden files");
    }
    assert_eq!(golden.lines().count(), kept.lines().count());
}
