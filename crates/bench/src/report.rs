//! What was found, as Markdown.

use anyhow::Result;

use crate::{cell::Cell, identities::BearerCheck, tally::Tally, verdict::verdicts};

/// A cell with both sides.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) cell: Cell,
    pub(crate) floor: Tally,
    pub(crate) server: Tally,
}

impl Row {
    pub(crate) fn new(cell: Cell) -> Result<Self> {
        Ok(Self { cell, floor: Tally::new()?, server: Tally::new()? })
    }

    /// How much of the floor's rate the server reaches.
    pub(crate) fn ratio(&self) -> f64 {
        self.server.rate() / self.floor.rate().max(f64::MIN_POSITIVE)
    }

    /// How many times the floor's 99th percentile the server's is.
    pub(crate) fn tail(&self) -> f64 {
        self.server.within(0.99) / self.floor.within(0.99).max(f64::MIN_POSITIVE)
    }
}

/// Resident memory of the server's process in MiB.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    pub(crate) idle: f64,
    pub(crate) loaded: f64,
}

/// All that a run found.
#[derive(Clone, Debug)]
pub(crate) struct Figures {
    pub(crate) rows: Vec<Row>,
    pub(crate) memory: Memory,
    pub(crate) bearer: BearerCheck,
    pub(crate) postgres: String,
    pub(crate) quick: bool,
}

/// Prints it.
#[expect(clippy::print_stdout, reason = "this is what the program is for")]
pub(crate) fn print(figures: &Figures) {
    println!("{}", text(figures));
}

/// Says how far the run is, beside what it prints.
#[expect(clippy::print_stderr, reason = "somebody waits for minutes")]
pub(crate) fn progress(line: &str) {
    eprintln!("tacenda-bench: {line}");
}

fn text(figures: &Figures) -> String {
    let mut lines = heading(figures);
    lines.extend(rates(&figures.rows));
    lines.extend(costs(&figures.rows));
    lines.push(String::new());
    lines.push(format!(
        "Resident memory of the server's process: {:.1} MiB idle, {:.1} MiB after this load.",
        figures.memory.idle, figures.memory.loaded
    ));
    lines.push(String::new());
    lines.push(format!(
        "Who bears a token is checked in {:.1} µs the first time, and then in {:.2} µs.",
        figures.bearer.first, figures.bearer.again
    ));
    lines.push(String::new());
    lines.extend(verdicts(figures).iter().map(|verdict| format!("- {verdict}")));
    lines.join("\n")
}

fn heading(figures: &Figures) -> Vec<String> {
    let processors = std::thread::available_parallelism().map_or(0, usize::from);
    let mut lines = vec![
        "# Tacenda over HTTP, and PostgreSQL alone".to_owned(),
        String::new(),
        format!("{processors} processors shared by client, server and PostgreSQL {}.", figures.postgres),
    ];
    if cfg!(debug_assertions) {
        lines.push("**Built without optimisation: these figures say nothing.**".to_owned());
    }
    if figures.quick {
        lines.push("**A quick run: it shows that measuring works, and little else.**".to_owned());
    }
    lines
}

fn rates(rows: &[Row]) -> Vec<String> {
    let mut lines = vec![
        String::new(),
        "| operation | connections | floor/s | Tacenda/s | ratio | floor p50 | p50 | floor p99 | p99 | p99 ratio |".to_owned(),
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|".to_owned(),
    ];
    lines.extend(rows.iter().map(|row| {
        let Row { cell, floor, server } = row;
        format!(
            "| {} | {} | {:.0} | {:.0} | **{:.2}** | {:.2} ms | {:.2} ms | {:.2} ms | {:.2} ms | {:.1}× |",
            cell.operation,
            cell.connections,
            floor.rate(),
            server.rate(),
            row.ratio(),
            floor.within(0.5),
            server.within(0.5),
            floor.within(0.99),
            server.within(0.99),
            row.tail(),
        )
    }));
    lines
}

fn costs(rows: &[Row]) -> Vec<String> {
    let mut lines = vec![
        String::new(),
        "CPU-milliseconds a request:".to_owned(),
        String::new(),
        "| operation | connections | floor: PostgreSQL | (its client) | Tacenda: server | PostgreSQL | together | (its client) |".to_owned(),
        "|---|--:|--:|--:|--:|--:|--:|--:|".to_owned(),
    ];
    lines.extend(rows.iter().map(|row| {
        let (floor, server) = (row.floor.cost(), row.server.cost());
        format!(
            "| {} | {} | {:.3} | {:.3} | {:.3} | {:.3} | **{:.3}** | {:.3} |",
            row.cell.operation,
            row.cell.connections,
            floor.postgres,
            floor.client,
            server.server,
            server.postgres,
            server.served(),
            server.client,
        )
    }));
    lines
}
