//! Acts: what may be done, by whom, where, and what follows.

use super::{Citation, Field, FormSection};
use crate::clock::Unit;
use crate::guard::Expr;
use crate::names::Name;
use serde::{Deserialize, Serialize};

/// Something that may be done.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ActDef {
    /// `grant`.
    pub name: Name,
    /// 给予法律援助.
    pub title: String,
    /// What kind of act this is.
    pub kind: ActKind,
    /// Seats that may do it.
    pub by: Vec<Name>,
    /// Stages in which it may be done. Empty for opening acts.
    pub within: Vec<Name>,
    /// Where the matter goes.
    pub to: Target,
    /// What must be handed in or stated.
    pub form: Vec<FormSection>,
    /// A condition with the sentence that says why not.
    pub guards: Vec<Guard>,
    /// At most once in the life of a matter.
    pub once: bool,
    /// May not be done by whoever did one of these acts on the same matter.
    pub apart_from: Vec<Name>,
    /// Limits it stops.
    pub stops: Vec<Name>,
    /// Limits whose days, from this act until one that resumes them, are not counted (扣除).
    pub deducts: Vec<Name>,
    /// Limits that are counted anew from this act (重新计算).
    pub restarts: Vec<Name>,
    /// Limits it lets run on.
    pub resumes: Vec<Name>,
    /// Limits it prolongs.
    pub extends: Vec<Extend>,
    /// The field that names the second person of a two-person act.
    pub with: Option<Name>,
    /// The field that names somebody who may do nothing more on the matter (回避).
    pub recuses: Option<Name>,
    /// Why one person may both propose and decide this.
    pub alone: Option<String>,
    /// The earlier act it answers, one performance at a time.
    pub answers: Option<Answers>,
    /// Papers that go onto the public page with it.
    pub publishes: Vec<Name>,
    /// Papers taken off the public page.
    pub unpublishes: Vec<Name>,
    /// Requests it leaves open for somebody.
    pub raises: Vec<Name>,
    /// Requests it settles.
    pub settles: Vec<Name>,
    /// Persons it puts into slots by the rule of an assignment.
    pub assigns: Option<Assigns>,
    /// Slots it empties.
    pub releases: Vec<Name>,
    /// Slots whose holder is done: they stay on record, the matter no longer counts against their cap.
    pub frees: Vec<Name>,
    /// Money it works out.
    pub computes: Vec<Compute>,
    /// Papers it issues.
    pub papers: Vec<Name>,
    /// It goes against a person; then a remedy is compulsory.
    pub adverse: bool,
    /// What the person may do against it.
    pub remedy: Option<Remedy>,
    /// Messages that leave with it.
    pub notices: Vec<Notice>,
    /// The text field that names the number this act declares void.
    pub voids: Option<Name>,
    /// The paper whose number is declared void is issued anew, with its content and a new number.
    pub reissues: bool,
    /// The case file must be complete.
    pub needs_dossier: bool,
    /// The office that owns the matter is found anew (移送).
    pub reroutes: bool,
    /// Articles it rests on.
    pub cites: Vec<Citation>,
}

/// Kinds of acts, for wording and for the checker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ActKind {
    /// Opens a matter.
    Open,
    /// Asks somebody for something.
    Ask,
    /// Answers what was asked, or states something new.
    Answer,
    /// Proposes a decision that another person takes.
    Propose,
    /// Decides.
    Decide,
    /// Puts a person in charge.
    Assign,
    /// Notes what was done.
    #[default]
    Record,
    /// Happens by itself when a limit ends.
    Expire,
}

/// Where a matter goes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Target {
    /// It stays.
    #[default]
    Stay,
    /// To this stage.
    Stage(Name),
}

/// A condition of an act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// Must be true.
    pub when: Expr,
    /// As written, for reference.
    pub source: String,
    /// What a person is told when it is not.
    pub otherwise: String,
    /// Its basis.
    pub cite: Option<Citation>,
}

/// How a person is put into a slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assigns {
    /// `lawyer`.
    pub slot: Name,
    /// `legal-aid-lawyers`.
    pub register: Name,
    /// The ranking field of the wishes, where there is one.
    pub wishes: Option<Name>,
    /// The boolean field by which the applicant consents to the rota when no wish can be met.
    pub consent: Option<Name>,
    /// The rate that caps open matters per person.
    pub cap: Option<Name>,
    /// Fields that hold the other side's identity (name, ID number, credit code).
    pub conflict_fields: Vec<Name>,
    /// Years of practice needed, and when.
    pub min_years: Option<MinYears>,
    /// Slots whose holders, past and present, may not be taken.
    pub not_from_slots: Vec<Name>,
    /// Slots whose holders' firms are excluded as a whole.
    pub not_from_firms_of: Vec<Name>,
    /// The register in which those firms are found; this one where none is named.
    pub firms_register: Option<Name>,
    /// Its basis.
    pub cite: Citation,
}

/// Years of practice that an assignment needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MinYears {
    /// Years.
    pub years: u32,
    /// When they are needed.
    pub when: Expr,
    /// Its basis.
    pub cite: Citation,
}

/// Money worked out from dated rates: `base × factor`, governed by the day of an act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compute {
    /// The fact it becomes.
    pub field: Name,
    /// 补贴金额.
    pub title: String,
    /// The rate of the base, keyed by a fact.
    pub base: RateRead,
    /// The rate of the factor, keyed by a fact.
    pub factor: Option<RateRead>,
    /// The act whose day decides which values are in force.
    pub governed_by: Name,
    /// Its basis.
    pub cite: Citation,
}

/// A rate, and the fact that keys it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateRead {
    /// `legal-aid.subsidy`.
    pub rate: Name,
    /// The fact whose choice is the key.
    pub key: Option<Name>,
}

/// What a person may do against an adverse act; printed on the paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remedy {
    /// 向设立该法律援助机构的司法行政部门提出异议.
    pub text: String,
    /// The body.
    pub body: String,
    /// The term, in words; the law may set none.
    pub term: String,
    /// The act that opens it, where it happens here.
    pub act: Option<Name>,
    /// Its basis.
    pub cite: Citation,
}

/// A message that leaves with an act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// To whom.
    pub to: Name,
    /// The text, with `{field}` places.
    pub text: String,
}

impl ActDef {
    /// The fields of its form in order.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.form.iter().flat_map(|section| &section.fields)
    }
}

/// By how much an act prolongs a limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extend {
    /// The limit.
    pub limit: Name,
    /// How much.
    pub by: ExtendBy,
    /// The unit, resolved by the statute's own counting.
    pub unit: Unit,
    /// At most so often.
    pub times: u32,
    /// Its basis.
    pub cite: Option<Citation>,
}

/// How much a limit is prolonged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExtendBy {
    /// By so many units.
    Fixed(u32),
    /// By as many as a number field of the act says, and no more than this.
    Field {
        /// The field.
        field: Name,
        /// At most.
        at_most: u32,
    },
}

/// Which earlier act is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    /// The act, performed any number of times.
    pub act: Name,
    /// The field that says which performance.
    pub item: Name,
}
