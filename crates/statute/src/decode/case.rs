//! Tables of worked cases.
//!
//! A table whose header has `limit` and `due` asks for due dates; one with `given`, `act` and `answer` asks for
//! answers of the screening and of computations; one with `walk` and `answer` for where a run of acts leads; one with
//! `statute`, `within` and `due` for where a term ends as that statute counts. Other tables are prose.

use std::ops::Range;

use jiff::civil::Date;
use kernel::clock::StopKind;
use kernel::names::Name;

use crate::book::{Question, WalkStep, WorkedCase, column};
use crate::diagnostic::{Code, Diagnostic};
use crate::index::Kind;
use crate::markdown::{Cell, Table};
use crate::sheet::Sheet;
use crate::term::{self, Course};

/// A question, and where its answer stands.
type Asked = Option<(Question, Range<usize>)>;

/// Reads the worked cases of a table.
pub(crate) fn cases(sheet: &Sheet<'_>, table: &Table, found: &mut Vec<WorkedCase>) {
    let has = |name: &str| table.header.iter().any(|cell| cell.text == name);
    let read: fn(&Row<'_>) -> Asked = if has("statute") && has("within") && has("due") {
        term
    } else if has("limit") && has("due") {
        limit
    } else if has("walk") && has("answer") {
        walk
    } else if has("given") && has("act") && has("answer") {
        answer
    } else {
        return;
    };
    for cells in &table.rows {
        let row = Row { sheet, header: &table.header, cells };
        let Some((question, answer_span)) = read(&row) else { continue };
        found.push(WorkedCase {
            title: cells.first().map(|cell| cell.text.clone()).unwrap_or_default(),
            question,
            place: row.text("place").map(|cell| cell.text.clone()),
            on: row.date("on"),
            path: sheet.path.to_owned(),
            answer_span,
            heading: sheet.heading.borrow().clone(),
        });
    }
}

struct Row<'a> {
    sheet: &'a Sheet<'a>,
    header: &'a [Cell],
    cells: &'a [Cell],
}

impl<'a> Row<'a> {
    fn text(&self, name: &str) -> Option<&'a Cell> {
        column(self.header, self.cells, name).filter(|cell| !cell.text.is_empty())
    }

    fn need(&self, name: &str) -> Option<&'a Cell> {
        let found = self.text(name);
        if found.is_none() {
            let span = self.cells.first().map_or(0..0, |cell| cell.span.clone());
            self.report(span, format!("算例缺少 `{name}`"));
        }
        found
    }

    fn date(&self, name: &str) -> Option<Date> {
        let cell = self.text(name)?;
        let date = cell.text.parse().ok();
        if date.is_none() {
            self.report(cell.span.clone(), format!("“{}”不是日期，应写成 2026-01-31 的样子", cell.text));
        }
        date
    }

    fn need_date(&self, name: &str) -> Option<Date> {
        self.need(name)?;
        self.date(name)
    }

    fn refer(&self, kind: Kind, cell: &Cell) -> Name {
        let heading = self.sheet.heading.borrow().clone();
        let name = Name::new(&cell.text);
        let refer = crate::index::Ref { kind, name: name.clone(), span: cell.span.clone(), heading };
        self.sheet.index.borrow_mut().refs.push(refer);
        name
    }

    /// A reference to a name somewhere inside a cell.
    fn refer_at(&self, kind: Kind, name: &str, cell: &Cell) {
        let heading = self.sheet.heading.borrow().clone();
        let refer = crate::index::Ref { kind, name: Name::new(name), span: cell.span.clone(), heading };
        self.sheet.index.borrow_mut().refs.push(refer);
    }

    fn report(&self, span: Range<usize>, message: String) {
        self.sheet.report(Diagnostic::new(Code::BadCase, self.sheet.path, span, message));
    }
}

fn limit(row: &Row<'_>) -> Asked {
    let limit = row.refer(Kind::Limit, row.need("limit")?);
    let due_cell = row.need("due")?;
    let (start, due) = (row.need_date("start")?, row.need_date("due")?);
    let (stop, resume) = (row.date("stop"), row.date("resume"));
    if resume.is_some() && stop.is_none() {
        row.report(row.text("resume").map_or(0..0, |cell| cell.span.clone()), "写了 `resume` 就要写 `stop`".to_owned());
        return None;
    }
    let stop_as = match row.text("stop-as") {
        None => StopKind::Suspend,
        Some(cell) => {
            let kinds = [StopKind::Suspend, StopKind::Deduct, StopKind::Restart, StopKind::Resume];
            let Some(kind) = kinds.into_iter().find(|kind| kind.name() == cell.text) else {
                let message = format!("`stop-as` 不能是“{}”，可以写 suspend、deduct、restart、resume", cell.text);
                row.report(cell.span.clone(), message);
                return None;
            };
            kind
        }
    };
    let extend = match row.text("extend") {
        None => 0,
        Some(cell) => {
            let Ok(extend) = cell.text.parse() else {
                row.report(cell.span.clone(), format!("`extend` 应当是延长的数，不是“{}”", cell.text));
                return None;
            };
            extend
        }
    };
    Some((Question::Limit { limit, start, stop, resume, stop_as, extend, due }, due_cell.span.clone()))
}

/// `before`, `custody`, `day-one`, in any number.
fn term(row: &Row<'_>) -> Asked {
    let statute = row.refer(Kind::Statute, row.need("statute")?);
    let (from, within, due) = (row.need("from")?, row.need("within")?, row.need("due")?);
    let length = match within.text.parse::<term::Length>() {
        Ok(length) => length,
        Err(why) => {
            row.report(within.span.clone(), why.to_string());
            return None;
        }
    };
    let mut course = Course::default();
    let cell = row.text("as");
    for word in cell.iter().flat_map(|cell| cell.text.split(',')).map(str::trim) {
        match word {
            "before" => course.before = true,
            "custody" => course.custody = true,
            "day-one" => course.day_one = true,
            _ => {
                let message = format!("`as` 不能是“{word}”，可以写 before、custody、day-one");
                row.report(cell.map_or(0..0, |cell| cell.span.clone()), message);
                return None;
            }
        }
    }
    let asked = term::Asked { from: from.text.clone(), length, course, stops: Vec::new() };
    Some((Question::Term { statute, asked, due: due.text.clone() }, due.span.clone()))
}

fn walk(row: &Row<'_>) -> Asked {
    let (walk, answer) = (row.need("walk")?, row.need("answer")?);
    let mut steps = Vec::new();
    for part in walk.text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        match step(part) {
            Some(step) => {
                if step.act != CLOCK {
                    row.refer_at(Kind::Act, &step.act, walk);
                }
                steps.push(step);
            }
            None => {
                let message = format!("“{part}”要写成 `行为 by 谁 on 日期 with 字段=值, 字段=值`，后面三样可以不写");
                row.report(walk.span.clone(), message);
                return None;
            }
        }
    }
    Some((Question::Walk { steps, answer: answer.text.clone() }, answer.span.clone()))
}

/// The step of a walk that is no act: what the end of limits brings about on that day.
pub(crate) const CLOCK: &str = "clock";

/// `act by 甲 on 2026-03-02 with field=value, field=value`.
fn step(text: &str) -> Option<WalkStep> {
    let (head, with) = text.split_once(" with ").map_or((text, ""), |(head, with)| (head, with));
    let (head, on) = head.split_once(" on ").map_or((head, None), |(head, on)| (head, Some(on.trim())));
    let (act, by) = head.split_once(" by ").map_or((head, None), |(act, by)| (act, Some(by.trim())));
    let at = match on {
        None => None,
        Some(on) if on.contains('T') => Some(on.parse().ok()?),
        Some(on) => Some(on.parse::<Date>().ok()?.at(10, 0, 0, 0)),
    };
    let pairs = with.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    let with =
        pairs.map(|pair| pair.split_once('=').map(|(name, value)| (Name::new(name.trim()), value.trim().to_owned())));
    let act = act.trim();
    if act.is_empty() || act.contains(' ') {
        return None;
    }
    Some(WalkStep { act: act.to_owned(), by: by.map(str::to_owned), at, with: with.collect::<Option<_>>()? })
}

fn answer(row: &Row<'_>) -> Asked {
    let (given_cell, act, answer) = (row.need("given")?, row.need("act")?, row.need("answer")?);
    let mut given = Vec::new();
    for pair in given_cell.text.split(';') {
        match pair.split_once('=') {
            Some((name, value)) => given.push((Name::new(name.trim()), value.trim().to_owned())),
            None => {
                row.report(given_cell.span.clone(), format!("“{}”要写成 `字段=值`", pair.trim()));
                return None;
            }
        }
    }
    let span = answer.span.clone();
    let answer = answer.text.clone();
    if act.text == "screening" {
        return Some((Question::Screening { given, answer }, span));
    }
    let act = row.refer(Kind::Act, act);
    Some((Question::Compute { given, act, answer }, span))
}
