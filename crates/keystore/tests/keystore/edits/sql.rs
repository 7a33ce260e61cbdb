//! The edits, made from what the database says of its own columns.

use super::scene::{Scene, TABLES};

/// One edit.
pub(super) struct Edit {
    pub(super) name: String,
    pub(super) statement: String,
}

const COLUMNS: &str = "select column_name::text, data_type::text from information_schema.columns \
     where table_schema = 'public' and table_name = $1 order by ordinal_position";

/// Each column altered and set to null; each row deleted, put there twice, put back from an older copy, and moved.
pub(super) async fn edits(scene: &Scene) -> Vec<Edit> {
    let owner = scene.bed.endpoints.owner.connect().await.unwrap();
    let patient = scene.bed.root_number(scene.patient);
    let mut edits = Vec::new();
    let mut add = |name: String, statement: String| edits.push(Edit { name, statement });
    for table in TABLES {
        let row = row_of(table, &patient);
        for column in owner.query(COLUMNS, &[&table]).await.unwrap() {
            let (column, kind): (String, String) = (column.get(0), column.get(1));
            for (how, value) in values(&column, &kind) {
                let set = format!("update {table} set {column} = {value} where {row}");
                add(format!("{table}.{column} {how}"), set);
            }
        }
        add(format!("{table}: row deleted"), format!("delete from {table} where {row}"));
        let twice = format!("insert into {table} select * from {table} where {row}");
        add(format!("{table}: row put there twice"), twice);
        add(format!("{table}: all rows deleted"), format!("delete from {table}"));
        let back = format!("truncate {table}; insert into {table} select * from old_{table}");
        add(format!("{table}: put back from an older copy"), back);
    }
    for (name, statement) in [
        ("patients, patient_keys: put back from an older copy", put_back(&["patients", "patient_keys"])),
        (
            "patients, patient_keys, grants: put back from an older copy",
            put_back(&["patients", "patient_keys", "grants"]),
        ),
        ("patient_keys: moved from one patient to another", moved("patient_keys")),
        ("grants: moved from one patient to another", moved("grants")),
        ("patients: state erased with its time", EDIT_ERASED.to_owned()),
        ("patients: state active of who was erased", EDIT_ACTIVE.to_owned()),
        ("grants: withdrawn made in force", EDIT_GIVEN.to_owned()),
        ("grants: in force made withdrawn", EDIT_WITHDRAWN.to_owned()),
        ("patient_keys: two vaults' keys exchanged", EDIT_EXCHANGED.to_owned()),
        ("patient_keys: another patient's key", EDIT_ANOTHERS.to_owned()),
    ] {
        add(name.to_owned(), statement);
    }
    edits
}

const EDIT_ERASED: &str = "update patients set state = 'erased', erased_at = now() where state = 'active'";
const EDIT_ACTIVE: &str = "update patients set state = 'active', erased_at = null where state = 'erased'";
const EDIT_GIVEN: &str = "update grants set state = 'given', withdrawn_at = null where state = 'withdrawn'";
const EDIT_WITHDRAWN: &str =
    "update grants set state = 'withdrawn', withdrawn_at = now() where state = 'given'";
const EDIT_EXCHANGED: &str = "update patient_keys k set wrapped = o.wrapped from patient_keys o \
     where k.patient = o.patient and k.compartment = 'clinical' and o.compartment = 'contact'";
const EDIT_ANOTHERS: &str = "update patient_keys k set wrapped = o.wrapped from patient_keys o \
     where k.patient <> o.patient and k.compartment = o.compartment";

fn put_back(tables: &[&str]) -> String {
    let back = |table: &&str| format!("truncate {table}; insert into {table} select * from old_{table}; ");
    tables.iter().map(back).collect()
}

fn moved(table: &str) -> String {
    let active = |order| {
        format!("(select patient from patients where state = 'active' order by patient {order} limit 1)")
    };
    format!("update {table} set patient = {} where patient = {}", active("desc"), active("asc"))
}

/// The row that is edited: of tables of patients, one of the scene's patient.
fn row_of(table: &str, patient: &str) -> String {
    match table {
        "compartment_keys" => "compartment = 'clinical'".to_owned(),
        "patients" => format!("patient = '\\x{patient}'"),
        "patient_keys" => format!("patient = '\\x{patient}' and compartment = 'clinical'"),
        "grants" => format!("patient = '\\x{patient}' and kind = 'care'"),
        _ => "true".to_owned(),
    }
}

/// What a column is set to.
fn values(column: &str, kind: &str) -> Vec<(&'static str, String)> {
    let null = ("null", "null".to_owned());
    match (kind, column) {
        (_, "state") => vec![
            ("reserved", "'reserved'".to_owned()),
            ("erased", "'erased'".to_owned()),
            ("pending", "'pending'".to_owned()),
            ("withdrawn", "'withdrawn'".to_owned()),
            ("unknown", "'x'".to_owned()),
            null,
        ],
        (_, "kind") => vec![("altered", "'assignment'".to_owned()), ("unknown", "'x'".to_owned()), null],
        ("bytea", _) => vec![("altered", format!("set_byte({column}, 0, get_byte({column}, 0) # 1)")), null],
        ("uuid", _) => vec![("altered", "'00000000-0000-4000-8000-000000000001'".to_owned()), null],
        ("integer", _) => vec![("altered", format!("{column} + 1")), null],
        ("boolean", _) => vec![("altered", format!("not {column}")), null],
        ("timestamp with time zone", _) => {
            vec![("altered", format!("coalesce({column}, now()) + interval '1 day'")), null]
        }
        _ => vec![("altered", format!("{column} || 'x'")), null],
    }
}
