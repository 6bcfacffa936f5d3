//! The rules of the house as tests: the repository read as files, and findings reported in one form.
//!
//! The rules themselves are in `tests/it`, one file per family; here is only what they share. This crate depends on no
//! other crate of the workspace and on nothing outside the standard library: it reads the house, it does not live in it.
//!
//! INVARIANT: a broken rule names every place at once, and says what holds, why, and what to do.

use std::fmt::{self, Display, Formatter};
use std::io;
use std::path::{Path, PathBuf};

/// A text file of the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextFile {
    /// From the root, with `/`.
    pub path: String,
    /// What it says.
    pub text: String,
}

/// The repository as files. What is built, installed or downloaded is not part of it.
#[derive(Debug, Clone, Default)]
pub struct Repository {
    root: PathBuf,
    texts: Vec<TextFile>,
    paths: Vec<String>,
}

/// A place where a rule does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// File, and line where there is one.
    pub place: String,
    /// What stands there.
    pub what: String,
}

/// A rule of the house.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// What must hold.
    pub must: &'static str,
    /// Why.
    pub because: &'static str,
    /// What to do where it does not.
    pub instead: &'static str,
}

impl Repository {
    /// Reads the repository this crate stands in.
    ///
    /// # Errors
    /// When a folder or file cannot be read.
    pub fn read() -> io::Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
        let mut repository = Self { root: root.clone(), ..Self::default() };
        repository.collect(&root)?;
        repository.paths.sort();
        repository.texts.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(repository)
    }

    fn collect(&mut self, folder: &Path) -> io::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let Ok(below) = path.strip_prefix(&self.root) else { continue };
            let name = below.to_string_lossy().replace('\\', "/");
            if path.is_dir() {
                if !is_outside(&name) {
                    self.collect(&path)?;
                }
                continue;
            }
            if let Ok(text) = String::from_utf8(std::fs::read(&path)?) {
                self.texts.push(TextFile { path: name.clone(), text });
            }
            self.paths.push(name);
        }
        Ok(())
    }

    /// The root folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Every file, also those that are no text.
    #[must_use]
    pub fn paths(&self) -> &[String] {
        &self.paths
    }

    /// Text files below `prefix` with one of the endings; no ending means all.
    pub fn texts<'a>(&'a self, prefix: &'a str, endings: &'a [&str]) -> impl Iterator<Item = &'a TextFile> {
        let fits = move |file: &&TextFile| {
            file.path.starts_with(prefix)
                && (endings.is_empty() || endings.iter().any(|ending| file.path.ends_with(ending)))
        };
        self.texts.iter().filter(fits)
    }

    /// The text of one file.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.texts.iter().find(|file| file.path == path).map(|file| file.text.as_str())
    }
}

/// Folders that are made by tools or hold what a running program wrote.
fn is_outside(folder: &str) -> bool {
    let last = folder.rsplit('/').next().unwrap_or(folder);
    matches!(last, ".git" | "node_modules") || matches!(folder, "data" | "e2e/out") || folder.starts_with("target")
}

impl TextFile {
    /// Lines with their numbers, from 1.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// Lines of Rust that are compiled into the program: no comment lines, and nothing from the tests at the foot on.
    pub fn program_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines()
            .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// A finding at a line of this file.
    #[must_use]
    pub fn at(&self, line: usize, what: impl Into<String>) -> Finding {
        Finding { place: format!("{}:{line}", self.path), what: what.into() }
    }

    /// A finding about this file.
    #[must_use]
    pub fn as_a_whole(&self, what: impl Into<String>) -> Finding {
        Finding { place: self.path.clone(), what: what.into() }
    }
}

impl Display for Finding {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

impl Rule {
    /// The report of a broken rule.
    #[must_use]
    pub fn report(&self, findings: &[Finding]) -> String {
        let places: String = findings.iter().map(|finding| format!("\n  {finding}")).collect();
        format!("\n{}{places}\n  why:     {}\n  instead: {}\n", self.must, self.because, self.instead)
    }

    /// Fails the test when there is a finding.
    #[track_caller]
    pub fn holds_unless(&self, findings: impl IntoIterator<Item = Finding>) {
        let findings: Vec<Finding> = findings.into_iter().collect();
        assert!(findings.is_empty(), "{}", self.report(&findings));
    }
}

/// Whether `word` stands in `line` and no letter, digit or underscore touches it where it begins or ends with one.
#[must_use]
pub fn has_word(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let opens = word.starts_with(is_part);
    let closes = word.ends_with(is_part);
    line.match_indices(word).any(|(start, _)| {
        let before = line.get(..start).and_then(|text| text.chars().next_back());
        let after = line.get(start + word.len()..).and_then(|text| text.chars().next());
        !(opens && before.is_some_and(is_part) || closes && after.is_some_and(is_part))
    })
}

/// The text between double quotes that follows `mark`, at each place it stands in the line.
pub fn quoted_after<'a>(line: &'a str, mark: &'a str) -> impl Iterator<Item = &'a str> {
    line.match_indices(mark)
        .filter_map(move |(start, _)| line.get(start + mark.len()..)?.strip_prefix('"')?.split('"').next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_whole() {
        let check = |line, word, expected| assert_eq!(has_word(line, word), expected, "{word} in {line}");
        check("let x: f64 = 0.0;", "f64", true);
        check("let of64 = 0;", "f64", false);
        check("Timestamp::now()", "now()", true);
        check("unknown()", "now()", false);
        check("std::fs::read", "std::fs", true);
        check("std::fsx", "std::fs", false);
    }

    #[test]
    fn quoted_values_are_found() {
        let check = |line, mark, expected: &[&str]| assert_eq!(quoted_after(line, mark).collect::<Vec<_>>(), expected);
        check(r#"choice "a" title="甲" from="xs""#, "from=", &["xs"]);
        check(r#"region "990101" "东湖区""#, "region ", &["990101"]);
        check(r#"choice "a""#, "from=", &[]);
    }

    #[test]
    fn program_lines_leave_out_comments_and_the_tests_at_the_foot() {
        let text = "//! x\nfn a() {}\n// now()\n#[cfg(test)]\nmod tests {}\n".to_owned();
        let file = TextFile { path: "a.rs".to_owned(), text };
        assert_eq!(file.program_lines().collect::<Vec<_>>(), [(2, "fn a() {}")]);
    }

    #[test]
    fn a_report_says_what_where_why_and_what_to_do() {
        let rule = Rule { must: "m", because: "b", instead: "i" };
        let finding = Finding { place: "f.rs:3".to_owned(), what: "w".to_owned() };
        assert_eq!(rule.report(&[finding]), "\nm\n  f.rs:3: w\n  why:     b\n  instead: i\n");
    }
}
