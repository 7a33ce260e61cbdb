//! Which files there are to import, in name order.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

/// What a file holds, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// `*.json`: a bundle.
    Bundle,
    /// `*.ndjson`: a resource on each line.
    Lines,
}

/// The files to import.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Files {
    pub(super) bundles: Vec<PathBuf>,
    pub(super) lines: Vec<PathBuf>,
}

/// Finds them in the paths as given, and in folders below those. Hidden files and linked folders are passed by.
///
/// # Errors
/// Where a path is not there, a named file is of another format, or there is nothing to import.
pub(super) fn find(paths: &[PathBuf]) -> Result<Files> {
    let mut found = Vec::new();
    for path in paths {
        let about = fs::metadata(path).with_context(|| format!("cannot open {}", path.display()))?;
        if about.is_dir() {
            walk(path, &mut found)?;
        } else if format(path).is_some() {
            found.push(path.clone());
        } else {
            bail!("{} is neither a bundle (*.json) nor NDJSON (*.ndjson)", path.display());
        }
    }
    let mut seen = HashSet::new();
    let mut files = Files::default();
    for path in found {
        let name = path.canonicalize().with_context(|| format!("cannot open {}", path.display()))?;
        match format(&path).filter(|_| seen.insert(name)) {
            Some(Format::Bundle) => files.bundles.push(path),
            Some(Format::Lines) => files.lines.push(path),
            None => {}
        }
    }
    if files == Files::default() {
        bail!("there is no bundle (*.json) and no NDJSON (*.ndjson) there");
    }
    Ok(files)
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read the folder {}", folder.display()))?;
    let mut paths = Vec::new();
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot read the folder {}", folder.display()))?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            paths.push((entry.path(), entry.file_type()?));
        }
    }
    paths.sort_by(|(one, _), (other, _)| one.cmp(other));
    for (path, kind) in paths {
        if kind.is_dir() {
            walk(&path, found)?;
        } else if format(&path).is_some() && path.is_file() {
            found.push(path);
        }
    }
    Ok(())
}

fn format(path: &Path) -> Option<Format> {
    match path.extension()?.to_str()? {
        "json" => Some(Format::Bundle),
        "ndjson" => Some(Format::Lines),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_walked_in_name_order_and_nothing_comes_twice() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("b")).unwrap();
        for name in ["c.json", "a.json", "b/z.json", "b/a.ndjson", ".hidden.json", "notes.txt"] {
            fs::write(at(name), "{}").unwrap();
        }
        std::os::unix::fs::symlink(folder.path(), at("b/loop")).unwrap();
        let files = find(&[at("c.json"), folder.path().to_owned(), at("b")]).unwrap();
        assert_eq!(files.bundles, [at("c.json"), at("a.json"), at("b/z.json")]);
        assert_eq!(files.lines, [at("b/a.ndjson")]);
    }

    #[test]
    fn what_cannot_be_imported_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().join("notes.txt");
        fs::write(&text, "").unwrap();
        let said = |paths: &[PathBuf]| find(paths).unwrap_err().to_string();
        assert!(said(std::slice::from_ref(&text)).contains("notes.txt is neither"));
        assert!(said(&[folder.path().join("gone.json")]).contains("gone.json"));
        assert!(said(&[folder.path().to_owned()]).contains("no bundle"));
    }
}
