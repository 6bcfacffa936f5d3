//! A procedure as the law file says it, checked and ready to decide with.
//!
//! These types are the meaning of the law language; its wording lives in `statute`, which is the
//! only place that builds them. Nothing here was typed by a user of the system.
//!
//! INVARIANT: a published procedure is immutable; `edition` is the SM3 of its source.

use crate::clock::Unit;
use crate::guard::Expr;
use crate::ledger::Digest;
use crate::names::Name;
use jiff::civil::Date;

/// One procedure, one edition.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// The statute it carries out.
    pub statute: String,
    /// Who works on it and who is party to it.
    pub seats: Vec<Seat>,
    /// Lists to choose from.
    pub choices: Vec<ChoiceList>,
    /// How the competent office is found.
    pub competence: Competence,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Citation {
    /// 法律援助法.
    pub statute: String,
    /// 43.
    pub article: u32,
}

/// A role in the procedure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// `aid-clerk`.
    pub name: Name,
    /// 受理审查人.
    pub title: String,
    /// Where whoever holds it is found.
    pub place: SeatPlace,
}

/// Where the holder of a seat is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeatPlace {
    /// A post with the name of the seat in the office that owns the matter.
    Owner,
    /// A post in the office above the owner.
    AboveOwner,
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

/// A list to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChoiceList {
    /// Name of the list.
    pub name: Name,
    /// Its entries in order.
    pub entries: Vec<Choice>,
}

/// One entry of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// `wage`.
    pub name: String,
    /// 请求支付劳动报酬.
    pub title: String,
    /// Where the law lists it.
    pub cite: Option<Citation>,
}

/// How the competent office is found (全城通办: anyone may file anywhere).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Competence {
    /// Kind of office, e.g. `legal-aid-centre`.
    pub office_kind: String,
    /// The field that holds the deciding region.
    pub by_field: Name,
    /// Why that field decides.
    pub cite: Citation,
}

/// A state in which a matter waits.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// Something that may be done.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// Limits it lets run on.
    pub resumes: Vec<Name>,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    Record,
    /// Happens by itself when a limit ends.
    Expire,
}

/// Where a matter goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// It stays.
    Stay,
    /// To this stage.
    Stage(Name),
}

/// A condition of an act.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// A page of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormSection {
    /// 申请人.
    pub title: String,
    /// A sentence of guidance, may be empty.
    pub hint: String,
    /// Its fields.
    pub fields: Vec<Field>,
}

/// One field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// `applicant.id-number`.
    pub name: Name,
    /// 公民身份号码.
    pub title: String,
    /// What it holds.
    pub kind: FieldKind,
    /// Must be answered when asked. A promise field answers for the proof it replaces.
    pub required: bool,
    /// Asked only when this holds.
    pub when: Option<Expr>,
    /// Help below the label, may be empty.
    pub hint: String,
    /// The party whose personal data it is; sealed under that person's key.
    pub personal: Option<Name>,
    /// A boolean field that replaces this proof (告知承诺).
    pub or_promise: Option<Name>,
    /// Seats that may never learn it.
    pub veiled_from: Vec<Name>,
    /// Its basis.
    pub cite: Option<Citation>,
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldKind {
    /// One line, at most so many characters.
    Text {
        /// Characters.
        max_chars: u32,
    },
    /// Several lines.
    Long {
        /// Characters.
        max_chars: u32,
    },
    /// Money in fen, zero or more.
    Money,
    /// A whole number.
    Number {
        /// Lowest.
        min: i64,
        /// Highest.
        max: i64,
    },
    /// A civil date; `past` forbids days after today.
    Date {
        /// Not after today.
        past: bool,
    },
    /// A civil date and time, not in the future.
    Time,
    /// Yes or no.
    Bool,
    /// A promise: yes, with the full text promised.
    Promise {
        /// The text the person agrees to.
        text: String,
    },
    /// One entry of a list.
    Choice {
        /// The list.
        list: Name,
    },
    /// Some entries of a list.
    Choices {
        /// The list.
        list: Name,
    },
    /// Ranked entries of a register, best first.
    Ranking {
        /// The register.
        register: Name,
        /// At most so many.
        max: u32,
    },
    /// A resident identity number (GB 11643).
    ResidentId,
    /// A unified social credit code (GB 32100).
    CreditCode,
    /// A phone number.
    Phone,
    /// A region of the realm (GB/T 2260).
    Region,
    /// Files.
    Files {
        /// Media types taken.
        media: Vec<String>,
        /// Largest single file in bytes.
        max_bytes: u64,
    },
}

/// An open request that is somebody's turn beside the stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// `replacement-asked`.
    pub name: Name,
    /// 受援人请求更换法律援助人员.
    pub title: String,
    /// Whose turn.
    pub by: Name,
    /// Why no limit applies to it.
    pub no_limit: String,
}

/// How a person is put into a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MinYears {
    /// Years.
    pub years: u32,
    /// When they are needed.
    pub when: Expr,
    /// Its basis.
    pub cite: Citation,
}

/// Money worked out from dated rates: `base × factor`, governed by the day of an act.
#[derive(Debug, Clone, PartialEq, Eq)]
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateRead {
    /// `legal-aid.subsidy`.
    pub rate: Name,
    /// The fact whose choice is the key.
    pub key: Option<Name>,
}

/// What a person may do against an adverse act; printed on the paper.
#[derive(Debug, Clone, PartialEq, Eq)]
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// To whom.
    pub to: Name,
    /// The text, with `{field}` places.
    pub text: String,
}

/// A limit of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// `review`.
    pub name: Name,
    /// 审查期限.
    pub title: String,
    /// Law, promise or house rule.
    pub kind: LimitKind,
    /// How long.
    pub amount: Amount,
    /// The unit, resolved by the statute's own counting.
    pub unit: Unit,
    /// What starts it.
    pub from: Anchor,
    /// The stages it runs through. Leaving them for another ends it.
    pub spans: Vec<Name>,
    /// Whose duty it is.
    pub by: Name,
    /// The last day rolls forward from a closed day.
    pub rolls: bool,
    /// Day one counts.
    pub day_one: bool,
    /// What happens when it ends.
    pub expiry: Expiry,
    /// Its basis. House rules may rest on a rate instead.
    pub cite: Option<Citation>,
    /// When a person last read the article.
    pub checked: Option<Date>,
    /// The open point it rests on.
    pub open_point: Option<Name>,
}

/// Law, promise or house rule; shown side by side, never mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LimitKind {
    /// 法定期限.
    Statutory,
    /// 承诺期限.
    Promised,
    /// 内部时限.
    Internal,
}

/// How long a limit is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Amount {
    /// As the statute says.
    Fixed(u32),
    /// As the place says on the day it starts.
    Rate(Name),
}

/// What starts a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Anchor {
    /// The latest of these acts.
    Acts(Vec<Name>),
    /// A date or time stated in a field; the limit is met by the opening act.
    Field(Name),
}

/// What happens when a limit ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expiry {
    /// The overdue light, and nothing else.
    Alarm,
    /// This act happens by itself on the day after.
    Act(Name),
}

/// A paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperDef {
    /// `grant-decision`.
    pub name: Name,
    /// 给予法律援助决定书.
    pub title: String,
    /// Template below `law/papers`.
    pub template: String,
    /// Number series; none for forms that carry the number of the matter.
    pub number: Option<NumberSeries>,
    /// To whom it is addressed.
    pub to: Option<Name>,
    /// Seats and parties that may open it.
    pub readers: Vec<Name>,
    /// It carries the office's seal.
    pub sealed: bool,
}

/// A gapless series per office and year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberSeries {
    /// `legal-aid.grant`.
    pub series: String,
    /// `〔{year}〕援决字第{seq}号`.
    pub pattern: String,
}

/// A place in the catalogue of the case file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DossierItem {
    /// What it is called in the catalogue.
    pub title: String,
    /// Where it comes from.
    pub source: DossierSource,
    /// 必须, or only if there is one (按需).
    pub must: Option<Expr>,
    /// Always 必须.
    pub always: bool,
}

/// Where an item of the case file comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DossierSource {
    /// A paper issued.
    Paper(Name),
    /// Files handed in under a field.
    Field(Name),
    /// Acts of record, printed as one sheet by this paper.
    Records {
        /// The acts.
        acts: Vec<Name>,
        /// The paper that prints them.
        paper: Name,
    },
}

/// What the service guide says beyond the rules.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Guide {
    /// 服务对象.
    pub who: Vec<(String, Option<Citation>)>,
    /// 收费.
    pub fee: Option<(String, Option<Citation>)>,
    /// One sentence that says what it is for.
    pub summary: String,
    /// 咨询电话, where it is the same everywhere.
    pub phone: String,
}

/// The short check before applying.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Screening {
    /// Questions, asked in order.
    pub questions: Vec<Field>,
    /// Rows, first match answers.
    pub rows: Vec<ScreeningRow>,
}

/// One row of the decision table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScreeningRow {
    /// 新业态劳动者索要报酬.
    pub title: String,
    /// When it fires.
    pub when: Expr,
    /// What is answered.
    pub outcome: ScreeningOutcome,
    /// What to tell.
    pub text: String,
    /// Its basis.
    pub cite: Option<Citation>,
}

/// What a screening row answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreeningOutcome {
    /// Aid is likely.
    Likely,
    /// It depends; ask.
    Ask,
    /// Unlikely; says where else to go.
    Unlikely,
}

/// A reading of the law that is not certain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenPoint {
    /// Its name.
    pub name: Name,
    /// The question.
    pub question: String,
    /// Working assumption.
    pub assumption: String,
    /// Sources.
    pub sources: String,
    /// Who clears it up.
    pub owner: String,
}

/// The prose of one heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Heading.
    pub title: String,
    /// Articles named in the heading.
    pub cites: Vec<Citation>,
    /// Paragraphs in our own words.
    pub prose: Vec<String>,
    /// Stages, acts and limits declared under it.
    pub declares: Vec<Name>,
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

impl ActDef {
    /// The fields of its form in order.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.form.iter().flat_map(|section| &section.fields)
    }
}

impl ChoiceList {
    /// The title of an entry.
    pub fn title_of(&self, name: &str) -> Option<&str> {
        self.entries.iter().find(|entry| entry.name == name).map(|entry| entry.title.as_str())
    }
}

impl std::fmt::Display for Citation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}第{}条", self.statute, crate::names::chinese_number(self.article))
    }
}
