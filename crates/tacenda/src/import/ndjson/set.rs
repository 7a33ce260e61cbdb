//! All NDJSON files given together, and the transactions they make.

use std::{
    collections::{BTreeMap, HashMap},
    fs::{self, File},
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result, bail};

use super::{
    group::{self, Group},
    ids_file::DirectoryIds,
    line::{About, Line},
};
use crate::import::{
    failure::{Failure, Problem},
    run::Job,
    submission::Submission,
};

/// The most a set may be: it is kept in memory, because a patient's resources are in many files.
const LARGEST: u64 = 1 << 30;

/// A set of resources that may refer to each other.
pub(in crate::import) struct Set {
    folder: PathBuf,
    pub(super) lines: Vec<Line>,
    directory: Group,
    patients: Vec<Group>,
}

impl Set {
    /// Reads the files; with them, the lines that no transaction can have.
    pub(in crate::import) fn read(files: Vec<PathBuf>) -> Result<(Self, Vec<Failure>)> {
        refuse_large(&files)?;
        let folder = files.first().and_then(|file| file.parent()).unwrap_or(Path::new("")).to_owned();
        let (mut lines, mut failures) = (Vec::new(), Vec::new());
        for file in &files {
            read_file(file, &mut lines, &mut failures)
                .with_context(|| format!("cannot read {}", file.display()))?;
        }
        Ok((Self::of(folder, lines, &mut failures), failures))
    }

    fn of(folder: PathBuf, lines: Vec<Line>, failures: &mut Vec<Failure>) -> Self {
        let mut by_name: HashMap<&str, usize> = HashMap::new();
        let mut directory = Group::default();
        let mut patients: BTreeMap<String, Group> = BTreeMap::new();
        for (index, line) in lines.iter().enumerate() {
            if let Some(name) = &line.name {
                by_name.entry(name).or_insert(index);
            }
        }
        for (index, line) in lines.iter().enumerate() {
            let first = line.name.as_deref().and_then(|name| by_name.get(name));
            match first.map(|first| &lines[*first]).filter(|first| first.origin != line.origin) {
                // An export may say the same twice; that is no contradiction.
                Some(first) if first.text == line.text => {}
                Some(first) => {
                    let reason = format!("a resource of the same type and id is at {}", first.origin);
                    failures.push(Failure::new(&*line.origin, Problem::new(reason)));
                }
                None => match whose(&lines, &by_name, index) {
                    None => directory.push(index),
                    Some(whose) => patients.entry(whose).or_default().push(index),
                },
            }
        }
        let patients = patients.into_values().map(|group| group.in_order(&lines)).collect();
        let directory = directory.in_order(&lines);
        Self { folder, lines, directory, patients }
    }

    /// The folder of the first file.
    pub(in crate::import) fn folder(&self) -> &Path {
        &self.folder
    }

    /// How many transactions its patients make.
    pub(in crate::import) const fn groups(&self) -> usize {
        self.patients.len()
    }

    /// The transaction of its directory, where it has one.
    pub(in crate::import) fn directory(&self) -> Option<Submission> {
        let name = format!("the directory resources in {}", self.folder.join("*.ndjson").display());
        (!self.directory.is_empty())
            .then(|| group::submission(self, &self.directory, &DirectoryIds::default(), name))
    }

    /// The ids its directory was given, by the names it has in the set.
    pub(in crate::import) fn directory_ids(&self, given: &[Option<String>]) -> DirectoryIds {
        let named = self
            .directory
            .lines()
            .zip(given)
            .filter_map(|(index, id)| Some((self.lines[index].name.clone()?, id.clone()?)));
        DirectoryIds::from_iter(named)
    }

    fn patient(&self, place: usize, directory: &DirectoryIds) -> Option<Submission> {
        let group = self.patients.get(place)?;
        let origin = group.lines().next().map(|first| self.lines[first].origin.clone()).unwrap_or_default();
        Some(group::submission(self, group, directory, format!("{origin} and what belongs to it")))
    }
}

/// The transactions of its patients, each to be made when its turn comes.
pub(in crate::import) fn jobs(set: &Arc<Set>, directory: Arc<DirectoryIds>) -> Vec<Job> {
    let job = |place| {
        let (set, directory) = (Arc::clone(set), Arc::clone(&directory));
        let gone = || Failure::new("NDJSON", Problem::new("there is no such patient"));
        Box::new(move || set.patient(place, &directory).ok_or_else(gone)) as Job
    };
    (0..set.groups()).map(job).collect()
}

/// Whom the resource is about: the patient, or a record this set knows nothing more of. None for the directory.
fn whose(lines: &[Line], by_name: &HashMap<&str, usize>, index: usize) -> Option<String> {
    let mut line = &lines[index];
    // A record about a record about a patient; longer chains, and circles, are left for the server to refuse.
    for _ in 0..8 {
        match &line.about {
            About::Nobody => return None,
            About::Itself => return Some(line.name.clone().unwrap_or_else(|| line.origin.clone())),
            About::Other(name) => match by_name.get(name.as_str()) {
                Some(next) if lines[*next].about != About::Nobody => line = &lines[*next],
                _ => return Some(name.clone()),
            },
        }
    }
    Some(line.origin.clone())
}

fn refuse_large(files: &[PathBuf]) -> Result<()> {
    let mut size = 0;
    for file in files {
        size += fs::metadata(file).with_context(|| format!("cannot read {}", file.display()))?.len();
    }
    if size > LARGEST {
        bail!(
            "the NDJSON files are larger than 1 GB together: give them in parts, each with all that belongs to its patients"
        );
    }
    Ok(())
}

fn read_file(file: &Path, lines: &mut Vec<Line>, failures: &mut Vec<Failure>) -> std::io::Result<()> {
    for (index, text) in BufReader::new(File::open(file)?).lines().enumerate() {
        let (text, origin) = (text?, format!("{}:{}", file.display(), index + 1));
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            continue;
        }
        match Line::read(origin.clone(), text) {
            Ok(line) => lines.push(line),
            Err(problem) => failures.push(Failure::new(origin, problem)),
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "set_tests.rs"]
mod tests;
