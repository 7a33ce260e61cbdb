//! Whoever owns the database edits rows and inserts some, and gains nothing by it.

mod applications;
mod authorisations;
mod people;
mod put_back;
mod sessions;
mod table;
mod tokens;
mod under_way;

use super::world::World;

/// A row of which something was changed, and how it was.
struct Edit<'w> {
    world: &'w World,
    table: &'static str,
    key: &'static str,
}

/// The key of a table that nothing refers to: its rows can be replaced.
const WHOLE: &str = "";

/// Changes rows of a table that has this key. What the service keeps in memory is over by then.
async fn edit<'w>(world: &'w World, table: &'static str, key: &'static str, change: &str) -> Edit<'w> {
    world.as_owner(&format!("create table kept as table {table}")).await;
    world.as_owner(&format!("update {table} t set {change}")).await;
    world.wait(5);
    let changed = world.rows(&format!("select 1 from (table {table} except table kept) changed")).await;
    assert!(!changed.is_empty(), "{table}: {change} changes nothing");
    Edit { world, table, key }
}

impl Edit<'_> {
    /// Puts back what was there.
    async fn undo(self) {
        let Self { world, table, key } = self;
        if key == WHOLE {
            let replace = format!("delete from {table}; insert into {table} table kept; drop table kept");
            world.as_owner(&replace).await;
            return world.wait(5);
        }
        let columns = "select string_agg(format('%I = k.%I', column_name, column_name), ', ') \
             from information_schema.columns where table_schema = 'public' and table_name";
        let columns = world.rows(&format!("{columns} = '{table}'")).await.remove(0);
        world.as_owner(&format!("update {table} t set {columns} from kept k where t.{key} = k.{key}")).await;
        world.as_owner("drop table kept").await;
        world.wait(5);
    }
}
