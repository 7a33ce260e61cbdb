//! Every table of every database, column by column: what the databases' owner can change without a key, what that
//! changes for those who ask, and who notices.
//!
//! The ledger, the log of sagas and the vaults are here, and `golden/edits.txt` is the reviewed result. The tables of the
//! accounts and of the keystore are in their crates, in the same way. `UPDATE_GOLDEN=1` writes it anew.
//!
//! The six vaults are the same tables under the same code: the file has the clinical one, and the others must change nothing
//! unnoticed either. `make edits` makes all edits, which takes minutes; a usual run makes those whose turn it is. `TACENDA_EDITS` may be
//! the beginning of the names of those that are wanted.

mod left;
mod left_out;
mod look;
mod scene;
mod sql;
mod table;

use std::collections::BTreeMap;

use scene::Scene;
use sql::Edit;
use table::Saved;

/// What is neither done nor found: it keeps something from being done. Each stands in SECURITY.md.
const REFUSED: &[&str] = &[];

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/system/edits/golden/edits.txt");

/// Of so many edits one is made in a usual run: of the ledger's, of those of the log of sagas, of the clinical vault's, and
/// of each other vault's. They are odd, since each column is altered and then set to null.
const TURNS: [usize; 4] = [5, 5, 7, 61];

/// The edits that are wanted: those of a beginning, or all.
fn wanted() -> Option<String> {
    let updates = std::env::var_os("UPDATE_GOLDEN").map(|_| "all".to_owned());
    std::env::var("TACENDA_EDITS").ok().or(updates)
}

fn makes_all() -> bool {
    wanted().as_deref() == Some("all")
}

#[tokio::test(flavor = "multi_thread")]
async fn no_edit_changes_what_somebody_sees_without_being_refused_or_found() {
    let scene = Scene::make().await;
    left_out::check(&scene).await;
    let mut golden = Golden::default();
    for database in scene.databases() {
        let saved = Saved::of(&scene, &database).await;
        for (turn, edit) in sql::edits(&scene, &saved).await.iter().enumerate() {
            let is_made = match wanted() {
                None => turn % scene.turns(&database) == 0,
                Some(beginning) => makes_all() || edit.name.starts_with(&beginning),
            };
            if is_made {
                golden.add(&scene, &saved, edit).await;
            }
        }
    }
    scene.holds().await;
    scene.test.stop().await;
    golden.compare();
}

/// The lines, in their order, and what should not be among them.
#[derive(Default)]
struct Golden {
    lines: Vec<(String, String)>,
    unnoticed: Vec<String>,
}

impl Golden {
    async fn add(&mut self, scene: &Scene, saved: &Saved, edit: &Edit) {
        let before = scene.base(edit.watched).await;
        let backup = scene.back_up(edit.watched).await;
        let made = saved.make(&edit.tables, &edit.statement).await;
        let now = scene.look(edit.watched).await;
        let found = scene.found().await;
        made.undo(backup.is_empty()).await;
        backup.put_back().await;
        let changes = now.changes_since(&before);
        let is_refused = changes.iter().all(|change| change.is_refused);
        let mut changed: Vec<String> = changes.iter().map(ToString::to_string).collect();
        changed.dedup();
        let line = format!("changed {}; found {}", words(&changed, ", "), words(&found, "; "));
        if !changes.is_empty() && found.is_empty() {
            let is_said = is_refused && REFUSED.iter().any(|said| edit.name.starts_with(said));
            if !is_said {
                self.unnoticed.push(format!("{}: {line}", edit.name));
            }
        }
        self.lines.push((edit.name.clone(), line));
    }

    fn compare(self) {
        assert!(self.unnoticed.is_empty(), "{:#?}", self.unnoticed);
        let text = std::fs::read_to_string(GOLDEN).unwrap_or_default();
        let mut kept: BTreeMap<&str, &str> = text.lines().filter_map(|line| line.split_once(": ")).collect();
        let made: BTreeMap<&str, &str> = self
            .lines
            .iter()
            .filter(|(name, _)| !name.starts_with("vault_") || name.starts_with("vault_clinical."))
            .map(|(name, line)| (name.as_str(), line.as_str()))
            .collect();
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            kept.retain(|_, _| !makes_all());
            kept.extend(&made);
            let lines: String = kept.iter().map(|(name, line)| format!("{name}: {line}\n")).collect();
            std::fs::write(GOLDEN, lines).unwrap();
        }
        for (name, line) in &made {
            let was = kept.get(name).copied().unwrap_or_default();
            assert_eq!(*line, was, "{name}: see CONTRIBUTING.md on golden files");
        }
        let all = !makes_all() || kept.len() == made.len();
        assert!(all, "the golden file has edits that nobody makes");
    }
}

fn words(words: &[String], between: &str) -> String {
    if words.is_empty() { "nothing".to_owned() } else { words.join(between) }
}
