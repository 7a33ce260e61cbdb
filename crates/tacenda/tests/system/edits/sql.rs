//! The edits, made from what a database says of its own columns.

use tacenda::databases::PREFIX;
use tacenda_kernel::Compartment;

use super::{
    look::Watched,
    scene::{RECORDS, Scene, vault},
    table::Saved,
};
use crate::tampering::LEDGER;

/// One edit.
pub(super) struct Edit {
    pub(super) name: String,
    pub(super) tables: Vec<&'static str>,
    pub(super) statement: String,
    pub(super) watched: Watched,
}

/// A table, the row that is edited, and how the row is called where it is not the first one.
struct Row {
    table: &'static str,
    is: String,
    called: &'static str,
    /// The columns that are edited; none of them named means all.
    only: &'static [&'static str],
    /// What the column that says whose it is becomes.
    moved: Option<(&'static str, &'static str)>,
    watched: Watched,
}

impl Row {
    fn new(table: &'static str, is: &str, watched: Watched) -> Self {
        Self { table, is: is.to_owned(), called: "", only: &[], moved: None, watched }
    }

    fn called(self, called: &'static str, only: &'static [&'static str]) -> Self {
        Self { called, only, ..self }
    }

    fn moved(self, column: &'static str, to: &'static str) -> Self {
        Self { moved: Some((column, to)), ..self }
    }
}

/// Each column altered and set to null; each row deleted, put there twice, put back from an older copy, and moved.
pub(super) async fn edits(scene: &Scene, saved: &Saved) -> Vec<Edit> {
    let compartment = Compartment::ALL.into_iter().find(|&one| vault(one) == saved.database);
    let first = async |sql: String| saved.rows(&sql).await.remove(0);
    let (rows, more) = match (compartment, saved.database.as_str()) {
        (Some(compartment), _) => {
            let record = scene.record(&scene.subjects[place(compartment)].path);
            let token = format!("select min(token)::text from tokens where record = '\\x{record}'");
            (of_vault(scene, compartment, &first(token).await), more_of_vault(scene, compartment))
        }
        (None, LEDGER) => {
            let second = "select size::text from checkpoints order by checkpoints.size offset 1 limit 1";
            (of_ledger(scene, &first(second.to_owned()).await), more_of_ledger())
        }
        (None, RECORDS) => (of_records(), more_of_records()),
        (None, other) => panic!("{other}"),
    };
    let database = saved.database.strip_prefix(PREFIX).unwrap();
    let mut edits = Vec::new();
    for row in &rows {
        for (what, statement) in of_row(saved, row).await {
            let Row { table, watched, .. } = *row;
            edits.push(Edit {
                name: format!("{database}.{table}{what}"),
                tables: vec![table],
                statement,
                watched,
            });
        }
    }
    for (tables, what, statement, watched) in more {
        let name = format!("{database}.{}, {what}", tables.join(" and "));
        edits.push(Edit { name, tables, statement, watched });
    }
    edits
}

async fn of_row(saved: &Saved, row: &Row) -> Vec<(String, String)> {
    let Row { table, is, called, only, moved, .. } = row;
    let columns = format!(
        "select column_name || ' ' || data_type from information_schema.columns \
         where table_schema = 'public' and table_name = '{table}' order by ordinal_position"
    );
    let mut edits = Vec::new();
    for column in saved.rows(&columns).await {
        let (column, kind) = column.split_once(' ').unwrap();
        if !only.is_empty() && !only.contains(&column) {
            continue;
        }
        for value in values(column, kind) {
            let how = if value == "null" { "null" } else { "altered" };
            let named = if value.starts_with('\'') { format!("is {value}") } else { how.to_owned() };
            edits.push((
                format!(".{column}{called} {named}"),
                format!("update {table} set {column} = {value} where {is}"),
            ));
        }
    }
    edits.push((format!("{called}, row deleted"), format!("delete from {table} where {is}")));
    if !only.is_empty() {
        return edits;
    }
    let twice = format!("insert into {table} select * from {table} where {is}");
    edits.push((format!("{called}, row put there twice"), twice));
    let back =
        format!("delete from {table} where {is}; insert into {table} select * from older_{table} where {is}");
    edits.push((format!("{called}, row put back from an older copy"), back));
    if called.is_empty() {
        edits.push((", all rows deleted".to_owned(), format!("delete from {table}")));
        let back = format!("delete from {table}; insert into {table} table older_{table}");
        edits.push((", put back from an older copy".to_owned(), back));
    }
    if let Some((column, to)) = moved {
        let to = format!("update {table} set {column} = ({to}) where {is}");
        edits.push((format!("{called}, row moved to another owner"), to));
    }
    edits
}

/// What a column is set to.
fn values(column: &str, kind: &str) -> Vec<String> {
    let altered = match (column, kind) {
        ("state", _) => {
            let states = ["'committed'", "'aborted'", "'open'", "'x'", "null"];
            return states.map(str::to_owned).to_vec();
        }
        ("note", _) => "replace(note, 'signed 2', 'signed 3')".to_owned(),
        (_, "bytea") => {
            let last = format!("octet_length({column}) - 1");
            let flipped = format!("set_byte({column}, {last}, get_byte({column}, {last}) # 1)");
            format!("case when octet_length({column}) > 0 then {flipped} else '\\xff' end")
        }
        (_, "uuid") => "gen_random_uuid()".to_owned(),
        (_, "boolean") => format!("not {column}"),
        ("outcome", _) => "(outcome + 1) % 3".to_owned(),
        (_, "smallint" | "integer") => format!("coalesce({column}, 0) + 1"),
        (_, "bigint") => format!("coalesce({column}, 0) + 1000000"),
        (_, "timestamp with time zone") => {
            format!("greatest(coalesce({column}, now()), '2026-01-01') + interval '1 day'")
        }
        ("compartments", _) => "compartments[2:]".to_owned(),
        (_, "ARRAY") => format!("{column} || 5::bigint"),
        _ => format!("coalesce({column}, '') || 'x'"),
    };
    vec![altered, "null".to_owned()]
}

/// Several tables, what is done to them, how, and what is looked at.
type More = (Vec<&'static str>, String, String, Watched);

/// The newest of the ledger's own entries, which say nothing but what arrived.
pub(super) const SAID: &str = "select max(position) from entries where arrived is not null and service = 4";

fn of_ledger(scene: &Scene, second: &str) -> Vec<Row> {
    let entry = |is: &str| Row::new("entries", is, Watched::Ledger);
    let of = |column| format!("position = (select max(position) from entries where {column} is not null)");
    let other = "select o.subject from entries o where o.subject <> entries.subject order by 1 limit 1";
    vec![
        entry(&format!("position = {}", scene.position)).moved("subject", other),
        entry(&of("service")).called(" (about nobody)", &["service", "sealed", "outcome"]),
        entry(&format!("position = ({SAID})")).called(" (what arrived)", &["arrived", "leaf", "tag"]),
        entry(&of("gives_up")).called(" (giving up)", &["gives_up", "service"]),
        Row::new("tiles", "level = 1 and tile_index = 0", Watched::Ledger),
        Row::new("checkpoints", &format!("size = {second}"), Watched::Ledger),
        Row::new("checkpoints", "size = (select max(size) from checkpoints)", Watched::Ledger)
            .called(" (newest)", &["root", "note", "signed_at", "previous", "size"]),
        history(Watched::Ledger),
    ]
}

fn more_of_ledger() -> Vec<More> {
    let one = |table, what: &str, statement: &str| {
        (vec![table], what.to_owned(), statement.to_owned(), Watched::Ledger)
    };
    let older = "delete from checkpoints where size < (select max(size) from checkpoints)";
    let cut = "delete from entries where position > (select max(position) - 5 from entries); \
         delete from checkpoints where size > (select max(position) + 1 from entries)";
    vec![
        one("checkpoints", "all but the newest deleted", older),
        (vec!["entries", "checkpoints"], "the end cut off".to_owned(), cut.to_owned(), Watched::Ledger),
    ]
}

fn of_records() -> Vec<Row> {
    let saga = |state| Row::new("sagas", &format!("state = '{state}'"), Watched::Sagas);
    vec![
        saga("open"),
        saga("committed").called(" (committed)", &["state", "compartments", "enrols", "instance"]),
        Row::new("submissions", "true", Watched::Repeated),
        history(Watched::Sagas),
    ]
}

fn more_of_records() -> Vec<More> {
    let back =
        "delete from sagas where saga in (select saga from older_sagas); insert into sagas table older_sagas";
    let exchanged = "update sagas s set state = o.state, tag = o.tag from sagas o where o.saga <> s.saga";
    let one =
        |what: &str, statement: &str| (vec!["sagas"], what.to_owned(), statement.to_owned(), Watched::Sagas);
    vec![one("the committed one put back as it was open", back), one("states exchanged", exchanged)]
}

fn history(watched: Watched) -> Row {
    Row::new("refinery_schema_history", "version = 1", watched)
}

fn of_vault(scene: &Scene, compartment: Compartment, token: &str) -> Vec<Row> {
    let place = place(compartment);
    let (whole, writing) = (Watched::Vault(place), Watched::Writing(place));
    let name = scene.record(&scene.subjects[place].path);
    let is = format!("record = '\\x{name}'");
    let token = format!("{is} and token = {token}");
    // Of the transaction that was committed: what it staged will be there.
    let staged = &scene.left[Compartment::ALL.len() + place];
    let staged = format!("record = '\\x{}'", scene.record(staged));
    let other = |table: &str| match table {
        "staged" => "select o.patient from records o where o.patient <> staged.patient order by 1 limit 1",
        "versions" => {
            "select o.patient from records o where o.patient <> versions.patient order by 1 limit 1"
        }
        _ => "select o.patient from records o where o.patient <> records.patient order by 1 limit 1",
    };
    let others = "select o.record from records o where o.record <> tokens.record order by 1 limit 1";
    let mut rows = vec![
        Row::new("records", &is, whole),
        Row::new("versions", &is, whole),
        Row::new("tokens", &token, whole).moved("record", others),
        Row::new("staged", &staged, Watched::Sagas),
        Row::new("fences", "true", writing),
        Row::new("reindexes", "true", writing),
        history(writing),
    ];
    // The directory is nobody's.
    if compartment != Compartment::Directory {
        for row in &mut rows {
            if ["records", "versions", "staged"].contains(&row.table) {
                row.moved = Some(("patient", other(row.table)));
            }
        }
    }
    if let Some(deleted) = &scene.subjects[place].deleted {
        let is = format!("record = '\\x{}'", scene.record(deleted));
        rows.push(Row::new("records", &is, whole).called(" (deleted)", &["deleted", "version", "sealed"]));
    }
    rows
}

fn place(compartment: Compartment) -> usize {
    Compartment::ALL.iter().position(|&one| one == compartment).unwrap()
}

fn more_of_vault(scene: &Scene, compartment: Compartment) -> Vec<More> {
    let place = place(compartment);
    let name = scene.record(&scene.subjects[place].path);
    let is = format!("record = '\\x{name}'");
    let whole = Watched::Vault(place);
    let back = |table: &str| {
        format!(
            "delete from {table} where {is}; insert into {table} select * from older_{table} where {is}; "
        )
    };
    let all = ["records", "versions", "tokens"].map(back).concat();
    let staged = |version: &str| {
        format!(
            "insert into staged select gen_random_uuid(), record, patient, {version}, recorded_at, deleted, tokens, sealed, \
               announced from records where {is}"
        )
    };
    let hidden =
        format!("{}; delete from tokens where {is}; delete from records where {is}", staged("version"));
    let over = format!(
        "update records r set version = v.version, recorded_at = v.recorded_at, deleted = v.deleted, \
           sealed = v.sealed, announced = v.announced from versions v where v.record = r.record and r.{is}"
    );
    let added = format!("insert into tokens select 5, record from records where {is}");
    let exchanged =
        "update staged s set sealed = o.sealed, announced = o.announced from staged o where o.saga <> s.saga";
    vec![
        (vec!["records", "versions", "tokens"], "a record put back as it was".to_owned(), all, whole),
        (
            vec!["records", "tokens", "staged"],
            "a record hidden among what is staged".to_owned(),
            hidden,
            whole,
        ),
        (vec!["records"], "an old version put over the newer one".to_owned(), over, whole),
        (vec!["tokens"], "one added".to_owned(), added, whole),
        (vec!["staged"], "a lock added".to_owned(), staged("version + 1"), Watched::Sagas),
        (vec!["staged"], "contents exchanged".to_owned(), exchanged.to_owned(), Watched::Sagas),
    ]
}
