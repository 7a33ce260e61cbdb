//! The triggers, made from what a database says of its own tables.

use tacenda::databases::PREFIX;

use super::super::table::Saved;

/// What the trigger and its function are called.
pub(super) const NAME: &str = "stranger";

/// Every relation with rows that somebody other than PostgreSQL made, in any schema, and its columns.
const COLUMNS: &str = "select pg_catalog.concat_ws(' ', \
       case n.nspname when 'public' then '' else n.nspname || '.' end || c.relname, \
       a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)) \
     from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
       join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped \
     where c.relkind in ('r', 'p', 'm', 'f') and n.nspname not in ('pg_catalog', 'information_schema') \
       and n.nspname !~ '^pg_(toast|temp)' order by c.relname, a.attnum";

/// A trigger on one table.
pub(super) struct Laid {
    pub(super) table: String,
    /// What it does.
    pub(super) does: String,
    /// Whether it is the first of its kind on its table, of the three kinds.
    pub(super) is_first: bool,
    event: &'static str,
    body: String,
}

impl Laid {
    pub(super) fn name(&self, database: &str) -> String {
        format!("{}.{} {}", database.strip_prefix(PREFIX).unwrap(), self.table, self.does)
    }

    pub(super) fn is_dropping_inserts(&self) -> bool {
        self.event == "insert"
    }

    pub(super) async fn lay(&self, saved: &Saved) {
        let Self { table, event, body, .. } = self;
        let function =
            format!("create function {NAME}() returns trigger language plpgsql as $$begin {body} end$$");
        let lay = format!(
            "begin; {function}; create trigger {NAME} before {event} on {table} for each row execute function {NAME}(); commit"
        );
        saved.run(&lay).await;
    }
}

/// Takes away what was laid there.
pub(super) async fn take_away(saved: &Saved) {
    saved.run(&format!("drop function {NAME} cascade")).await;
}

const GOES_ON: &str = "if tg_op = 'DELETE' then return old; end if; return new;";

/// On each table one that drops what is inserted, updated or deleted, one that keeps what was, one that delays, and one that rewrites
/// each column.
pub(super) async fn all(saved: &Saved) -> Vec<Laid> {
    let mut all: Vec<Laid> = Vec::new();
    for line in saved.rows(COLUMNS).await {
        let [table, column, kind] = <[&str; 3]>::try_from(line.splitn(3, ' ').collect::<Vec<_>>()).unwrap();
        let laid = |does: &str, is_first, event, body: &str| Laid {
            table: table.to_owned(),
            does: does.to_owned(),
            is_first,
            event,
            body: body.to_owned(),
        };
        let is_new = all.last().is_none_or(|last| last.table != table);
        if is_new {
            all.push(laid("drops inserts", true, "insert", "return null;"));
            all.push(laid("drops updates", false, "update", "return null;"));
            all.push(laid("drops deletions", false, "delete", "return null;"));
            all.push(laid("keeps what was", false, "update", "return old;"));
            let delays = format!("perform pg_sleep(0.02); {GOES_ON}");
            all.push(laid("delays", true, "insert or update or delete", &delays));
        }
        let rewrites = format!("new.{column} := {}; return new;", rewritten(&format!("new.{column}"), kind));
        all.push(laid(&format!("rewrites {column}"), is_new, "insert or update", &rewrites));
    }
    all
}

/// Another value of that type.
fn rewritten(column: &str, kind: &str) -> String {
    match kind {
        "bytea" => format!(
            "case when octet_length({column}) > 0 then \
               set_byte({column}, octet_length({column}) - 1, get_byte({column}, octet_length({column}) - 1) # 1) end"
        ),
        "uuid" => "gen_random_uuid()".to_owned(),
        "boolean" => format!("not {column}"),
        "smallint" | "integer" | "bigint" => format!("{column} + 1"),
        kind if kind.starts_with("timestamp") => format!("{column} + interval '1 day'"),
        kind if kind.ends_with("[]") => format!("{column}[2:]"),
        _ => format!("{column} || 'x'"),
    }
}
