//! What was found at each size, as Markdown, with the goals.

use super::{Question, Row, Step};

/// How many times the p50 at the smallest size it may be at the largest.
const GROWTH: f64 = 1.3;
/// Of the floor's rate.
const SEARCH: f64 = 0.5;
const IMPORT: f64 = 0.2;

/// Prints it.
#[expect(clippy::print_stdout, reason = "this is what the program is for")]
pub(crate) fn print(steps: &[Step], reindexed: &str) {
    for line in imports(steps).into_iter().chain(questions(steps)).chain(goals(steps)) {
        println!("{line}");
    }
    println!("\nreindexing all of it: {reindexed}");
}

fn imports(steps: &[Step]) -> Vec<String> {
    let mut lines = vec![
        "| records | imported | seconds | records/s | floor/s | ratio | MiB before | after |".to_owned(),
        "|--:|--:|--:|--:|--:|--:|--:|--:|".to_owned(),
    ];
    lines.extend(steps.iter().map(|step| {
        format!(
            "| {} | {} | {:.1} | {:.0} | {:.0} | **{:.2}** | {:.1} | {:.1} |",
            step.records,
            step.loaded.records,
            step.loaded.seconds,
            rate(step),
            step.floor,
            rate(step) / step.floor,
            step.memory.0,
            step.memory.1,
        )
    }));
    lines
}

#[expect(clippy::cast_precision_loss, reason = "a rate, shown without digits")]
fn rate(step: &Step) -> f64 {
    step.loaded.records as f64 / step.loaded.seconds
}

fn questions(steps: &[Step]) -> Vec<String> {
    let mut lines = vec![
        String::new(),
        "| question | connections | records | p50 | p99 | a second | floor/s | ratio |".to_owned(),
        "|---|--:|--:|--:|--:|--:|--:|--:|".to_owned(),
    ];
    for (place, row) in steps.first().map(|step| step.rows.iter().enumerate()).into_iter().flatten() {
        for step in steps {
            let Some(one) = step.rows.get(place) else { continue };
            let (floor, ratio) = match one.floor.as_ref().map(|floor| floor.rate()) {
                Some(floor) => (format!("{floor:.0}"), format!("**{:.2}**", one.server.rate() / floor)),
                None => Default::default(),
            };
            lines.push(format!(
                "| {} | {} | {} | {:.2} ms | {:.2} ms | {:.0} | {floor} | {ratio} |",
                row.question,
                row.connections,
                step.records,
                one.server.within(0.5),
                one.server.within(0.99),
                one.server.rate(),
            ));
        }
    }
    lines
}

fn goals(steps: &[Step]) -> Vec<String> {
    let mut lines = vec![String::new()];
    let (Some(first), Some(last)) = (steps.first(), steps.last()) else { return lines };
    let mut goal = |met: bool, text: String| {
        lines.push(format!("- {}: {text}", if met { "met" } else { "**not met**" }));
    };
    for (small, large) in first.rows.iter().zip(&last.rows) {
        let growth = large.server.within(0.5) / small.server.within(0.5).max(f64::MIN_POSITIVE);
        let (question, over) = (small.question, small.connections);
        let text = format!(
            "{question} over {over}: p50 at {} records is {growth:.2}× that at {}; the goal is {GROWTH}",
            last.records, first.records
        );
        goal(growth <= GROWTH, text);
    }
    if let Some((ratio, row)) = last.rows.iter().filter_map(ratio).next_back() {
        let text = format!(
            "{} over {}: {ratio:.2} of the floor; the goal is {SEARCH}",
            row.question, row.connections
        );
        goal(ratio >= SEARCH, text);
    }
    let ratio = rate(last) / last.floor;
    goal(ratio >= IMPORT, format!("import: {ratio:.2} of its floor; the goal is {IMPORT}"));
    let wrong: u64 = steps.iter().flat_map(|step| &step.rows).map(|row| row.server.wrong).sum();
    goal(wrong == 0, format!("{wrong} answers were wrong; the goal is none"));
    lines
}

fn ratio(row: &Row) -> Option<(f64, &Row)> {
    let floor = row.floor.as_ref().filter(|_| row.question == Question::Search)?;
    Some((row.server.rate() / floor.rate(), row))
}
