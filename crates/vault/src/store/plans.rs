//! How PostgreSQL finds what is searched for: by indexes, and looking at little more than it finds, whatever it knew of the
//! tables when it made its plan.

use serde_json::Value;
use tacenda_postgres::{Client, Cluster, Database, DatabaseOptions, DatabaseSpec};

use tokio_postgres::types::{FromSql, Type};

use super::{
    records::CURRENT,
    tokens::{BY_NAMES, BY_TOKEN, BY_TOKENS, HAVE, OF_ANYONE, OF_ANYONE_BY_ONE, OF_PATIENT, OF_PATIENT_ANY},
    versions::{OF_ANY, OF_RECORD},
};

/// How many records a patient has.
const RECORDS: f64 = 40.0;
/// The token of a patient's type, and of one code, in the records made here.
const TYPE: i64 = 7_000;
const CODE: i64 = 7_003;
/// Tokens of everybody: many records have the first, few the second.
const COMMON: i64 = 1_000_001;
const RARE: i64 = 2_000_007;

/// Records of patients, each with the token of its type, of one of eight codes, and two of everybody; and their pasts, which
/// are long for some.
const FILL: &str = "with new as (\
       select decode(md5('record' || p || '-' || r), 'hex') as record, decode(md5('patient' || p), 'hex') as patient, \
         array[p * 1000, p * 1000 + 1 + r % 8, 1000000 + r % 3, 2000000 + p * 3 % 100] as tokens \
       from generate_series(1, 150::bigint) p, generate_series(1, 40::bigint) r), \
     kept as (insert into records (record, patient, version, recorded_at, deleted, tokens, sealed, announced) \
       select record, patient, 100, now(), false, tokens, convert_to(repeat('x', 700), 'UTF8'), record from new), \
     past as (insert into versions (record, patient, version, recorded_at, deleted, sealed, announced) \
       select record, patient, v, timestamptz '2026-01-01' + v * interval '1 minute', false, \
         convert_to(repeat('x', 700), 'UTF8'), record \
       from new, generate_series(1, 99) v \
       where v < 3 or patient in (decode(md5('patient7'), 'hex'), decode(md5('patient8'), 'hex'))) \
     insert into tokens (token, record) select unnest(tokens), record from new";

/// A statement, what it is asked, and how many rows it may look at in a table.
fn statements() -> Vec<(&'static str, &'static str, String, f64)> {
    let patient = "decode(md5('patient7'), 'hex')";
    let record = "decode(md5('record7-1'), 'hex')";
    let middle = "timestamptz '2026-01-01' + interval '20 minutes', '', 0";
    let named = "array[decode(md5('record7-1'), 'hex'), decode(md5('record7-2'), 'hex')]";
    vec![
        ("by_token", BY_TOKEN, format!("{TYPE}, '', 20"), 20.0),
        ("by_tokens", BY_TOKENS, format!("array[{TYPE}, {CODE}], '', 20"), 40.0),
        ("by_names", BY_NAMES, format!("{named}, {patient}, array[{TYPE}], '{{}}', null, null"), 2.0),
        ("of_patient", OF_PATIENT, format!("{CODE}, {patient}, '', array[{TYPE}], 20, null, null"), RECORDS),
        (
            "of_patient_any",
            OF_PATIENT_ANY,
            format!("array[{CODE}, {CODE} + 1], {patient}, '', array[{TYPE}], 20, null, null"),
            RECORDS,
        ),
        (
            "of_anyone",
            OF_ANYONE,
            format!("array[{RARE}, {RARE} + 1], '', '{{}}', 20, null, null"),
            4.0 * RECORDS,
        ),
        ("of_anyone_by_one", OF_ANYONE_BY_ONE, format!("{COMMON}, '', '{{}}', 20, null, null"), 21.0),
        ("current", CURRENT, named.to_owned(), 2.0),
        ("have", HAVE, format!("array[{TYPE}, -1], {named}"), 2.0),
        ("of_record", OF_RECORD, format!("{record}, {patient}, null, null, 10"), 10.0),
        ("of_record_from", OF_RECORD, format!("{record}, {patient}, null, 50, 10"), 10.0),
        // Of the past a page, and for each row of it the tokens of its record; of what is current all of the type.
        ("of_any", OF_ANY, format!("array[{TYPE}, -1], {patient}, null, null, null, null, 20"), RECORDS),
        ("of_any_from", OF_ANY, format!("array[{TYPE}, -1], {patient}, null, {middle}, 20"), RECORDS),
        (
            "of_any_since",
            OF_ANY,
            format!("array[{TYPE}, -1], {patient}, now(), null, null, null, 20"),
            RECORDS,
        ),
    ]
}

/// What `explain` answers.
struct Plan(Value);

impl<'a> FromSql<'a> for Plan {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(serde_json::from_slice(raw)?))
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::JSON
    }
}

/// SQL is never made of values but here, where there are none but those above.
fn sql(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_search_goes_by_an_index_whatever_is_known_of_the_tables() {
    let cluster = Cluster::shared_temporary().await.unwrap();
    let spec =
        DatabaseSpec { name: "vault_plans".to_owned(), migrations: crate::migrations, grants: crate::GRANTS };
    let endpoints = cluster.provision("plans_", &[spec]).await.unwrap();
    // The owner, since the runtime role may not take statistics; with the settings of the runtime role.
    let database = Database::open(&endpoints[0].owner, &DatabaseOptions::named("plans")).await.unwrap();
    let client = database.client().await.unwrap();
    for table in ["records", "tokens", "versions"] {
        client
            .execute(sql(format!("alter table {table} set (autovacuum_enabled = off)")), &[])
            .await
            .unwrap();
    }
    prepare(&client, "early").await;
    for (name, _, arguments, _) in statements() {
        client.query(sql(format!("execute early_{name} ({arguments})")), &[]).await.unwrap();
    }
    client.execute(FILL, &[]).await.unwrap();
    every_plan_is_good(&client, "early", "made while the tables were empty").await;
    prepare(&client, "late").await;
    every_plan_is_good(&client, "late", "made without statistics").await;
    client.execute("analyze records, tokens, versions", &[]).await.unwrap();
    every_plan_is_good(&client, "late", "made with statistics").await;
}

async fn prepare(client: &Client, prefix: &str) {
    for (name, statement, ..) in statements() {
        client.execute(sql(format!("prepare {prefix}_{name} as {statement}")), &[]).await.unwrap();
    }
}

async fn every_plan_is_good(client: &Client, prefix: &str, when: &str) {
    for (name, _, arguments, most) in statements() {
        let asked = sql(format!("explain (analyze, format json) execute {prefix}_{name} ({arguments})"));
        let rows = client.query(asked, &[]).await.unwrap();
        let Plan(plan) = rows[0].get(0);
        let mut scans = Vec::new();
        collect(&plan[0]["Plan"], &mut scans);
        assert!(!scans.is_empty(), "{name}, {when}: {plan:#}");
        for scan in scans {
            let kind = scan["Node Type"].as_str().unwrap();
            let by_index = matches!(kind, "Index Scan" | "Index Only Scan" | "Bitmap Heap Scan");
            let bounded = scan.get("Index Cond").is_some() || scan.get("Recheck Cond").is_some();
            assert!(by_index && bounded, "{name}, {when}: {plan:#}");
            let number = |key: &str| scan[key].as_f64().unwrap_or_default();
            let looked_at =
                (number("Actual Rows") + number("Rows Removed by Filter")) * number("Actual Loops");
            assert!(looked_at <= most, "{name}, {when}: looks at {looked_at} rows, not {most}: {plan:#}");
        }
    }
}

/// The nodes of a plan that read one of the tables.
fn collect<'a>(node: &'a Value, found: &mut Vec<&'a Value>) {
    if node["Relation Name"].is_string() {
        found.push(node);
    }
    node["Plans"].as_array().into_iter().flatten().for_each(|inner| collect(inner, found));
}
