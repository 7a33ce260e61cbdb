//! Every table, column by column: what whoever owns the database and has no key can change, who notices, and what it
//! changes for those who ask.
//!
//! The reviewed result is `golden/edits.txt`. `UPDATE_GOLDEN=1` writes it anew.

mod scene;
mod sql;

use scene::Scene;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/keystore/golden/edits.txt");

#[tokio::test]
async fn no_edit_changes_what_somebody_is_answered_without_being_refused_or_found() {
    let scene = Scene::new().await;
    let before = scene.seen().await;
    assert_eq!(before.found, Vec::<String>::new(), "the scene holds");
    let mut lines = vec![format!("{:<66} {}", "(nothing)", before.answers)];
    let mut unnoticed = Vec::new();
    for edit in sql::edits(&scene).await {
        scene.do_as_superuser(&edit.statement).await;
        let seen = scene.seen().await;
        scene.undo().await;
        let changed =
            if seen.answers == before.answers { "no change".to_owned() } else { seen.answers.clone() };
        let found = if seen.found.is_empty() { "nothing".to_owned() } else { seen.found.join("; ") };
        if changed != "no change" && seen.found.is_empty() {
            unnoticed.push(edit.name.clone());
        }
        lines.push(format!("{:<66} {changed:<60} found: {found}", edit.name));
    }
    assert_eq!(unnoticed, Vec::<String>::new());
    assert_eq!(scene.seen().await.answers, before.answers, "all was undone");
    let result = lines.join("\n") + "\n";
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(GOLDEN, &result).unwrap();
    }
    assert_eq!(result, std::fs::read_to_string(GOLDEN).unwrap_or_default());
}
