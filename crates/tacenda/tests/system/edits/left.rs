//! Transactions whose process went away: one before it was committed, one after.

use reqwest::{Method, StatusCode};
use serde_json::json;
use tacenda_kernel::{Compartment, Role};

use super::{
    scene::{RECORDS, Scene, vault},
    table::Saved,
};
use crate::tampering::admin;

/// What the log said before something changed it.
const WAS: &str = "if tg_op = 'UPDATE' then insert into was values (old.*); end if; return new";
const FAIL: &str = "raise exception 'gone'";
const FAIL_TO_COMMIT: &str = "if tg_op = 'UPDATE' then raise exception 'gone'; end if; return new";

impl Scene {
    /// Leaves both behind, each over all vaults; the records that they change, first those of the open one.
    pub(super) async fn left_behind(&self) -> Vec<String> {
        let mut left = Vec::new();
        for _ in 0..2 {
            for compartment in Compartment::ALL {
                left.push(self.create_other(compartment).await);
            }
        }
        let (open, committed) = left.split_at(Compartment::ALL.len());
        let fails = Lose::new(RECORDS, "sagas", FAIL_TO_COMMIT);
        let status = fails.around(self, self.change_all(open)).await;
        assert!(status.is_server_error(), "{status}");
        let records = Saved::of(self, RECORDS).await;
        records.run("create table was (like sagas); grant insert on was to public").await;
        let fails = Compartment::ALL.map(|compartment| Lose::new(&vault(compartment), "records", FAIL));
        for lose in &fails {
            lose.begin(self).await;
        }
        let status = Lose::new(RECORDS, "sagas", WAS).around(self, self.change_all(committed)).await;
        assert!(status.is_server_error(), "{status}");
        for lose in &fails {
            lose.end(self).await;
        }
        let keep = "drop table older_sagas; create temporary table older_sagas as table was; drop table was";
        records.run(keep).await;
        let states = records.rows("select state from sagas order by state").await;
        assert_eq!(states, ["committed", "open"]);
        assert_eq!(records.rows("select state from older_sagas").await, ["open"]);
        left
    }

    async fn change_all(&self, paths: &[String]) -> StatusCode {
        let mut entries = Vec::new();
        for path in paths {
            let (_, mut resource) = self.test.get(Role::Application, path).await;
            resource["language"] = json!("de");
            let url = path.strip_prefix("/fhir/").unwrap();
            entries.push(json!({"request": {"method": "PUT", "url": url}, "resource": resource}));
        }
        let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": entries});
        self.test.send(Role::Application, Method::POST, "/fhir", &bundle).await.0
    }
}

/// A trigger before every change of a table, while something is done.
pub(super) struct Lose {
    database: String,
    table: &'static str,
    body: &'static str,
}

impl Lose {
    pub(super) fn new(database: &str, table: &'static str, body: &'static str) -> Self {
        Self { database: database.to_owned(), table, body }
    }

    pub(super) async fn around<T>(&self, scene: &Scene, done: impl Future<Output = T>) -> T {
        self.begin(scene).await;
        let done = done.await;
        self.end(scene).await;
        done
    }

    pub(super) async fn begin(&self, scene: &Scene) {
        let Self { database, table, body } = self;
        let make = format!(
            "create function lose() returns trigger language plpgsql as $$begin {body}; end$$; \
             create trigger lose before insert or update on {table} for each row execute function lose()"
        );
        admin(&scene.test, database).await.batch_execute(&make).await.unwrap();
    }

    pub(super) async fn end(&self, scene: &Scene) {
        admin(&scene.test, &self.database).await.batch_execute("drop function lose cascade").await.unwrap();
    }
}
