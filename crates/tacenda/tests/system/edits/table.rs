//! Tables kept, edited, and put back.

use std::sync::Arc;

use tokio_postgres::Client;

use super::{look::Watched, scene::Scene};
use crate::tampering::admin;

const TABLES: &str = "select c.relname::text from pg_class c \
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' order by c.relname";

/// The tables of one database, as its owner reaches them. What is kept is kept where only this session sees it: a
/// table of no migration would be found.
pub(super) struct Saved {
    pub(super) database: String,
    pub(super) tables: Vec<String>,
    admin: Client,
}

impl Saved {
    /// The database, with the session in which older copies were kept.
    pub(super) async fn of(scene: &Scene, database: &str) -> Arc<Self> {
        let mut known = scene.saved.lock().await;
        if let Some(saved) = known.get(database) {
            return Arc::clone(saved);
        }
        let admin = admin(&scene.test, database).await;
        let tables = admin.query(TABLES, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
        let saved = Arc::new(Self { database: database.to_owned(), tables, admin });
        known.insert(database.to_owned(), Arc::clone(&saved));
        saved
    }

    pub(super) async fn run(&self, sql: &str) {
        let done = self.admin.batch_execute(sql).await;
        done.unwrap_or_else(|error| panic!("{}: {sql}: {error:?}", self.database));
    }

    pub(super) async fn rows(&self, sql: &str) -> Vec<String> {
        self.admin.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
    }

    /// What every table holds now, as `older_…`.
    pub(super) async fn keep_as_older(&self) {
        for table in &self.tables {
            let keep = format!(
                "drop table if exists older_{table}; create temporary table older_{table} as table {table}"
            );
            self.run(&keep).await;
        }
    }

    /// Edits tables with all of their constraints switched off, as only a superuser can, so that the catalogue is what it
    /// was when others look at it.
    pub(super) async fn make<'a>(&'a self, tables: &[&str], statement: &str) -> Made<'a> {
        let tables: Vec<String> = tables.iter().map(|&table| table.to_owned()).collect();
        let each = |sql: &dyn Fn(&str) -> String| tables.iter().map(|table| sql(table)).collect::<String>();
        let keep = each(&|table| format!("create temporary table kept_{table} as table {table}; "));
        let off = each(&switched_off);
        let on = each(&switched_on);
        let edited = each(&|table| format!("create temporary table edited_{table} as table {table}; "));
        self.run(&format!("begin; {keep} {off} {statement}; {on} {edited} commit")).await;
        Made { saved: self, tables }
    }
}

fn switched_off(table: &str) -> String {
    format!(
        "create temporary table unique_{table} on commit drop as \
           select indexrelid from pg_index where indrelid = '{table}'::regclass and indisunique; \
         create temporary table required_{table} on commit drop as \
           select attnum from pg_attribute where attrelid = '{table}'::regclass and attnum > 0 and attnotnull; \
         create temporary table checked_{table} on commit drop as \
           select relchecks from pg_class where oid = '{table}'::regclass; \
         update pg_index set indisunique = false where indexrelid in (table unique_{table}); \
         update pg_attribute set attnotnull = false where attrelid = '{table}'::regclass and attnum > 0; \
         update pg_class set relchecks = 0 where oid = '{table}'::regclass; "
    )
}

fn switched_on(table: &str) -> String {
    format!(
        "update pg_class set relchecks = (table checked_{table}) where oid = '{table}'::regclass; \
         update pg_attribute set attnotnull = true \
           where attrelid = '{table}'::regclass and attnum in (table required_{table}); \
         update pg_index set indisunique = true where indexrelid in (table unique_{table}); "
    )
}

/// An edit that was made.
pub(super) struct Made<'a> {
    saved: &'a Saved,
    tables: Vec<String>,
}

impl Made<'_> {
    /// Puts back what was edited; what the system itself changed since then stays. Or forgets how it was, where all is put
    /// back by other means.
    pub(super) async fn undo(self, puts_back: bool) {
        for table in &self.tables {
            let merge = format!(
                "lock table {table} in share row exclusive mode; \
                 create temporary table present on commit drop as table {table}; \
                 create temporary table merged on commit drop as \
                   (table kept_{table} except all (table edited_{table} except all table present)) \
                   union all (table present except all table edited_{table}); \
                 delete from {table}; insert into {table} table merged;"
            );
            let merge = if puts_back { merge } else { String::new() };
            let forget = format!("drop table kept_{table}; drop table edited_{table}");
            self.saved.run(&format!("begin; {merge} {forget}; commit")).await;
        }
    }
}

/// Tables that looking itself changes, as they were.
pub(super) struct Backup(Vec<Arc<Saved>>);

impl Scene {
    pub(super) async fn back_up(&self, watched: Watched) -> Backup {
        let databases = match watched {
            Watched::Sagas => self.databases().split_off(1),
            Watched::Repeated => vec![super::scene::RECORDS.to_owned()],
            Watched::Vault(_) | Watched::Writing(_) | Watched::Ledger => Vec::new(),
        };
        let mut backup = Backup(Vec::new());
        for database in databases {
            let saved = Saved::of(self, &database).await;
            let copy = |table: &String| format!("create temporary table backup_{table} as table {table}; ");
            saved.run(&saved.tables.iter().map(copy).collect::<String>()).await;
            backup.0.push(saved);
        }
        backup
    }
}

impl Backup {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) async fn put_back(self) {
        for saved in self.0 {
            let back = |table: &String| {
                format!(
                    "delete from {table}; insert into {table} table backup_{table}; drop table backup_{table}; "
                )
            };
            let all: String = saved.tables.iter().map(back).collect();
            saved.run(&format!("begin; {all} commit")).await;
        }
    }
}
