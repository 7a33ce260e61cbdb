//! No table of any database is left out of the golden files.

use tacenda::databases::{PREFIX, specs};

use super::scene::Scene;
use crate::tampering::admin;

const HERE: &str = include_str!("golden/edits.txt");
const ACCOUNTS: &str = concat!(
    include_str!("../../../../accounts/tests/accounts/golden/edits.txt"),
    include_str!("../../../../accounts/tests/accounts/golden/under_way.txt")
);
const KEYSTORE: &str = include_str!("../../../../keystore/tests/keystore/golden/edits.txt");

/// Every relation of every schema that holds rows and is not PostgreSQL's own.
const RELATIONS: &str = "select case n.nspname when 'public' then '' else n.nspname || '.' end || c.relname \
     from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
     where c.relkind in ('r', 'p', 'm', 'f') and n.nspname not in ('pg_catalog', 'information_schema') \
       and n.nspname !~ '^pg_(toast|temp)' order by 1";

pub(super) async fn check(scene: &Scene) {
    let mut left_out = Vec::new();
    for spec in specs() {
        let (golden, prefix) = match spec.name.as_str() {
            "accounts" => (ACCOUNTS, String::new()),
            "keystore" => (KEYSTORE, String::new()),
            // One stands for all vaults, whose tables are the same.
            name if name.starts_with("vault_") => (HERE, "vault_clinical.".to_owned()),
            name => (HERE, format!("{name}.")),
        };
        let admin = admin(&scene.test, &format!("{PREFIX}{}", spec.name)).await;
        for row in admin.query(RELATIONS, &[]).await.unwrap() {
            let name: String = format!("{prefix}{}", row.get::<_, &str>(0));
            let is_of = |line: &str| {
                line.strip_prefix(&name).is_some_and(|rest| rest.starts_with(['.', ' ', ',', ':']))
            };
            if !golden.lines().any(is_of) {
                left_out.push(format!("{}: {name}", spec.name));
            }
        }
    }
    let updates = std::env::var_os("UPDATE_GOLDEN").is_some();
    assert!(updates || left_out.is_empty(), "tables that no golden file has: {left_out:#?}");
}
