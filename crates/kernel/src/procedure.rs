//! A procedure as the law file says it, checked and ready to decide with.
//!
//! These types are the meaning of the law language; its wording lives in `statute`, which is the
//! only place that builds them. Nothing here was typed by a user of the system.
//!
//! INVARIANT: a published procedure is immutable; `edition` is the SM3 of its source.

mod act;
mod form;
mod guide;
mod limit;
mod paper;

pub use act::{
    ActDef, ActKind, Answers, Assigns, Compute, Extend, ExtendBy, Guard, MinYears, Notice, RateRead, Remedy, Target,
};
pub use form::{Choice, ChoiceList, Field, FieldKind, FormSection, Keep};
pub use guide::{Guide, OpenPoint, Screening, ScreeningOutcome, ScreeningRow, Section};
pub use limit::{Amount, Anchor, Binds, Expiry, Limit, LimitKind, Post, Without};
pub use paper::{DossierItem, DossierSource, NumberSeries, PaperDef};

use crate::ledger::Digest;
use crate::names::Name;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// One procedure, one edition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Procedure {
    /// `legal-aid`.
    pub id: Name,
    /// 法律援助.
    pub title: String,
    /// Which of the Ministry's functions it belongs to.
    pub function: Function,
    /// SM3 of the source text.
    pub edition: Digest,
    /// First day on which matters may be opened under it.
    pub in_force_from: Date,
    /// First day on which they no longer may.
    pub in_force_until: Option<Date>,
    /// The choice field that names what a matter is about.
    pub titled_by: Option<Name>,
    /// Which answer seals a file (依法封存); none where no answer does.
    pub seal: Option<Seal>,
    /// The statute it carries out.
    pub statute: String,
    /// Who works on it and who is party to it.
    pub seats: Vec<Seat>,
    /// Lists to choose from.
    pub choices: Vec<ChoiceList>,
    /// How the competent office is found.
    pub competence: Competence,
    /// What this edition changed, and what becomes of matters opened under the one before.
    pub succession: Succession,
    /// Stages, closed ones included, in the order written.
    pub stages: Vec<Stage>,
    /// Acts, in the order written.
    pub acts: Vec<ActDef>,
    /// Limits of time.
    pub limits: Vec<Limit>,
    /// Requests that can stand open beside the stage.
    pub marks: Vec<Mark>,
    /// The number of the matter itself, drawn when it is opened.
    pub number: NumberSeries,
    /// Papers it issues.
    pub papers: Vec<PaperDef>,
    /// What the case file must hold.
    pub dossier: Vec<DossierItem>,
    /// Text and answers of the service guide that no rule states.
    pub guide: Guide,
    /// The short check before applying.
    pub screening: Screening,
    /// Readings of the law that are not certain (待核).
    pub open_points: Vec<OpenPoint>,
    /// The prose of the file by article, for guide and workbench.
    pub sections: Vec<Section>,
}

/// 一个统筹、四大职能.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Function {
    /// 全面依法治市.
    Coordination,
    /// 行政立法.
    Legislation,
    /// 行政执法.
    Enforcement,
    /// 刑事执行.
    Corrections,
    /// 公共法律服务.
    Services,
}

/// A statute and one of its articles.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Citation {
    /// 法律援助法.
    pub statute: String,
    /// 43.
    pub article: u32,
}

/// The answer by which the law seals a file (依法封存).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// The question: a choice that every opening act asks.
    pub field: Name,
    /// The answer, as the list of choices names it.
    pub value: String,
    /// The article that seals.
    pub cite: Citation,
}

/// A role in the procedure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// `aid-clerk`.
    pub name: Name,
    /// 受理审查人.
    pub title: String,
    /// Where whoever holds it is found.
    pub place: SeatPlace,
}

/// Where the holder of a seat is found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SeatPlace {
    /// A post with the name of the seat in the office that owns the matter.
    Owner,
    /// A post in the office above the owner.
    AboveOwner,
    /// A post in an office of a kind, beside the owner: police, court, the receiving county. The one a field names, or
    /// else the one that is responsible for the area of the owner.
    OfficeOf {
        /// Kind of office.
        kind: String,
        /// Which level, where the law names one.
        level: Option<Level>,
        /// The field that names the office, where one does.
        by_field: Option<Name>,
    },
    /// A post in any office of the realm: the windows of 全城通办.
    Anywhere,
    /// The person who was put into a slot by an assignment.
    Slot(Name),
    /// The party themself, shown by receipt, phone code or account.
    Party,
    /// Whoever opened the matter from outside (court, detention house).
    Opener,
    /// Nobody: the clock itself.
    System,
}

/// How the competent office is found (全城通办: anyone may file anywhere).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Competence {
    /// Kind of office, e.g. `legal-aid-centre`.
    pub office_kind: String,
    /// Which level, where the law names one.
    pub level: Option<Level>,
    /// The field that holds the deciding region; without one, the office of whoever opens decides.
    pub by_field: Option<Name>,
    /// Why.
    pub cite: Option<Citation>,
}

/// A state in which a matter waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// `review`.
    pub name: Name,
    /// 审查.
    pub title: String,
    /// The seats whose turn it is. Empty for closed stages.
    pub by: Vec<Name>,
    /// The matter counts as closed; declared acts may still follow (objection, rating).
    pub closed: bool,
    /// Why no limit applies, where none does.
    pub no_limit: Option<String>,
    /// What a party is told about this stage, in plain words.
    pub tells: String,
    /// Articles it rests on.
    pub cites: Vec<Citation>,
}

/// An open request that is somebody's turn beside the stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// `replacement-asked`.
    pub name: Name,
    /// 受援人请求更换法律援助人员.
    pub title: String,
    /// Whose turn.
    pub by: Name,
    /// Why no limit applies to it, where none runs while it stands open.
    pub no_limit: Option<String>,
}

impl Procedure {
    /// The stage of that name.
    pub fn stage(&self, name: &Name) -> Option<&Stage> {
        self.stages.iter().find(|stage| &stage.name == name)
    }

    /// The act of that name.
    pub fn act(&self, name: &Name) -> Option<&ActDef> {
        self.acts.iter().find(|act| &act.name == name)
    }

    /// Whether a field holds a day before which something must be done: one that is announced.
    pub fn is_announced(&self, field: &Name) -> bool {
        self.limits.iter().any(|limit| matches!(&limit.binds, Binds::Before { field: day } if day == field))
    }

    /// The seat of that name.
    pub fn seat(&self, name: &Name) -> Option<&Seat> {
        self.seats.iter().find(|seat| &seat.name == name)
    }

    /// The limit of that name.
    pub fn limit(&self, name: &Name) -> Option<&Limit> {
        self.limits.iter().find(|limit| &limit.name == name)
    }

    /// The open request of that name.
    pub fn mark(&self, name: &Name) -> Option<&Mark> {
        self.marks.iter().find(|mark| &mark.name == name)
    }

    /// The paper of that name.
    pub fn paper(&self, name: &Name) -> Option<&PaperDef> {
        self.papers.iter().find(|paper| &paper.name == name)
    }

    /// The list of that name.
    pub fn choice_list(&self, name: &Name) -> Option<&ChoiceList> {
        self.choices.iter().find(|list| &list.name == name)
    }

    /// Every field of every act, with the act that collects it.
    pub fn fields(&self) -> impl Iterator<Item = (&ActDef, &Field)> {
        self.acts.iter().flat_map(|act| act.fields().map(move |field| (act, field)))
    }

    /// The first declaration of a field. Acts that ask for the same field again share its meaning.
    pub fn field(&self, name: &Name) -> Option<&Field> {
        self.fields().map(|(_, field)| field).find(|field| &field.name == name)
    }

    /// The acts that open a matter.
    pub fn openings(&self) -> impl Iterator<Item = &ActDef> {
        self.acts.iter().filter(|act| act.kind == ActKind::Open)
    }
}

impl std::fmt::Display for Citation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}第{}条", self.statute, crate::names::chinese_number(self.article))
    }
}

/// A level of the area tree (省—市—县—乡).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Level {
    /// 省.
    Province,
    /// 设区的市.
    City,
    /// 县、区.
    County,
    /// 乡镇、街道.
    Town,
}

/// What an edition changed, and what becomes of matters opened under the one before it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Succession {
    /// What changed and why, with its basis.
    pub changes: Vec<(String, Option<Citation>)>,
    /// Stages of the edition before in which an open matter goes over to this one. Elsewhere it stays.
    pub moves_in: Vec<Name>,
    /// Why matters stay, or go over.
    pub basis: Option<String>,
    /// The article that says so.
    pub cite: Option<Citation>,
    /// The open point it rests on.
    pub open_point: Option<Name>,
}
