//! Reading: from the text of all files to a book, with every diagnostic that needs one file only.
//!
//! Statutes are read first, because they say what a day is; everything else in the order given. A procedure is read
//! twice: once to learn its fields and lists, once to read its conditions against them.
//!
//! INVARIANT: [`read`] never fails; what cannot be read is reported and left out.

use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use kernel::calendar::CalendarError;
use kernel::ledger::sm3;
use kernel::names::Name;
use kernel::procedure::{Citation, Procedure, Section};
use kernel::world::Place;

use crate::book::{Book, WorkedCase};
use crate::condition::Types;
use crate::decode::{calendar, case, place, procedure, statutes};
use crate::diagnostic::{Code, Diagnostic};
use crate::index::{FileIndex, Kind};
use crate::markdown::{self, Part};
use crate::sheet::{Child, Sheet};
use crate::source::{FileKind, Source};
use crate::syntax::{self, Memory};
use crate::table::{LIMITS, STEPS};

/// Reads all files below `law/`: `calendar/*.md`, `statutes.md`, `places/*.md`, procedures, and the paths of
/// templates (`*.typ`). Never fails; a book with errors among the diagnostics must not be used.
#[must_use]
pub fn read(sources: &[Source]) -> (Book, Vec<Diagnostic>) {
    let mut reading = Reading::default();
    let mut ordered: Vec<&Source> = sources.iter().collect();
    ordered.sort_by_key(|source| source.kind());
    for source in ordered {
        match source.kind() {
            FileKind::Statutes => reading.statutes(source),
            FileKind::Calendar => reading.calendar(source),
            FileKind::Place => reading.place(source),
            FileKind::Procedure => {
                reading.procedure(source);
                // The nodes of one file are no use to another.
                reading.memory = Rc::default();
            }
            FileKind::Template => {
                reading.book.templates.insert(source.below_law().trim_start_matches("papers/").to_owned());
            }
            FileKind::Other => {}
        }
    }
    let mut diagnostics = reading.diagnostics;
    sort(&mut diagnostics);
    (reading.book, diagnostics)
}

/// Reads one procedure more into a book; what its nodes said before need not be parsed again.
pub(crate) fn read_onto(book: Book, source: &Source, memory: &Rc<Memory>) -> (Book, Vec<Diagnostic>) {
    let mut reading = Reading { book, memory: Rc::clone(memory), ..Reading::default() };
    reading.procedure(source);
    (reading.book, reading.diagnostics)
}

/// Orders diagnostics by file and place, and drops exact repetitions.
pub(crate) fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics
        .sort_by(|a, b| (&a.path, a.span.start, a.code, &a.message).cmp(&(&b.path, b.span.start, b.code, &b.message)));
    diagnostics.dedup();
}

#[derive(Default)]
struct Reading {
    book: Book,
    diagnostics: Vec<Diagnostic>,
    memory: Rc<Memory>,
}

impl Reading {
    fn sheet<'a>(&self, source: &'a Source, types: Types) -> Sheet<'a> {
        let mut sheet = Sheet::new(&source.path, types);
        sheet.memory = Rc::clone(&self.memory);
        sheet.countings =
            self.book.statutes.iter().map(|known| (Name::new(&known.name), known.counting.clone())).collect();
        sheet
    }

    /// Puts a sheet away; its place among the files.
    fn keep(&mut self, sheet: Sheet<'_>) -> usize {
        self.diagnostics.extend(sheet.diagnostics.into_inner());
        self.book.files.push(sheet.index.into_inner());
        self.book.files.len() - 1
    }

    fn statutes(&mut self, source: &Source) {
        let sheet = self.sheet(source, Types::default());
        let mut found = Vec::new();
        let parts = markdown::parts(&source.text);
        decode(&sheet, &source.text, &parts, &statutes::nodes(), &mut found);
        self.book.statutes.extend(found);
        self.book.worked_cases.extend(cases(&sheet, &parts));
        self.keep(sheet);
    }

    fn calendar(&mut self, source: &Source) {
        let sheet = self.sheet(source, Types::default());
        let mut years = Vec::new();
        let parts = markdown::parts(&source.text);
        decode(&sheet, &source.text, &parts, &calendar::nodes(), &mut years);
        let preface = parts.iter().find_map(|part| part.prose.first()).cloned().unwrap_or_default();
        for (mut year, span) in years {
            if year.source.is_empty() {
                year.source.clone_from(&preface);
            }
            if let Err(error) = self.book.calendar.publish(year) {
                sheet.report(Diagnostic::new(Code::BadCalendar, &source.path, span, calendar_error(&error)));
            }
        }
        self.keep(sheet);
    }

    fn place(&mut self, source: &Source) {
        let sheet = self.sheet(source, Types::default());
        let mut place = Place::default();
        decode(&sheet, &source.text, &markdown::parts(&source.text), &place::nodes(), &mut place);
        if place.code.is_empty() && sheet.diagnostics.borrow().is_empty() {
            sheet.report(nothing(source, "place"));
        }
        let file = self.keep(sheet);
        self.book.places.push(place);
        self.book.place_files.push(file);
    }

    fn procedure(&mut self, source: &Source) {
        let parts = markdown::parts(&source.text);
        if parts.iter().all(|part| part.blocks.is_empty()) {
            return;
        }
        let types = self.first_reading(source, &parts);
        let sheet = self.sheet(source, types);
        let mut draft = procedure::Draft::default();
        decode(&sheet, &source.text, &parts, &procedure::nodes(), &mut draft);
        let matter =
            sheet.index.borrow().decls.iter().find(|decl| decl.kind == Kind::Matter).map(|decl| decl.span.clone());
        let ghost_matter = sheet.index.borrow().broken;
        match &matter {
            None if ghost_matter => {}
            None => sheet.report(nothing(source, "matter")),
            Some(_) if ghost_matter => {}
            Some(span) => {
                for (node, what) in draft.missing() {
                    let message = format!("缺少 `{node}`（{what}）");
                    let diagnostic = Diagnostic::new(Code::MissingNode, &source.path, span.clone(), message);
                    sheet.report(diagnostic.help(format!("在任何一个标题下面加上 `{node} …`。")));
                }
            }
        }
        let cases = cases(&sheet, &parts);
        let tables = parts.iter().flat_map(|part| &part.tables).filter(|table| is_procedure_table(table));
        sheet.index.borrow_mut().tables.extend(tables.cloned());
        let mut procedure = draft.finish(sm3(source.text.as_bytes()));
        procedure.sections = sections(&parts, &sheet.index.borrow());
        field_kinds(&sheet, &procedure);
        let file = self.keep(sheet);
        if matter.is_some() {
            self.book.worked_cases.extend(cases);
            self.book.procedures.push(procedure);
            self.book.procedure_files.push(file);
        }
    }

    /// Fields and lists of a procedure, for its conditions.
    fn first_reading(&self, source: &Source, parts: &[Part]) -> Types {
        let sheet = self.sheet(source, Types::default());
        let mut draft = procedure::Draft::default();
        decode(&sheet, &source.text, parts, &procedure::nodes(), &mut draft);
        let procedure = draft.finish(sm3(&[]));
        let index = sheet.index.into_inner();
        let mut types = Types { ready: true, ..Types::default() };
        for (_, field) in procedure.fields() {
            types.fields.entry(field.name.clone()).or_insert_with(|| field.kind.clone());
        }
        for compute in procedure.acts.iter().flat_map(|act| &act.computes) {
            types.fields.insert(compute.field.clone(), kernel::procedure::FieldKind::Money);
        }
        for question in &procedure.screening.questions {
            types.questions.insert(question.name.clone(), question.kind.clone());
        }
        for list in &procedure.choices {
            let entries = list.entries.iter().map(|entry| entry.name.clone()).collect();
            types.lists.insert(list.name.clone(), (entries, index.prop(Kind::List, &list.name, "")));
        }
        types
    }
}

/// The worked cases in the tables of a file.
fn cases(sheet: &Sheet<'_>, parts: &[Part]) -> Vec<WorkedCase> {
    let mut found = Vec::new();
    for part in parts {
        enter(sheet, part);
        for table in &part.tables {
            case::cases(sheet, table, &mut found);
        }
    }
    found
}

fn is_procedure_table(table: &markdown::Table) -> bool {
    let header = || table.header.iter().map(|cell| cell.text.as_str());
    header().eq(STEPS) || header().eq(LIMITS)
}

fn calendar_error(error: &CalendarError) -> String {
    error.zh().trim_end_matches('。').to_owned()
}

fn nothing(source: &Source, node: &str) -> Diagnostic {
    let end = source.text.lines().next().map_or(0, str::len);
    Diagnostic::new(Code::NothingDeclared, &source.path, 0..end, format!("这个文件没有 `{node}` 节点"))
        .help(format!("写上 `{node} …`；只有文字的文件不要写 kdl 块。"))
}

/// Makes the heading of a part the one diagnostics stand under.
fn enter(sheet: &Sheet<'_>, part: &Part) {
    *sheet.heading.borrow_mut() = part.heading.as_ref().map(|heading| heading.text.clone());
}

fn decode<T>(sheet: &Sheet<'_>, text: &str, parts: &[Part], table: &[Child<'_, T>], target: &mut T) {
    let mut seen = Vec::new();
    for part in parts {
        enter(sheet, part);
        if let Some(heading) = &part.heading {
            for (citation, span) in &heading.cites {
                sheet.cite(citation.clone(), span.clone(), span.clone());
            }
            if let Some(span) = &heading.unread {
                let written = text.get(span.clone()).unwrap_or_default();
                let message = format!("标题里竖线后面读不懂：“{written}”");
                let diagnostic = Diagnostic::new(Code::BadCitation, sheet.path, span.clone(), message);
                sheet.report(diagnostic.help("写成“法律援助法第四十三条、第四十四条”。"));
            }
        }
        for span in &part.blocks {
            read_block(sheet, text, span.clone(), table, target, &mut seen);
        }
    }
}

fn read_block<T>(
    sheet: &Sheet<'_>,
    text: &str,
    span: Range<usize>,
    table: &[Child<'_, T>],
    target: &mut T,
    seen: &mut Vec<&'static str>,
) {
    let block = syntax::block(sheet.path, text, span, &sheet.memory);
    {
        let mut index = sheet.index.borrow_mut();
        index.broken |= !block.diagnostics.is_empty();
        index.ghosts.extend(block.ghosts.iter().filter_map(|ghost| ghost.name.as_deref()).map(Name::new));
    }
    for diagnostic in block.diagnostics {
        sheet.report(diagnostic);
    }
    for chunk in &block.chunks {
        sheet.nodes(chunk, table, target, seen);
    }
}

/// The prose by heading, with what is declared under it.
fn sections(parts: &[Part], index: &FileIndex) -> Vec<Section> {
    let mut sections = Vec::new();
    for part in parts {
        let Some(heading) = &part.heading else { continue };
        let shown = [Kind::Stage, Kind::Act, Kind::Limit];
        let under =
            |decl: &&crate::index::Decl| shown.contains(&decl.kind) && decl.heading.as_ref() == Some(&heading.text);
        let cites: Vec<Citation> = heading.cites.iter().map(|(citation, _)| citation.clone()).collect();
        sections.push(Section {
            title: heading.title.clone(),
            cites,
            prose: part.prose.clone(),
            declares: index.decls.iter().filter(under).map(|decl| decl.name.clone()).collect(),
        });
    }
    sections
}

/// A field asked in several acts must be of one kind.
fn field_kinds(sheet: &Sheet<'_>, procedure: &Procedure) {
    let mut first: BTreeMap<&Name, (&Name, &kernel::procedure::FieldKind)> = BTreeMap::new();
    let mut found = Vec::new();
    for (act, field) in procedure.fields() {
        let (owner, kind) = first.entry(&field.name).or_insert((&act.name, &field.kind));
        if !same_kind(kind, &field.kind) {
            let index = sheet.index.borrow();
            let place = |owner: &Name| {
                let decl =
                    index.decls.iter().find(|decl| decl.owner.as_ref() == Some(owner) && decl.name == field.name);
                decl.map_or((0..0, None), |decl| (decl.span.clone(), decl.heading.clone()))
            };
            let message = format!("字段 `{}` 在不同的表单里种类不同", field.name);
            let note = format!("`{owner}` 里先这样写");
            let (span, heading) = place(&act.name);
            found.push(
                Diagnostic::new(Code::FieldKindDiffers, sheet.path, span, message)
                    .help("用同一种节点和同一张选项表，或者换一个名称。")
                    .from(sheet.path, place(owner).0, note)
                    .under(heading.as_deref()),
            );
        }
    }
    sheet.diagnostics.borrow_mut().extend(found);
}

fn same_kind(left: &kernel::procedure::FieldKind, right: &kernel::procedure::FieldKind) -> bool {
    use kernel::procedure::FieldKind::{Choice, Choices, Ranking};
    match (left, right) {
        (Choice { list: a }, Choice { list: b }) | (Choices { list: a }, Choices { list: b }) => a == b,
        (Ranking { register: a, .. }, Ranking { register: b, .. }) => a == b,
        _ => std::mem::discriminant(left) == std::mem::discriminant(right),
    }
}
