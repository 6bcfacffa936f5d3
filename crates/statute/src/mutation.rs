//! Slips, made on purpose: each breaks one law file in one place, and the whole check is asked whether it notices.
//!
//! A check that finds nothing may be good or may look away. Here a file is changed as a tired hand would change it –
//! a remedy left out, a step that leads elsewhere, one day more, a person too many who may see – and what is counted
//! is the share of slips that make an error: by the rules and the worked cases alone, and with the table of the procedure.
//!
//! It decides nothing about real matters. INVARIANT: the same law, count and seed give the same slips and answers.

mod harmless;
mod line;
mod slip;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use jiff::civil::Date;
use kernel::procedure::Procedure;

use crate::book::Book;
use crate::check::check;
use crate::corpus::Corpus;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::index::FileIndex;
use crate::read::read_onto;
use crate::source::Source;
use crate::syntax::Memory;
use crate::table::with_tables;
use slip::{Slip, slips};

/// How one file stood up to slips.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// The file.
    pub path: String,
    /// The procedure.
    pub title: String,
    /// Slips made.
    pub tried: usize,
    /// Of these, those that change nothing a person could notice, each with the reason.
    pub harmless: usize,
    /// Slips that matter and that rules, cases and walks notice without the table.
    pub by_rules: usize,
    /// Slips that matter and that the whole check notices.
    pub caught: usize,
    /// Slips nobody noticed.
    pub survivors: Vec<Survivor>,
    /// By class: how many slips were made, noticed by rules and cases, noticed at all.
    pub classes: BTreeMap<&'static str, [usize; 3]>,
}

/// A slip that nobody noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survivor {
    /// What was done.
    pub class: &'static str,
    /// The line, from 1.
    pub line: usize,
    /// The line as it was.
    pub before: String,
    /// The line as it became; empty where it is gone.
    pub after: String,
    /// Why it does not matter, where it does not.
    pub harmless: Option<&'static str>,
}

/// Makes `count` slips in the procedure of one file of a book and asks the check about each. `None` when the file holds
/// no procedure of the book.
#[must_use]
pub fn mutate(
    book: &Book,
    source: &Source,
    corpus: &dyn Corpus,
    today: Date,
    count: usize,
    seed: u64,
) -> Option<Tally> {
    let path = source.path.as_str();
    let at = (0..book.procedures.len()).find(|at| book.file_of(*at).is_some_and(|file| file.path == path))?;
    let whole = book.procedures.get(at)?.clone();
    let text = with_tables(&source.text, &whole);
    let bench = Bench { around: around(book, at), corpus, today, memory: Rc::default() };
    let (known, whole) = bench.ask(&Source::new(path, text.as_str()))?;
    let mut tally = Tally {
        path: path.to_owned(),
        title: whole.title.clone(),
        tried: 0,
        harmless: 0,
        by_rules: 0,
        caught: 0,
        survivors: Vec::new(),
        classes: BTreeMap::new(),
    };
    for slip in slips(&text, &whole, count, seed) {
        tally.tried += 1;
        let asked = bench.ask(&Source::new(path, slip.applied(&text)));
        tally.note(&slip, asked, &known, &whole);
    }
    Some(tally)
}

impl Tally {
    fn note(&mut self, slip: &Slip, asked: Option<(Found, Procedure)>, known: &Found, whole: &Procedure) {
        let tables = [Code::TableMissing.name(), Code::TableDiffers.name()];
        // What cannot be read as a procedure any more has been noticed.
        let fresh: Option<Vec<&str>> =
            asked.as_ref().map(|(found, _)| found.difference(known).map(|(code, _)| code.as_str()).collect());
        let by_rules = fresh.as_ref().is_none_or(|codes| codes.iter().any(|code| !tables.contains(code)));
        let caught = fresh.as_ref().is_none_or(|codes| !codes.is_empty());
        self.by_rules += usize::from(by_rules);
        self.caught += usize::from(caught);
        let class = self.classes.entry(slip.class).or_default();
        for (count, more) in class.iter_mut().zip([true, by_rules, caught]) {
            *count += usize::from(more);
        }
        let Some((_, changed)) = asked.filter(|_| !caught) else { return };
        let harmless = harmless::harmless(whole, &changed);
        self.harmless += usize::from(harmless.is_some());
        self.survivors.push(Survivor {
            class: slip.class,
            line: slip.line,
            before: slip.before.clone(),
            after: slip.after.clone(),
            harmless,
        });
    }

    /// Slips that matter.
    #[must_use]
    pub const fn mattered(&self) -> usize {
        self.tried - self.harmless
    }
}

/// Errors by code and words.
type Found = BTreeSet<(String, String)>;

/// Everything around one procedure.
struct Bench<'a> {
    around: Book,
    corpus: &'a dyn Corpus,
    today: Date,
    memory: Rc<Memory>,
}

impl Bench<'_> {
    /// What the check says to a procedure, and the procedure as it was read.
    fn ask(&self, source: &Source) -> Option<(Found, Procedure)> {
        let (book, read) = read_onto(self.around.clone(), source, &self.memory);
        let procedure =
            book.procedures.last().filter(|_| book.procedures.len() > self.around.procedures.len())?.clone();
        let (checked, _) = check(&book, self.corpus, self.today);
        let errors = read.into_iter().chain(checked).filter(|found| found.severity == Severity::Error);
        let told = |found: Diagnostic| (found.code.to_owned(), found.message);
        Some((errors.map(told).collect(), procedure))
    }
}

/// The book without one procedure; the others stand in it by name and stages only.
fn around(book: &Book, without: usize) -> Book {
    let mut around = Book { procedures: Vec::new(), worked_cases: Vec::new(), ..book.clone() };
    around.procedure_files.clear();
    around.files.clear();
    let mut moved = BTreeMap::new();
    for (at, file) in book.files.iter().enumerate().filter(|(at, _)| !book.procedure_files.contains(at)) {
        moved.insert(at, around.files.len());
        around.files.push(file.clone());
    }
    around.place_files = book.place_files.iter().filter_map(|at| moved.get(at).copied()).collect();
    for (at, other) in book.procedures.iter().enumerate().filter(|(at, _)| *at != without) {
        let path = book.file_of(at).map_or_else(String::new, |file| file.path.clone());
        around.procedure_files.push(around.files.len());
        around.files.push(FileIndex { path, ..FileIndex::default() });
        around.procedures.push(Procedure {
            acts: Vec::new(),
            limits: Vec::new(),
            marks: Vec::new(),
            papers: Vec::new(),
            dossier: Vec::new(),
            sections: Vec::new(),
            ..other.clone()
        });
    }
    around
}
