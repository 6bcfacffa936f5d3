//! The book: everything that was read below `law/`, as kernel types, with where it stands.
//!
//! INVARIANT: a book without an error among its diagnostics can be decided with; one with an error must not be served.

use std::collections::BTreeSet;
use std::ops::Range;

use jiff::civil::{Date, DateTime};
use kernel::calendar::Calendar;
use kernel::clock::{Counting, StopKind};
use kernel::names::Name;
use kernel::procedure::{Citation, Procedure};
use kernel::world::Place;

use crate::index::{Decl, FileIndex, Kind};
use crate::markdown::Cell;
use crate::term::{self, Asked, End, TermError, Under};

/// Everything that was read.
#[derive(Debug, Clone, Default)]
pub struct Book {
    /// The procedures, in the order of their files.
    pub procedures: Vec<Procedure>,
    /// The published years.
    pub calendar: Calendar,
    /// The statutes that may be cited.
    pub statutes: Vec<StatuteDecl>,
    /// The places.
    pub places: Vec<Place>,
    /// The worked cases.
    pub worked_cases: Vec<WorkedCase>,
    /// Paths of the templates handed in, below `papers/`. When there are none, templates are not checked.
    pub templates: BTreeSet<String>,
    /// Where everything stands, one index for each file.
    pub(crate) files: Vec<FileIndex>,
    /// For each procedure, its file in `files`.
    pub(crate) procedure_files: Vec<usize>,
    /// For each place, its file in `files`.
    pub(crate) place_files: Vec<usize>,
}

/// A statute as `statutes.md` declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatuteDecl {
    /// 法律援助法: the name by which it is cited.
    pub name: String,
    /// 中华人民共和国法律援助法.
    pub title: String,
    /// First day of the version that is cited.
    pub in_force_from: Date,
    /// How it counts a bare "day".
    pub counting: Counting,
    /// The article that converts days, where one does.
    pub cite: Option<Citation>,
    /// When a person last read that article.
    pub checked: Option<Date>,
    /// Why days are natural days, where they are.
    pub reason: Option<String>,
    /// Why no corpus holds the text of this version, where none does; its citations are counted apart.
    pub absent: Option<String>,
}

/// One row of a table of worked cases, of a procedure or of the statutes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkedCase {
    /// 期满落在春节.
    pub title: String,
    /// What is asked and what the law answers.
    pub question: Question,
    /// The place whose rates are read; the only one when absent.
    pub place: Option<String>,
    /// The day on which rates are read; today when absent.
    pub on: Option<Date>,
    pub(crate) path: String,
    pub(crate) answer_span: Range<usize>,
    pub(crate) heading: Option<String>,
}

/// What a worked case asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// On which day does a limit end?
    Limit {
        /// The limit.
        limit: Name,
        /// The day it starts.
        start: Date,
        /// The day it is stopped.
        stop: Option<Date>,
        /// The day it runs on.
        resume: Option<Date>,
        /// What kind of stop that is.
        stop_as: StopKind,
        /// By how many units it is prolonged.
        extend: u32,
        /// The answer.
        due: Date,
    },
    /// Where does a term end, as a statute counts?
    Term {
        /// The statute.
        statute: Name,
        /// The term.
        asked: Asked,
        /// The answer: a day, or a moment.
        due: String,
    },
    /// Where does a run of acts lead?
    Walk {
        /// The acts, in order.
        steps: Vec<WalkStep>,
        /// `stage trial; due decide 2026-09-07`, or `no apart` where the last act is refused.
        answer: String,
    },
    /// What does the screening say?
    Screening {
        /// The answers to its questions.
        given: Vec<(Name, String)>,
        /// `likely: 收入在标准以内`.
        answer: String,
    },
    /// What does an act work out?
    Compute {
        /// The facts.
        given: Vec<(Name, String)>,
        /// The act.
        act: Name,
        /// `subsidy=3360.00`.
        answer: String,
    },
}

/// One act of a walk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalkStep {
    /// The act; `clock` for what happens by itself on that day.
    pub act: String,
    /// Who does it, where it is not whoever usually sits there: a person, or a seat.
    pub by: Option<String>,
    /// When, where it is not the moment after the act before.
    pub at: Option<DateTime>,
    /// What is stated; other questions that must be answered get an ordinary answer.
    pub with: Vec<(Name, String)>,
}

impl StatuteDecl {
    /// Where a term ends under this statute.
    ///
    /// # Errors
    /// [`TermError`].
    pub fn reckon(&self, asked: &Asked, calendar: &Calendar) -> Result<End, TermError> {
        let under = Under { name: &self.name, since: self.in_force_from, counting: &self.counting };
        term::reckon(&under, asked, calendar)
    }
}

impl Book {
    /// The edition of a procedure in force on a day.
    #[must_use]
    pub fn in_force(&self, id: &Name, on: Date) -> Option<&Procedure> {
        self.procedures.iter().find(|procedure| {
            &procedure.id == id
                && procedure.in_force_from <= on
                && procedure.in_force_until.is_none_or(|until| on < until)
        })
    }

    /// The edition a worked case was written for.
    #[must_use]
    pub fn procedure_of(&self, case: &WorkedCase) -> Option<&Procedure> {
        let at = self
            .procedure_files
            .iter()
            .position(|file| self.files.get(*file).is_some_and(|file| file.path == case.path))?;
        self.procedures.get(at)
    }

    /// Whether the law file says that a box must be ticked before the act is done.
    #[must_use]
    pub fn is_confirmed(&self, procedure: &Procedure, act: &Name, field: &Name) -> bool {
        let at = self.procedures.iter().position(|known| known.edition == procedure.edition);
        let file = at.and_then(|at| self.file_of(at));
        file.is_some_and(|file| {
            let must = |decl: &Decl| {
                decl.kind == Kind::Field
                    && decl.owner.as_ref() == Some(act)
                    && decl.name == *field
                    && decl.props.contains_key("must")
            };
            file.decls.iter().any(must)
        })
    }

    /// How a statute counts its days.
    #[must_use]
    pub fn counting(&self, statute: &str) -> Option<&Counting> {
        self.statutes.iter().find(|known| known.name == statute).map(|known| &known.counting)
    }

    /// The file a procedure was read from.
    pub(crate) fn file_of(&self, procedure: usize) -> Option<&FileIndex> {
        self.procedure_files.get(procedure).and_then(|file| self.files.get(*file))
    }

    pub(crate) fn file_of_place(&self, place: usize) -> Option<&FileIndex> {
        self.place_files.get(place).and_then(|file| self.files.get(*file))
    }
}

/// A cell of a table, by the heading of its column.
pub(crate) fn column<'c>(header: &[Cell], row: &'c [Cell], name: &str) -> Option<&'c Cell> {
    let at = header.iter().position(|cell| cell.text == name)?;
    row.get(at)
}
