//! What the documents name exists: files, `make` targets, commands of the binary with their options, tests.

#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const KINDS: [&str; 10] = ["rs", "md", "toml", "txt", "cedar", "cedarschema", "json", "sql", "lock", "sh"];
/// Files that an operator makes.
const NOT_OURS: [&str; 1] = ["tacenda.toml"];

struct Document {
    path: PathBuf,
    text: String,
}

impl Document {
    fn name(&self) -> String {
        self.path.strip_prefix(root()).unwrap().display().to_string()
    }

    /// What stands between single backticks, outside of fenced blocks.
    fn spans(&self) -> Vec<String> {
        let mut prose = String::new();
        let mut fenced = false;
        for line in self.text.lines() {
            if line.trim_start().starts_with("```") {
                fenced = !fenced;
            } else if !fenced {
                prose.push_str(line);
                prose.push('\n');
            }
        }
        prose.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    /// Every command line: spans, and the lines of blocks that are for a shell.
    fn command_lines(&self) -> Vec<String> {
        let mut lines = self.spans();
        let mut language = None;
        for line in self.text.lines() {
            match (line.trim_start().strip_prefix("```"), &language) {
                (Some(_), Some(_)) => language = None,
                (Some(word), None) => language = Some(word.to_owned()),
                (None, Some(language)) => match (language.as_str(), line.strip_prefix("$ ")) {
                    ("console", Some(command)) => lines.push(command.to_owned()),
                    ("sh", _) => lines.push(line.to_owned()),
                    _ => {}
                },
                (None, None) => {}
            }
        }
        lines.iter().map(|line| line.split(" # ").next().unwrap_or_default().trim().to_owned()).collect()
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let found = fs::read_dir(folder).map(|found| found.map(|entry| entry.unwrap().path()).collect());
    found.unwrap_or_default()
}

fn documents() -> Vec<Document> {
    let mut paths = entries(&root());
    paths.extend(entries(&root().join("docs")));
    paths.extend(entries(&root().join("crates")).iter().map(|folder| folder.join("README.md")));
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "md") && path.exists());
    let read = |path: PathBuf| Document { text: fs::read_to_string(&path).unwrap(), path };
    let documents: Vec<Document> = paths.into_iter().map(read).collect();
    assert!(documents.len() > 15, "the documents were not found");
    documents
}

/// Whether a span names a file or folder of the repository: it looks like a path, and is none of a running system.
fn is_path(span: &str) -> bool {
    let plain = span.chars().all(|c| c.is_ascii_alphanumeric() || "._-/*".contains(c));
    let ours = !span.starts_with('/') && !span.starts_with(".tacenda") && !span.starts_with("target/");
    let known_start = ["crates/", "docs/", "scripts/", ".ci/"].iter().any(|start| span.starts_with(start));
    let kind = span.rsplit_once('.').is_some_and(|(name, kind)| !name.is_empty() && KINDS.contains(&kind));
    plain
        && ours
        && (known_start || kind || (span.ends_with('/') && span.len() > 1))
        && !NOT_OURS.contains(&span)
}

fn exists(base: &Path, span: &str) -> bool {
    let Some((before, after)) = span.split_once('*') else { return base.join(span).exists() };
    let (folder, start) = before.rsplit_once('/').unwrap_or(("", before));
    entries(&base.join(folder)).iter().any(|path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with(start) && name.ends_with(after)
    })
}

/// The names of all files of a crate: its own document may leave out in which folder they are.
fn names_below(folder: &Path) -> Vec<String> {
    let (folders, files): (Vec<_>, Vec<_>) = entries(folder).into_iter().partition(|path| path.is_dir());
    let names =
        files.iter().filter_map(|path| path.file_name()).map(|name| name.to_string_lossy().into_owned());
    names.chain(folders.iter().flat_map(|folder| names_below(folder))).collect()
}

#[test]
fn every_path_exists() {
    let mut missing = Vec::new();
    for document in documents() {
        let here = document.path.parent().unwrap();
        let below = if here == root() { Vec::new() } else { names_below(here) };
        let bases = [here.to_owned(), here.join("src"), root()];
        for span in document.spans().iter().filter(|span| is_path(span)) {
            if !below.contains(span) && !bases.iter().any(|base| exists(base, span)) {
                missing.push(format!("{}: {span}", document.name()));
            }
        }
        for link in document.text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap_or_default();
            if !link.contains("://") && !file.is_empty() && !here.join(file).exists() {
                missing.push(format!("{}: link to {file}", document.name()));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_section_that_is_linked_exists() {
    for document in documents() {
        for link in document.text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let Some((file, section)) = link.split_once('#').filter(|_| !link.contains("://")) else {
                continue;
            };
            let path = if file.is_empty() {
                document.path.clone()
            } else {
                document.path.parent().unwrap().join(file)
            };
            let text = fs::read_to_string(&path).unwrap_or_default();
            let headings = text.lines().filter(|line| line.starts_with('#'));
            let anchors =
                headings.map(|line| line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-"));
            assert!(anchors.into_iter().any(|anchor| anchor == section), "{}: {link}", document.name());
        }
    }
}

#[test]
fn every_make_target_exists() {
    let makefile = fs::read_to_string(root().join("Makefile")).unwrap();
    let mut named = 0;
    for document in documents() {
        for line in document.command_lines() {
            let Some(target) = line.strip_prefix("make ").and_then(|rest| rest.split_whitespace().next())
            else {
                continue;
            };
            let target = target.trim_matches('`');
            assert!(
                makefile.lines().any(|line| line.starts_with(&format!("{target}:"))),
                "{}: {line}",
                document.name()
            );
            named += 1;
        }
    }
    assert!(named > 5, "no commands were found");
}

/// The help of a subcommand; asked for once each.
#[derive(Default)]
struct Help(BTreeMap<Vec<String>, String>);

impl Help {
    fn of(&mut self, words: &[String]) -> &str {
        self.0.entry(words.to_vec()).or_insert_with(|| {
            let asked =
                Command::new(env!("CARGO_BIN_EXE_tacenda")).args(words).arg("--help").output().unwrap();
            String::from_utf8(asked.stdout).unwrap()
        })
    }

    fn has_command(&mut self, words: &[String], next: &str) -> bool {
        let listed = self.of(words).lines().skip_while(|line| *line != "Commands:").skip(1);
        listed.take_while(|line| !line.is_empty()).any(|line| line.split_whitespace().next() == Some(next))
    }

    fn has_commands(&mut self, words: &[String]) -> bool {
        self.of(words).lines().any(|line| line == "Commands:")
    }

    /// What in a command line the binary does not have.
    fn unknown(&mut self, words: &[&str]) -> Option<String> {
        let mut command: Vec<String> = Vec::new();
        let mut rest = words.iter().peekable();
        while let Some(word) = rest.next_if(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == '-')) {
            if word.starts_with('-') {
                break;
            }
            if !self.has_command(&command, word) {
                // An argument may stand where a command could: only the first word must be one.
                if command.is_empty() || self.has_commands(&command) {
                    return Some(format!("no command {word}"));
                }
                break;
            }
            command.push((*word).to_owned());
        }
        let options = words.iter().filter(|word| word.starts_with("--"));
        let mut options = options.map(|word| word.trim_end_matches([')', ']', ',']));
        let help = self.of(&command).to_owned();
        options.find(|option| !help.contains(*option)).map(|option| format!("{command:?} has no {option}"))
    }
}

#[test]
fn every_command_of_the_binary_exists() {
    let mut help = Help::default();
    let mut named = 0;
    let mut unknown = Vec::new();
    for document in documents() {
        for line in document.command_lines() {
            let words: Vec<&str> =
                line.split([' ', '"', '$', '(', ')']).filter(|word| !word.is_empty()).collect();
            let Some(at) = words.iter().position(|word| *word == "tacenda" || word.ends_with("/tacenda"))
            else {
                continue;
            };
            // `cargo … -p tacenda` is no command.
            let runs = at == 0 || line.contains("/demo/tacenda ");
            if !runs || words.len() == 1 || words[at].starts_with("crates/") {
                continue;
            }
            named += 1;
            unknown.extend(
                help.unknown(&words[at + 1..]).map(|why| format!("{}: {line}: {why}", document.name())),
            );
        }
    }
    assert!(named > 10, "no commands were found");
    assert!(unknown.is_empty(), "{unknown:#?}");
}

fn sources() -> String {
    let mut open = vec![root().join("crates")];
    let mut text = String::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(entries(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
    text
}

#[test]
fn every_test_that_proves_something_exists() {
    let sources = sources();
    let security = documents().into_iter().find(|document| document.name() == "SECURITY.md").unwrap();
    let names: Vec<String> = security
        .spans()
        .into_iter()
        .filter(|span| {
            span.matches('_').count() > 1 && span.chars().all(|c| c.is_ascii_lowercase() || c == '_')
        })
        .collect();
    assert!(names.len() > 30, "no tests were found");
    for name in names {
        assert!(sources.contains(&format!("fn {name}(")), "there is no test {name}");
    }
}
