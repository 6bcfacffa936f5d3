//! The files of the law: built in, or from a directory.
//!
//! INVARIANT: what is built in is `law/` of this repository, byte for byte.

use crate::answer::{Complaint, OrSay};
use include_dir::{Dir, include_dir};
use kernel::ledger::{Digest, sm3};
use statute::{Book, Diagnostic, Severity, Source, render_with};
use std::collections::BTreeMap;
use std::path::Path;

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../law");

/// Kinds of files that belong to the law.
const KINDS: [&str; 4] = [".md", ".typ", ".cedar", ".cedarschema"];

/// The text of the law: every file by its path below `law/`.
#[derive(Debug, Clone, Default)]
pub struct LawText(BTreeMap<String, String>);

impl LawText {
    /// The law in a directory, or the built-in one.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn find(folder: Option<&Path>) -> Result<LawText, Complaint> {
        let mut files = BTreeMap::new();
        match folder {
            Some(folder) => {
                collect(folder, "", &mut files).or_say(&format!("法律文件目录{}读不了", folder.display()))?
            }
            None => built_in(&BUILT_IN, &mut files),
        }
        if files.is_empty() {
            return Err(Complaint::fact("法律文件目录里没有文件，请检查路径"));
        }
        Ok(LawText(files))
    }

    /// What the statute crate reads.
    pub fn sources(&self) -> Vec<Source> {
        let read = self.0.iter().filter(|(path, _)| path.ends_with(".md") || path.ends_with(".typ"));
        read.map(|(path, text)| Source::new(path.as_str(), text.as_str())).collect()
    }

    /// Templates of papers, by path below `papers/`.
    pub fn templates(&self) -> BTreeMap<String, String> {
        let typ = self.0.iter().filter(|(path, _)| path.ends_with(".typ"));
        typ.filter_map(|(path, text)| Some((path.strip_prefix("papers/")?.to_owned(), text.clone()))).collect()
    }

    /// A file by its path.
    pub fn file(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    /// The same law with one file more, or another text of one it has.
    pub fn with(mut self, path: impl Into<String>, text: impl Into<String>) -> LawText {
        self.0.insert(path.into(), text.into());
        self
    }

    /// The path of the file whose text has this hash.
    pub fn path_of(&self, edition: Digest) -> Option<&str> {
        let found = self.0.iter().find(|(_, text)| sm3(text.as_bytes()) == edition);
        found.map(|(path, _)| path.as_str())
    }

    /// What tells this text from any other.
    pub fn digest(&self) -> Digest {
        let mut bytes = Vec::new();
        for part in self.0.iter().flat_map(|(path, text)| [path, text]) {
            bytes.extend(part.len().to_be_bytes());
            bytes.extend(part.as_bytes());
        }
        sm3(&bytes)
    }

    /// What a procedure is read against: statutes, calendar, places, templates, and no procedure.
    pub fn surroundings(&self) -> LawText {
        let rooms = ["calendar/", "places/", "papers/", "policy/"];
        let around = |path: &str| path == "statutes.md" || rooms.iter().any(|room| path.starts_with(room));
        let kept = self.0.iter().filter(|(path, _)| around(path));
        LawText(kept.map(|(path, text)| (path.clone(), text.clone())).collect())
    }

    /// The surroundings with the files of one procedure; the whole law when no file declares it.
    pub fn about(&self, procedure: &str) -> LawText {
        let mark = format!("matter \"{procedure}\" ");
        let own: Vec<_> = self.0.iter().filter(|(_, text)| text.contains(&mark)).collect();
        if own.is_empty() {
            return self.clone();
        }
        own.into_iter().fold(self.surroundings(), |law, (path, text)| law.with(path.clone(), text.clone()))
    }

    /// Reads the law.
    pub fn read(&self) -> (Book, Vec<Diagnostic>) {
        statute::read(&self.sources())
    }

    /// Draws problems for a person.
    pub fn drawn(&self, found: &[Diagnostic]) -> String {
        let draw =
            |one: &Diagnostic| render_with(one, self.file(&one.path).unwrap_or_default(), |path| self.file(path));
        found.iter().map(draw).collect::<Vec<_>>().join("\n")
    }

    /// Line and column of a problem, from 1.
    pub fn place_of(&self, one: &Diagnostic) -> (usize, usize) {
        statute::line_column(self.file(&one.path).unwrap_or_default(), one.span.start)
    }
}

/// The problems that forbid using the law.
pub fn errors(found: &[Diagnostic]) -> Vec<Diagnostic> {
    found.iter().filter(|one| one.severity == Severity::Error).cloned().collect()
}

fn belongs(name: &str) -> bool {
    KINDS.iter().any(|kind| name.ends_with(kind))
}

fn built_in(folder: &Dir<'_>, files: &mut BTreeMap<String, String>) {
    for file in folder.files() {
        let path = file.path().to_string_lossy().replace('\\', "/");
        if let (true, Some(text)) = (belongs(&path), file.contents_utf8()) {
            files.insert(path, text.to_owned());
        }
    }
    for below in folder.dirs() {
        built_in(below, files);
    }
}

fn collect(folder: &Path, above: &str, files: &mut BTreeMap<String, String>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let below = format!("{above}{name}");
        if path.is_dir() {
            collect(&path, &format!("{below}/"), files)?;
        } else if belongs(name) {
            files.insert(below, std::fs::read_to_string(&path)?);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_law_is_the_one_of_this_repository() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../law");
        assert_eq!(LawText::find(None).unwrap().0, LawText::find(Some(&folder)).unwrap().0);
    }
}
