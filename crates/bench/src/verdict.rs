//! What was found, held against the goals. Nothing fails here: whether a goal is met depends on the machine, too.

use std::fmt;

use crate::{
    cell::Operation,
    identities::BearerCheck,
    report::{Figures, Row},
};

/// Goals are for this many connections.
const AT: usize = 32;
const TAIL: f64 = 3.0;
const COST_OF_A_READ: f64 = 0.12;
const BEARER_PART: f64 = 0.05;
const IDLE_MEBIBYTES: f64 = 60.0;

/// A goal, and whether it was met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    met: bool,
    text: String,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.met { "met" } else { "**not met**" };
        write!(f, "{mark}: {}", self.text)
    }
}

/// Each goal of what was measured.
pub(crate) fn verdicts(figures: &Figures) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for row in figures.rows.iter().filter(|row| row.cell.connections == AT) {
        verdicts.extend(of_row(row));
        verdicts.extend(of_bearer(row, figures.bearer));
    }
    let idle = figures.memory.idle;
    let text =
        format!("idle, the server's process has {idle:.1} MiB of memory; the goal is under {IDLE_MEBIBYTES}");
    verdicts.push(Verdict { met: idle < IDLE_MEBIBYTES, text });
    let wrong: u64 = figures.rows.iter().map(|row| row.server.wrong + row.floor.wrong).sum();
    verdicts.push(Verdict { met: wrong == 0, text: format!("{wrong} answers were wrong; the goal is none") });
    verdicts
}

/// What the check of a token adds to the processor time of the read that it is a part of.
fn of_bearer(row: &Row, bearer: BearerCheck) -> Option<Verdict> {
    let read = row.server.cost().served();
    let check = bearer.again / 1_000.0;
    if row.cell.operation != Operation::Read || read <= check {
        return None;
    }
    let part = check / (read - check);
    let text = format!(
        "a bearer token's check adds {:.1} % to a read; the goal is under {:.0} %",
        part * 100.0,
        BEARER_PART * 100.0
    );
    Some(Verdict { met: part < BEARER_PART, text })
}

/// Of the floor's rate. How fast somebody is known has no goal of its own.
const fn goal(operation: Operation) -> Option<f64> {
    match operation {
        Operation::Read => Some(0.7),
        Operation::Create => Some(0.55),
        Operation::Search => Some(0.5),
        Operation::Token | Operation::Session => None,
    }
}

fn of_row(row: &Row) -> Vec<Verdict> {
    let (operation, ratio, tail) = (row.cell.operation, row.ratio(), row.tail());
    let mut verdicts = Vec::new();
    let Some(goal) = goal(operation) else { return verdicts };
    let text = format!(
        "{operation} over {AT} connections reaches {ratio:.2} of its floor; the goal is {goal} or more"
    );
    verdicts.push(Verdict { met: ratio >= goal, text });
    let text = format!("its p99 is {tail:.1}× its floor's ({operation}); the goal is {TAIL}× or less");
    verdicts.push(Verdict { met: tail <= TAIL, text });
    if operation == Operation::Read {
        let cost = row.server.cost().served();
        let text =
            format!("a read costs {cost:.3} CPU-ms in all processes; the goal is {COST_OF_A_READ} or less");
        verdicts.push(Verdict { met: cost <= COST_OF_A_READ, text });
    }
    verdicts
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{cell::Cell, drive, processes::Spent, report::Memory, tally::Tally};

    fn tally(requests: u64, microseconds: u64, server: f64) -> Tally {
        let (mut tally, mut waits) = (Tally::new().expect("bounds"), drive::waits().expect("bounds"));
        waits.saturating_record_n(microseconds, requests);
        let spent = Spent { client: 0.0, server, postgres: 0.0 };
        let slice = drive::Slice { waits, wrong: 0, lasted: Duration::from_secs(1), spent };
        tally.add(&slice).expect("bounds");
        tally
    }

    fn figures(server: Tally, again: f64) -> Figures {
        let cell = Cell { operation: Operation::Read, connections: AT };
        let row = Row { cell, floor: tally(1_000, 100, 0.0), server };
        let memory = Memory { idle: 59.0, loaded: 80.0 };
        let bearer = BearerCheck { first: 300.0, again };
        Figures { rows: vec![row], memory, bearer, postgres: "15".to_owned(), quick: false }
    }

    #[test]
    fn just_met_and_just_missed() {
        let met =
            |server, again| verdicts(&figures(server, again)).iter().map(|one| one.met).collect::<Vec<_>>();
        assert_eq!(met(tally(700, 300, 83.0), 5.6), [true; 6]);
        assert_eq!(met(tally(699, 310, 85.0), 5.9), [false, false, false, false, true, true]);
    }
}
