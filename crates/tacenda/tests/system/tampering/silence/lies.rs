//! What a ledger's database does to what it is given, how that begins, and how it ends.

/// When a lie is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Noticed {
    /// Before anybody is answered.
    AtOnce,
    /// The same, of what is about patients. What is about nobody is kept, and so may be answered.
    OfPatients,
    /// Before the second one is answered: the entry of the first is there, and once more in the place of the next.
    AtTheNext,
    /// All that it answers fits: its catalogue gives it away, which is looked at once a second, and so does verifying.
    WithinASecond,
}

/// A lie: `{size}` stands for how many entries there are when it begins.
pub(super) struct Liar {
    pub(super) what: &'static str,
    pub(super) noticed: Noticed,
    pub(super) tells: String,
    /// Loses what was answered for, where the lie itself has not.
    pub(super) loses: &'static str,
    /// Ends it, and makes the table whole again.
    pub(super) ends: String,
}

const FUNCTION: &str = "create function keep() returns trigger language plpgsql security definer as $$begin ";
const ENDS: &str = "drop function keep cascade;";
/// Nobody was answered for what was stored instead. The ledger refuses to go on over it: it is taken away by hand.
const WRONG: &str = "delete from entries where position >= {size}";
const TWICE: &str =
    "delete from entries one using entries other where one.id = other.id and one.position > other.position";

/// A batch that was to fill a part of the tree left the hash of that part behind. The ledger cannot take it away,
/// and does not go on over it.
pub(super) const TILES: &str = "delete from tiles where (tile_index + 1) * 256::numeric ^ level > \
    (select coalesce(max(position) + 1, 0) from entries)";

/// To the service the view is the table.
const VIEW: &str = "alter table entries rename to hidden; create view entries as select * from hidden; \
    do $$ declare one record; begin for one in select grantee from information_schema.role_table_grants \
      where table_name = 'hidden' and privilege_type = 'INSERT' \
      loop execute format('grant select, insert on entries to %I', one.grantee); end loop; end $$;";
const END_OF_VIEW: &str =
    "drop view entries cascade; drop function keep cascade; alter table hidden rename to entries;";
const INSTEAD: &str = "create trigger keep instead of insert on entries for each row execute function keep()";
const PUTS_BACK: &str = "insert into entries table elsewhere; drop table elsewhere";

/// What a trigger does, and what is left to be mended once it is gone.
fn triggered(what: &'static str, kind: &str, body: &str, mends: &str) -> Liar {
    Liar {
        what,
        noticed: Noticed::AtOnce,
        tells: format!("{FUNCTION} {body} end$$; create {kind} execute function keep()"),
        loses: "",
        ends: format!("{ENDS} {mends}"),
    }
}

/// What is done to each row before it is inserted.
fn before(what: &'static str, body: &str, mends: &str) -> Liar {
    triggered(what, "trigger keep before insert on entries for each row", body, mends)
}

pub(super) fn liars() -> Vec<Liar> {
    leaving_out().into_iter().chain(changing()).chain(storing_elsewhere()).collect()
}

fn leaving_out() -> [Liar; 4] {
    let of_patients = "if new.subject is null then return new; end if; return null;";
    [
        before("drops all", "return null;", ""),
        Liar { noticed: Noticed::OfPatients, ..before("drops those of patients", of_patients, "") },
        triggered(
            "takes away at commit",
            "constraint trigger keep after insert on entries deferrable initially deferred for each row",
            "delete from entries where position = new.position; return null;",
            "",
        ),
        // All of it is right, and late.
        triggered(
            "delays",
            "trigger keep before insert on entries for each statement",
            "perform pg_sleep(2); return null;",
            "",
        ),
    ]
}

fn changing() -> [Liar; 5] {
    [
        before(
            "rewrites",
            "new.sealed := set_byte(new.sealed, 20, 0); new.leaf := sha256(new.sealed); return new;",
            WRONG,
        ),
        before(
            "rewrites under the right leaf hash",
            "new.sealed := set_byte(new.sealed, 20, get_byte(new.sealed, 20) # 1); return new;",
            WRONG,
        ),
        before("moves", "new.position := new.position + 1; return new;", WRONG),
        before("reorders", "new.position := new.position # 1; return new;", WRONG),
        Liar {
            noticed: Noticed::AtTheNext,
            ..triggered(
                "doubles",
                "trigger keep after insert on entries for each row",
                "if pg_trigger_depth() = 1 then \
                   new.position := new.position + 1; insert into entries select new.*; end if; return null;",
                TWICE,
            )
        },
    ]
}

fn storing_elsewhere() -> [Liar; 4] {
    let shown = format!(
        "{VIEW} create table elsewhere (like hidden); \
         create or replace view entries as select * from (table hidden union all table elsewhere) as kept; \
         {FUNCTION} insert into elsewhere select new.*; return new; end$$; {INSTEAD}"
    );
    let later = format!(
        "create table elsewhere (like entries); \
         {FUNCTION} with gone as (delete from entries where position >= {{size}} returning *) \
           insert into elsewhere table gone; return null; end$$; \
         create trigger keep before insert on entries for each statement execute function keep()"
    );
    [
        Liar {
            what: "counts and stores elsewhere",
            noticed: Noticed::AtOnce,
            tells:
                "create table elsewhere (like entries); create rule keep as on insert to entries do instead \
                    insert into elsewhere select new.* returning elsewhere.*"
                    .to_owned(),
            loses: "",
            ends: "drop rule keep on entries; drop table elsewhere".to_owned(),
        },
        Liar {
            what: "counts and stores nothing",
            noticed: Noticed::AtOnce,
            tells: format!("{VIEW} {FUNCTION} return new; end$$; {INSTEAD}"),
            loses: "",
            ends: END_OF_VIEW.to_owned(),
        },
        Liar {
            what: "stores elsewhere and shows it",
            noticed: Noticed::WithinASecond,
            tells: shown,
            loses: "create or replace view entries as select * from hidden",
            ends: format!("{END_OF_VIEW} {PUTS_BACK}"),
        },
        Liar {
            what: "takes away what was stored before",
            noticed: Noticed::WithinASecond,
            tells: later,
            loses: "",
            ends: format!("{ENDS} {PUTS_BACK}"),
        },
    ]
}
