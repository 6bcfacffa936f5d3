//! `xiezhi law …`: what a jurist does with a law file beside checking it.
//!
//! To draft one ([`drafting`]), to read it in other forms ([`pages`]), to see what an edition changes ([`compare`]), to
//! see whether slips are noticed ([`slips`]) and to put it in force for open matters ([`adoption`]). The texts are written by `statute` and `web`; here are files,
//! arguments and answers.
//!
//! INVARIANT: nothing but `adopt` writes into a data directory, and nothing but `new` and `table --write` writes a law file.

mod adoption;
mod compare;
mod drafting;
mod pages;
mod slips;

pub use adoption::not_signed;

use crate::answer::{Answer, Complaint};
use crate::cli::LawCommand;
use crate::law::{self, LawText};
use crate::{edge, import};
use jiff::civil::Date;
use kernel::names::Name;
use kernel::procedure::Procedure;
use kernel::world::Place;
use statute::{Book, Diagnostic};
use std::path::Path;

/// Does what was asked.
///
/// # Errors
/// As the command says.
pub fn law(command: &LawCommand) -> Result<Answer, Complaint> {
    match command {
        LawCommand::Import(asked) => import::import(asked),
        LawCommand::List(asked) => pages::list(asked),
        LawCommand::New(asked) => drafting::new(asked),
        LawCommand::Guide(asked) => pages::guide(asked),
        LawCommand::Chart(asked) => pages::chart(asked),
        LawCommand::Table(asked) => pages::table(asked),
        LawCommand::Mutate(asked) => slips::mutate(asked),
        LawCommand::Bpmn(asked) => pages::bpmn(asked),
        LawCommand::Diff(asked) => compare::diff(asked),
        LawCommand::Adopt(asked) => adoption::adopt(asked),
        LawCommand::Grammar(_) => Ok(pages::grammar()),
    }
}

/// The law as far as a page about `id` or `id@in-force-from` needs it.
fn text_about(folder: Option<&Path>, wanted: &str) -> Result<LawText, Complaint> {
    let id = wanted.split('@').next().unwrap_or(wanted);
    Ok(LawText::find(folder)?.about(id))
}

/// A day as it was written, or today.
fn day(written: Option<&str>) -> Result<Date, Complaint> {
    let Some(written) = written else { return Ok(edge::today()) };
    written.parse().map_err(|_| Complaint::usage(format!("看不懂日期“{written}”：请写如 2026-02-13")))
}

/// An edition by `id` (the one in force on a day, or the latest) or by `id@in-force-from`.
fn edition<'b>(
    text: &LawText,
    (book, problems): (&'b Book, &[Diagnostic]),
    wanted: &str,
    on: Date,
) -> Result<&'b Procedure, Complaint> {
    let (id, from) = match wanted.split_once('@') {
        Some((id, from)) => (id, Some(day(Some(from))?)),
        None => (wanted, None),
    };
    let name = Name::from(id);
    let own: Vec<&Procedure> = book.procedures.iter().filter(|procedure| procedure.id == name).collect();
    let found = match from {
        Some(from) => own.iter().copied().find(|procedure| procedure.in_force_from == from),
        None => book.in_force(&name, on).or_else(|| own.iter().copied().max_by_key(|one| one.in_force_from)),
    };
    let found = found.ok_or_else(|| unknown(book, &own, id, from))?;
    readable(text, problems, found)?;
    Ok(found)
}

fn unknown(book: &Book, own: &[&Procedure], id: &str, from: Option<Date>) -> Complaint {
    if let (Some(from), false) = (from, own.is_empty()) {
        let known: Vec<String> = own.iter().map(|one| format!("{id}@{}", one.in_force_from)).collect();
        return Complaint::fact(format!("没有“{id}”自{from}起施行的一版；有：{}", known.join("、")));
    }
    let mut known: Vec<&str> = book.procedures.iter().map(|procedure| procedure.id.as_str()).collect();
    known.sort_unstable();
    known.dedup();
    Complaint::fact(format!("没有事项“{id}”；有：{}", known.join("、")))
}

/// A file that could not be read whole must not be shown as if it had been.
fn readable(text: &LawText, problems: &[Diagnostic], procedure: &Procedure) -> Result<(), Complaint> {
    let path = text.path_of(procedure.edition).unwrap_or_default();
    let own: Vec<Diagnostic> = law::errors(problems).into_iter().filter(|one| one.path == path).collect();
    if own.is_empty() {
        return Ok(());
    }
    Err(Complaint::fact(format!("“{}”的文件有错误，请先改正：\n\n{}", procedure.title, text.drawn(&own))))
}

/// The place asked for, or the only one.
fn place<'b>(book: &'b Book, asked: Option<&str>) -> Result<&'b Place, Complaint> {
    let known =
        || book.places.iter().map(|place| format!("{} {}", place.code, place.name)).collect::<Vec<_>>().join("、");
    match (asked, book.places.as_slice()) {
        (Some(code), places) => places
            .iter()
            .find(|place| place.code == code)
            .ok_or_else(|| Complaint::fact(format!("没有地方{code}；有：{}", known()))),
        (None, [only]) => Ok(only),
        (None, []) => Err(Complaint::fact("法律文件里没有地方：请在 places/ 写一份")),
        (None, _) => Err(Complaint::usage(format!("有几个地方，请用 --place 写明：{}", known()))),
    }
}
