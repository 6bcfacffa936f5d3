//! What a viewer is handed: plain data, already masked and veiled.

use crate::load::Loaded;
use crate::registers::Member;
use kernel::clock::Light;
use kernel::names::Name;
use kernel::procedure::{Citation, LimitKind, Remedy};
use kernel::world::Office;

/// A matter as seen.
#[derive(Debug, Clone)]
pub struct Sight {
    /// The loaded matter, for whoever goes on to act. Not for showing.
    pub loaded: Loaded,
    /// What it is about.
    pub title: String,
    /// Title of its stage.
    pub stage: String,
    /// What a party is told about the stage.
    pub tells: String,
    /// It counts as closed.
    pub closed: bool,
    /// The office that owns it.
    pub office: Option<Office>,
    /// Title of its channel.
    pub channel: String,
    /// Titles of those whose turn it is.
    pub turn: Vec<String>,
    /// What was handed in, by form section.
    pub facts: Vec<SeenGroup>,
    /// Its limits.
    pub clocks: Vec<SeenClock>,
    /// What happened, first to last.
    pub timeline: Vec<SeenAct>,
    /// Papers the viewer may open.
    pub papers: Vec<SeenPaper>,
    /// What the viewer may do now: seat and act.
    pub actions: Vec<SeenAction>,
    /// The case file.
    pub dossier: Vec<SeenItem>,
    /// Persons in charge.
    pub seated: Vec<SeenMember>,
    /// What may be done against the latest adverse act.
    pub remedy: Option<Remedy>,
    /// Articles the present stage rests on.
    pub cites: Vec<Citation>,
    /// Persons whose content was erased.
    pub erased: bool,
    /// The article by which the file is sealed; none where it is not.
    pub sealed_by: Option<Citation>,
}

/// A section of facts.
#[derive(Debug, Clone, Default)]
pub struct SeenGroup {
    /// Its title.
    pub title: String,
    /// Its facts.
    pub facts: Vec<SeenFact>,
}

/// One fact.
#[derive(Debug, Clone)]
pub struct SeenFact {
    /// The field.
    pub field: Name,
    /// Its title.
    pub label: String,
    /// Its value, masked where it must be.
    pub text: String,
    /// It is masked and may be seen in clear with a reason.
    pub masked: bool,
    /// Files: identity and name.
    pub files: Vec<kernel::value::FileRef>,
}

/// One limit.
#[derive(Debug, Clone)]
pub struct SeenClock {
    /// Its name.
    pub limit: Name,
    /// Its title.
    pub title: String,
    /// Law, promise or house rule.
    pub kind: LimitKind,
    /// 7日, where known.
    pub length: String,
    /// Whose duty.
    pub by: String,
    /// Day it started.
    pub started_on: jiff::civil::Date,
    /// Last day, where there is one.
    pub due_on: Option<jiff::civil::Date>,
    /// Days used so far, natural.
    pub used_days: i64,
    /// The light.
    pub light: Light,
    /// 剩2天.
    pub light_text: String,
    /// Why it stands still.
    pub stopped: Option<String>,
    /// It has ended.
    pub ended: bool,
    /// How the date was reached, in words.
    pub steps: Vec<String>,
    /// What happens at the end.
    pub at_end: String,
    /// Its basis.
    pub cite: Option<Citation>,
    /// The uncertain reading it rests on: question and assumption.
    pub open_point: Option<(String, String)>,
}

/// One thing that happened.
#[derive(Debug, Clone)]
pub struct SeenAct {
    /// Version.
    pub version: u32,
    /// The act.
    pub name: Name,
    /// Its title.
    pub title: String,
    /// Who, as the viewer may know it.
    pub who: String,
    /// In which seat.
    pub seat: String,
    /// When: civil time of the office.
    pub at: jiff::civil::DateTime,
    /// What was stated.
    pub facts: Vec<SeenFact>,
    /// Papers issued: name, title, number.
    pub papers: Vec<(Name, String, Option<String>)>,
    /// Who was seated: slot title, person, by choice or rota.
    pub seated: Vec<(String, String, String)>,
    /// Who was passed over: person and reason.
    pub skipped: Vec<(String, String)>,
    /// Articles.
    pub cites: Vec<Citation>,
}

/// One paper.
#[derive(Debug, Clone)]
pub struct SeenPaper {
    /// The paper.
    pub paper: Name,
    /// The act that issued it.
    pub version: u32,
    /// Its title.
    pub title: String,
    /// Its number.
    pub number: Option<String>,
    /// When.
    pub on: jiff::civil::Date,
    /// Void.
    pub voided: bool,
}

/// Something the viewer may do.
#[derive(Debug, Clone)]
pub struct SeenAction {
    /// The act.
    pub act: Name,
    /// Its title.
    pub title: String,
    /// In which seat.
    pub seat: Name,
    /// Articles.
    pub cites: Vec<Citation>,
}

/// One item of the case file.
#[derive(Debug, Clone)]
pub struct SeenItem {
    /// Its title.
    pub title: String,
    /// 必须.
    pub must: bool,
    /// It is there.
    pub there: bool,
}

/// A person in charge.
#[derive(Debug, Clone)]
pub struct SeenMember {
    /// 承办律师.
    pub seat: String,
    /// The person.
    pub member: Member,
}
