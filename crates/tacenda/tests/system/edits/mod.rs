//! Every table of every database, column by column: what the databases' owner can change without a key, what that
//! changes for those who ask, and who notices.
//!
//! The ledger, the log of sagas and the vaults are here, and `golden/edits.txt` is the reviewed result, with which the long
//! run is compared; in every run nothing may be unnoticed. The tables of the
//! accounts and of the keystore are in their crates, in the same way. `UPDATE_GOLDEN=1` writes it anew.
//!
//! The six vaults are the same tables under the same code: the file has the clinical one, and of the others what differs.
//! `make edits` makes all edits, which takes minutes; a usual run makes those whose turn it is. `TACENDA_EDITS` may be the
//! beginning of the names of those that are wanted.

mod golden;
mod left;
mod left_out;
mod look;
mod scene;
mod sql;
mod table;
mod triggers;

use golden::Golden;
use scene::Scene;
use sql::Edit;
use table::Saved;

/// Of so many edits one is made in a usual run: of the ledger's, of those of the log of sagas, of the clinical vault's, and
/// of each other vault's. They are odd, since each column is altered and then set to null.
const TURNS: [usize; 4] = [5, 5, 7, 61];

/// How often what is not as it was reviewed is looked at again.
const AGAIN: usize = 2;

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
    let mut golden = Golden::new("edits.txt", "");
    for database in scene.databases() {
        let saved = Saved::of(&scene, &database).await;
        for (turn, edit) in sql::edits(&scene, &saved).await.iter().enumerate() {
            let is_made = match wanted() {
                None => turn % scene.turns(&database) == 0,
                Some(beginning) => makes_all() || edit.name.starts_with(&beginning),
            };
            if is_made {
                make_one(&mut golden, &scene, &saved, edit).await;
            }
        }
    }
    scene.holds().await;
    scene.test.stop().await;
    // Where much else runs, entries and answers come otherwise, which is no fault: a usual run compares no lines.
    if wanted().is_some() { golden.compare() } else { golden.check() }
}

/// Where much else runs, an answer can come late or not at all, which no edit did: what is not as it was reviewed is
/// looked at again. What was unnoticed once is not.
async fn make_one(golden: &mut Golden, scene: &Scene, saved: &Saved, edit: &Edit) {
    let mut made = try_one(scene, saved, edit).await;
    for _ in 0..AGAIN {
        if made.is_unnoticed || wanted().is_none() || golden.is_reviewed(&edit.name, &made.line) {
            break;
        }
        scene.bases.lock().await.remove(&edit.watched);
        made = try_one(scene, saved, edit).await;
    }
    golden.add(&edit.name, made.line, made.is_unnoticed);
}

/// What an edit changes, and who notices.
struct Outcome {
    line: String,
    is_unnoticed: bool,
}

/// Makes an edit, and puts back what was there.
async fn try_one(scene: &Scene, saved: &Saved, edit: &Edit) -> Outcome {
    let before = scene.base(edit.watched).await;
    let backup = scene.back_up(edit.watched).await;
    let made = saved.make(&edit.tables, &edit.statement).await;
    let now = scene.look(edit.watched).await;
    let found = scene.found().await;
    made.undo(backup.is_empty()).await;
    backup.put_back().await;
    let mut changed: Vec<String> = now.changes_since(&before).iter().map(ToString::to_string).collect();
    changed.dedup();
    let line = format!("changed {}; found {}", words(&changed, ", "), words(&found, "; "));
    // An answer that says that something is wrong was refused.
    let is_refused = |change: &String| change.ends_with(" 503") || change.ends_with(look::BROKEN_OFF);
    let is_unnoticed = found.is_empty() && !changed.iter().all(is_refused);
    Outcome { line, is_unnoticed }
}

fn words(words: &[String], between: &str) -> String {
    if words.is_empty() { "nothing".to_owned() } else { words.join(between) }
}
