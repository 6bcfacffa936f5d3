//! What is proved of a book before anything is served.
//!
//! Reading has already checked each file by itself; here everything that needs more than one node is checked: names,
//! citations, duties (limits, remedies, papers, separation), the graph of states, rates and editions by date, and the
//! worked cases. Each family is a file of its own; all of them run, whatever the others find.
//!
//! INVARIANT: nothing is concluded from a file that could not be parsed as a whole; its syntax is reported instead.

mod cases;
mod cites;
mod dates;
mod duties;
mod flow;
mod limits;
mod names;
mod persons;
mod purpose;
mod seals;
mod tables;
mod veils;
mod walks;

use std::cell::Cell;

use jiff::civil::Date;

use crate::book::Book;
use crate::corpus::Corpus;
use crate::diagnostic::{Code, Diagnostic};
use crate::index::FileIndex;
use crate::read::sort;

/// What was checked, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Procedures, editions of one counted once.
    pub matters: usize,
    /// Stages of all procedures.
    pub stages: usize,
    /// Acts of all procedures.
    pub acts: usize,
    /// Limits of all procedures.
    pub limits: usize,
    /// Citations in all files.
    pub citations: usize,
    /// Citations whose article the corpus holds.
    pub resolved: usize,
    /// Citations to versions of statutes that no corpus holds, and that say so.
    pub absent: usize,
    /// States of matters that were visited.
    pub states: usize,
    /// Worked cases run.
    pub worked_cases: usize,
    /// Readings of the law that are not certain.
    pub open_points: usize,
}

/// Checks a book. `today` is the day up to which rates must be in force and against which `checked` dates are old.
#[must_use]
pub fn check(book: &Book, corpus: &dyn Corpus, today: Date) -> (Vec<Diagnostic>, Summary) {
    let mut found = Vec::new();
    names::check(book, &mut found);
    let cited = cites::check(book, corpus, &mut found);
    let stages_known = |path: &str, found: &[Diagnostic]| {
        !found.iter().any(|known| known.path == path && known.code == Code::UnknownName.name())
    };
    let states = Cell::new(0);
    for (at, procedure) in book.procedures.iter().enumerate() {
        let Some(file) = book.file_of(at) else { continue };
        let desk = Desk { book, file, procedure, today, states: &states };
        let whole = !file.broken && stages_known(&file.path, &found);
        duties::check(&desk, whole, &mut found);
        limits::check(&desk, whole, &mut found);
        persons::check(&desk, &mut found);
        veils::check(&desk, &mut found);
        seals::check(&desk, &mut found);
        if whole {
            purpose::check(&desk, &mut found);
            tables::check(&desk, &mut found);
        }
        if whole {
            flow::check(&desk, &mut found);
        }
        dates::rates(&desk, &mut found);
    }
    dates::places(book, &mut found);
    dates::editions(book, &mut found);
    let worked_cases = cases::check(book, today, &mut found);
    sort(&mut found);
    let mut ids: Vec<_> = book.procedures.iter().map(|procedure| &procedure.id).collect();
    ids.sort();
    ids.dedup();
    let count = |of: fn(&kernel::procedure::Procedure) -> usize| book.procedures.iter().map(of).sum();
    let summary = Summary {
        matters: ids.len(),
        stages: count(|procedure| procedure.stages.len()),
        acts: count(|procedure| procedure.acts.len()),
        limits: count(|procedure| procedure.limits.len()),
        citations: cited.citations,
        resolved: cited.resolved,
        absent: cited.absent,
        states: states.get(),
        worked_cases,
        open_points: count(|procedure| procedure.open_points.len()),
    };
    (found, summary)
}

/// One procedure being checked, and what it is checked against.
#[derive(Clone, Copy)]
pub(crate) struct Desk<'a> {
    pub book: &'a Book,
    pub file: &'a FileIndex,
    pub procedure: &'a kernel::procedure::Procedure,
    pub today: Date,
    /// How many states were visited so far.
    pub states: &'a Cell<usize>,
}

impl Desk<'_> {
    /// A diagnostic at a property of a declaration, or at its name.
    pub(crate) fn at(
        &self,
        code: Code,
        kind: crate::index::Kind,
        name: &kernel::names::Name,
        prop: &str,
        message: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::new(code, &self.file.path, self.file.prop(kind, name, prop), message)
            .under(self.file.heading(kind, name))
    }
}
