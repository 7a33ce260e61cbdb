//! Role × action × compartment, held against the tables that a reviewer reads.

use std::fmt::Write as _;

use tacenda_kernel::{Action, Compartment, Role};
use tacenda_policy::Elements;

use crate::support::{Cell, VIEWS, golden, loaded, place_name, places};

#[test]
fn what_each_role_may_do_where() {
    let mut matrix = String::new();
    let mut conditions = conditions_row("role", "action", "where", "purposes", "strengths");
    for role in Role::ALL {
        let heading: String = places().map(|place| format!("{:<11}", place_name(place))).collect();
        writeln!(matrix, "{:<29}{}", "", heading.trim_end()).unwrap();
        for action in Action::ALL {
            let mut row = format!("{:<17}{:<12}", role.as_str(), action.as_str());
            for place in places() {
                let cell = Cell::of(role, action, place);
                let text = cell.as_ref().map_or_else(|| "✘".to_owned(), Cell::needs_text);
                write!(row, "{text:<11}").unwrap();
                if let Some(Cell { purposes, strengths, .. }) = cell {
                    conditions += &conditions_row(
                        role.as_str(),
                        action.as_str(),
                        place_name(place),
                        &purposes.iter().map(|purpose| purpose.code()).collect::<Vec<_>>().join(" "),
                        &strengths.iter().map(|(_, name)| *name).collect::<Vec<_>>().join(" "),
                    );
                }
            }
            writeln!(matrix, "{}", row.trim_end()).unwrap();
        }
        matrix.push('\n');
    }
    golden("matrix.txt", &matrix);
    golden("conditions.txt", &conditions);
}

fn conditions_row(role: &str, action: &str, place: &str, purposes: &str, strengths: &str) -> String {
    format!("{role:<17}{action:<12}{place:<11}{purposes:<15}{strengths}\n")
}

#[test]
fn every_role_and_action_has_its_row() {
    let matrix = include_str!("../../golden/matrix.txt");
    for role in Role::ALL {
        for action in Action::ALL {
            let rows = matrix.lines().filter(|line| {
                let mut words = line.split_whitespace();
                words.next() == Some(role.as_str()) && words.next() == Some(action.as_str())
            });
            let cells: Vec<_> = rows.map(|row| row.split_whitespace().skip(2).count()).collect();
            assert_eq!(cells, [places().count()], "the row of {role} {action}");
        }
    }
}

#[test]
fn which_elements_each_role_sees() {
    let mut table = String::new();
    for role in Role::ALL {
        for compartment in Compartment::ALL {
            let elements = match loaded().elements(role, compartment) {
                Elements::All => "all".to_owned(),
                Elements::Only([]) => "none".to_owned(),
                Elements::Only(names) => format!("only {}", names.join(" ")),
                Elements::Except(names) => format!("all except {}", names.join(" ")),
            };
            writeln!(table, "{:<17}{:<11}{elements}", role.as_str(), compartment.as_str()).unwrap();
        }
    }
    golden("elements.txt", &table);
}

#[test]
fn elements_are_seen_exactly_where_records_may_be_viewed() {
    for role in Role::ALL {
        for compartment in Compartment::ALL {
            let cell = |action: &Action| Cell::of(role, *action, Some(compartment));
            let may = VIEWS.iter().any(|view| cell(view).is_some());
            let sees = loaded().elements(role, compartment) != Elements::NONE;
            assert_eq!(may, sees, "{role} {compartment}");
        }
    }
}
