//! What each role can link: starting from nothing, with every action it is allowed and every number it gets to see.
//!
//! ```text
//!   start ──lookup──▶ a compartment's records ──they name the patient──▶ the patient's number in a realm
//!   start ──a relation names the patient───────────────────────────────▶ the patient's number in a realm
//!   the patient's number in a realm ──read, history, search──▶ another compartment's records
//! ```
//!
//! Only disclosures count: what a caller wrote, they knew before.

use std::{collections::BTreeSet, fmt::Write as _};

use tacenda_kernel::{Action, ApiRealm, Compartment, Role};
use tacenda_policy::{Question, Relations};

use crate::support::{VIEWS, golden, loaded, suited};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    Start,
    Number(ApiRealm),
    Records(Compartment),
}

type Edges = BTreeSet<(Node, Node)>;

/// The ways of one role, as regards a patient it has these relations to.
fn edges(role: Role, relations: Relations) -> Edges {
    let (purpose, strength) = suited(role);
    let number = Node::Number(role.realm());
    let mut edges = Edges::new();
    if relations != Relations::NONE {
        edges.insert((Node::Start, number));
    }
    for compartment in Compartment::OF_A_PATIENT {
        let records = Node::Records(compartment);
        edges.insert((records, number));
        for action in VIEWS {
            let from = if action == Action::Lookup { Node::Start } else { number };
            let compartment = Some(compartment);
            if loaded()
                .decide(&Question { role, strength, recent: true, action, compartment, purpose, relations })
                .is_allowed()
            {
                edges.insert((from, records));
            }
        }
    }
    edges
}

/// The compartments reached from nothing: their records are linked with one another, being of one known patient.
fn linked(edges: &Edges) -> Vec<Compartment> {
    let mut reached = BTreeSet::from([Node::Start]);
    loop {
        let next: Vec<_> =
            edges.iter().filter(|(from, _)| reached.contains(from)).map(|(_, to)| *to).collect();
        let before = reached.len();
        reached.extend(next);
        if reached.len() == before {
            break;
        }
    }
    Compartment::ALL.into_iter().filter(|found| reached.contains(&Node::Records(*found))).collect()
}

fn text(compartments: &[Compartment]) -> String {
    let names: Vec<_> = compartments.iter().map(|compartment| compartment.as_str()).collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join(" ") }
}

#[test]
fn each_roles_closure() {
    let mut table =
        format!("{:<17}{:<7}{:<28}{}\n", "role", "realm", "of any patient", "with every relation");
    for role in Role::ALL {
        let of = |relations| text(&linked(&edges(role, relations)));
        let (any, every) = (of(Relations::NONE), of(Relations::EVERY));
        writeln!(table, "{:<17}{:<7}{any:<28}{every}", role.as_str(), role.realm().as_str()).unwrap();
    }
    table.push_str("\ntwo roles that compare notes about a patient with every relation\n");
    for (place, first) in Role::ALL.into_iter().enumerate() {
        for second in &Role::ALL[place + 1..] {
            if let Some(pooled) = pooled(first, *second) {
                writeln!(table, "{:<17}{:<17}{}", first.as_str(), second.as_str(), text(&pooled)).unwrap();
            }
        }
    }
    golden("closures.txt", &table);
}

/// What two roles link together; none where that is no more than one of them links alone, as it always is where their
/// realms differ: then neither understands the other's numbers.
fn pooled(first: Role, second: Role) -> Option<Vec<Compartment>> {
    let of = |role| edges(role, Relations::EVERY);
    if first.realm() != second.realm() {
        return None;
    }
    let pooled = linked(&of(first).union(&of(second)).copied().collect());
    (pooled != linked(&of(first)) && pooled != linked(&of(second))).then_some(pooled)
}

fn never(role: Role, forbidden: &[Compartment]) {
    let linked = linked(&edges(role, Relations::EVERY));
    assert!(!linked.is_empty(), "{role} would be of no use");
    for compartment in forbidden {
        assert!(!linked.contains(compartment), "{role} reaches {compartment}");
    }
}

#[test]
fn a_technician_never_reaches_identity_clinical_or_stream() {
    never(Role::Technician, &[Compartment::Identity, Compartment::Clinical, Compartment::Stream]);
}

#[test]
fn a_monitor_never_reaches_contact_identity_or_clinical() {
    never(Role::Monitor, &[Compartment::Contact, Compartment::Identity, Compartment::Clinical]);
}

#[test]
fn a_researcher_never_reaches_contact_identity_or_field() {
    never(Role::Researcher, &[Compartment::Contact, Compartment::Identity, Compartment::Field]);
}

#[test]
fn those_who_run_the_system_reach_nothing() {
    for role in [Role::SecurityOfficer, Role::Administrator, Role::Device] {
        assert_eq!(linked(&edges(role, Relations::EVERY)), [], "{role}");
    }
}

#[test]
fn the_closure_follows_every_way() {
    use Compartment::{Clinical, Contact, Stream};
    let care = Node::Number(ApiRealm::Care);
    let mut edges = Edges::from([(Node::Records(Contact), care), (care, Node::Records(Clinical))]);
    assert_eq!(linked(&edges), []);
    edges.insert((Node::Start, Node::Records(Contact)));
    assert_eq!(linked(&edges), [Contact, Clinical]);
    edges.insert((Node::Number(ApiRealm::House), Node::Records(Stream)));
    assert_eq!(linked(&edges), [Contact, Clinical]);
}
