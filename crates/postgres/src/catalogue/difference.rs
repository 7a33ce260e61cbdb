//! What stands in one catalogue and not in another, by name.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// How many are named in one text.
const MOST_NAMED: usize = 8;
/// Names come from whoever altered the database.
const LONGEST_NAME: usize = 160;

/// One thing that is not as the migrations make it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// No migration makes it.
    Unknown(String),
    /// A migration makes it, in another way.
    Changed(String),
    /// A migration makes it, and it is gone.
    Missing(String),
    /// The database refuses to say what it holds.
    Untold(String),
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) => write!(f, "{name} is of no migration"),
            Self::Changed(name) => write!(f, "{name} is not as its migration made it"),
            Self::Missing(name) => write!(f, "{name} is missing"),
            Self::Untold(why) => write!(f, "it does not say what it holds ({why})"),
        }
    }
}

/// All of them, strangers first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differences(Vec<Difference>);

impl Differences {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Of a database that was asked and refuses.
    pub(super) fn untold(why: &impl fmt::Display) -> Self {
        Self(vec![Difference::Untold(why.to_string())])
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Difference> {
        self.0.iter()
    }
}

impl fmt::Display for Differences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named: Vec<String> = self.0.iter().take(MOST_NAMED).map(ToString::to_string).collect();
        f.write_str(&named.join("; "))?;
        match self.0.len().saturating_sub(MOST_NAMED) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

/// What differs between the reviewed text and that of a database.
pub(super) fn between(reviewed: &str, found: &str) -> Differences {
    let (reviewed, found) = (by_name(reviewed), by_name(found));
    let names: BTreeSet<&str> = reviewed.keys().chain(found.keys()).copied().collect();
    let mut differences: Vec<Difference> = names
        .into_iter()
        .filter_map(|name| match (reviewed.get(name), found.get(name)) {
            (Some(reviewed), Some(found)) if reviewed == found => None,
            (Some(_), Some(_)) => Some(Difference::Changed(printable(name))),
            (None, _) => Some(Difference::Unknown(printable(name))),
            (Some(_), None) => Some(Difference::Missing(printable(name))),
        })
        .collect();
    differences.sort();
    Differences(differences)
}

/// Lines under the name that they begin with; two of one name are both kept.
fn by_name(text: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut lines: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let (name, how) = line.split_once(": ").unwrap_or((line, ""));
        lines.entry(name).or_default().insert(how);
    }
    lines
}

fn printable(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_difference_has_its_name() {
        let reviewed = "column a.b: integer\ncolumn a.c: integer\ntable a\n";
        let found = "column a.b: bigint\ntable a\ntrigger keep on table a: CREATE TRIGGER keep\n";
        let found = between(reviewed, found).to_string();
        assert_eq!(
            found,
            "trigger keep on table a is of no migration; column a.b is not as its migration made it; \
             column a.c is missing"
        );
        assert!(between(reviewed, reviewed).is_empty());
    }

    #[test]
    fn many_are_counted_and_no_name_steers_a_terminal() {
        let found: String = (0..20).map(|n| format!("view v{n:02}\u{1b}[2J\n")).collect();
        let text = between("", &found).to_string();
        assert!(text.contains("view v00[2J is of no migration") && text.ends_with("; and 12 more"), "{text}");
        assert!(!text.contains('\u{1b}'));
    }
}
