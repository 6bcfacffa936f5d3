//! What is wrong in a law file, as plain data.
//!
//! A diagnostic names its code, the bytes it points at, the place the expectation comes from, and one line of help.
//! It does not know how it is drawn ([`crate::render`]) nor who reads it: the command line draws it, the web lists it.
//!
//! INVARIANT: every code has a page in `crates/statute/diagnostics/`, with a bad example and the exact message.

use std::ops::Range;

/// How grave a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The book must not be used.
    Error,
    /// The book may be used; a person should look.
    Warning,
}

/// Where an expectation comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The file.
    pub path: String,
    /// Bytes of that file.
    pub span: Range<usize>,
    /// What stands there, in one line.
    pub note: String,
}

/// One problem of a law file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its code, also the name of its page.
    pub code: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// The file.
    pub path: String,
    /// Bytes of the file it points at.
    pub span: Range<usize>,
    /// What is wrong, in Chinese, one line.
    pub message: String,
    /// The place the expectation comes from.
    pub expected_from: Option<Origin>,
    /// What to do, one line.
    pub help: Option<String>,
    /// The article heading it stands under.
    pub heading: Option<String>,
    /// The shortest run of acts that breaks what must hold, by their titles; empty where no run is needed.
    pub run: Vec<String>,
}

impl Diagnostic {
    /// A diagnostic of a code at a place.
    pub(crate) fn new(code: Code, path: &str, span: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            code: code.name(),
            severity: code.severity(),
            path: path.to_owned(),
            span,
            message: message.into(),
            expected_from: None,
            help: None,
            heading: None,
            run: Vec::new(),
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    pub(crate) fn from(mut self, path: &str, span: Range<usize>, note: impl Into<String>) -> Self {
        self.expected_from = Some(Origin { path: path.to_owned(), span, note: note.into() });
        self
    }

    /// The run of acts that shows it.
    pub(crate) fn run(mut self, run: Vec<String>) -> Self {
        self.run = run;
        self
    }

    pub(crate) fn under(mut self, heading: Option<&str>) -> Self {
        self.heading = heading.map(str::to_owned);
        self
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])+ $variant:ident = $name:literal, $severity:ident;)+) => {
        /// Every kind of problem this crate can report.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code {
            $($(#[$doc])+ $variant,)+
        }

        impl Code {
            /// All of them, in the order in which they are declared.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)+];

            /// The name shown to people.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Code::$variant => $name,)+ }
            }

            /// How grave it is.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Code::$variant => Severity::$severity,)+ }
            }
        }
    };
}

codes! {
    /// A block is not KDL.
    Syntax = "syntax", Error;
    /// `true` or `false` without the number sign.
    BareKeyword = "bare-keyword", Error;
    /// A node that means nothing here.
    UnknownNode = "unknown-node", Error;
    /// A property or argument that means nothing here.
    UnknownProperty = "unknown-property", Error;
    /// The same property twice.
    DuplicateProperty = "duplicate-property", Error;
    /// A node that may stand once stands twice.
    DuplicateNode = "duplicate-node", Error;
    /// A property or argument that must be there.
    MissingProperty = "missing-property", Error;
    /// A node that must be there.
    MissingNode = "missing-node", Error;
    /// A value of the wrong kind.
    WrongValue = "wrong-value", Error;
    /// A word outside its list.
    UnknownWord = "unknown-word", Error;
    /// A citation that cannot be read.
    BadCitation = "bad-citation", Error;
    /// A file below `law/` that declares nothing.
    NothingDeclared = "nothing-declared", Error;
    /// The same name declared twice.
    DuplicateName = "duplicate-name", Error;
    /// A name that nobody declares.
    UnknownName = "unknown-name", Error;
    /// The same field name with two kinds.
    FieldKindDiffers = "field-kind-differs", Error;
    /// A calendar that contradicts itself.
    BadCalendar = "bad-calendar", Error;
    /// A condition that is not CEL.
    ConditionSyntax = "condition-syntax", Error;
    /// A condition with operands that do not fit.
    ConditionType = "condition-type", Error;
    /// A condition names an entry that is not in the list.
    NotInList = "not-in-list", Error;
    /// A condition may read a field that was not collected.
    UncollectedField = "uncollected-field", Error;
    /// A place in a message that is no field.
    UnknownPlaceholder = "unknown-placeholder", Error;
    /// No act opens a matter.
    NoOpening = "no-opening", Error;
    /// `in` or `to` where the kind of act excludes it, or missing where it needs it.
    ActPlacement = "act-placement", Error;
    /// No path leads to a stage.
    UnreachableStage = "unreachable-stage", Error;
    /// A stage from which the matter can never end.
    EndlessStage = "endless-stage", Error;
    /// An act that can never be done.
    ImpossibleAct = "impossible-act", Error;
    /// More states than can be explored.
    TooManyStates = "too-many-states", Error;
    /// A waiting stage in which its seats have nothing to do.
    IdleStage = "idle-stage", Error;
    /// A waiting stage without limit and without a reason for none.
    StageWithoutLimit = "stage-without-limit", Error;
    /// A statutory limit without citation or `checked`.
    LimitWithoutCitation = "limit-without-citation", Error;
    /// An adverse act without remedy.
    AdverseWithoutRemedy = "adverse-without-remedy", Error;
    /// An adverse act without paper.
    AdverseWithoutPaper = "adverse-without-paper", Error;
    /// An expiry that cannot take effect.
    ExpiryWithoutEffect = "expiry-without-effect", Error;
    /// A separation of duties that can never be satisfied.
    ApartImpossible = "apart-impossible", Error;
    /// A request that nothing raises or settles.
    MarkUnused = "mark-unused", Error;
    /// A citation of a statute that is not declared.
    UnknownStatute = "unknown-statute", Error;
    /// A citation of an article that does not exist.
    UnknownArticle = "unknown-article", Error;
    /// A rate that is not in force on a day it can be read.
    RateGap = "rate-gap", Error;
    /// Two values of a rate in force on one day.
    RateOverlap = "rate-overlap", Error;
    /// No office of the competent kind in a place.
    NoOffice = "no-office", Error;
    /// Two editions in force on one day.
    EditionOverlap = "edition-overlap", Error;
    /// A day between two editions on which none is in force.
    EditionGap = "edition-gap", Error;
    /// A limit that nothing ends.
    LimitNeverEnds = "limit-never-ends", Error;
    /// A limit whose start leads nowhere where it runs.
    LimitNeverRuns = "limit-never-runs", Error;
    /// A limit is stopped, resumed or prolonged where it cannot be running.
    ClockNotRunning = "clock-not-running", Error;
    /// A clock that can stand still for ever.
    ClockStandsStill = "clock-stands-still", Error;
    /// A minimum period that another act walks round.
    MinimumWalkedRound = "minimum-walked-round", Error;
    /// The day from which a limit is counted back may not be known.
    DayNotStated = "day-not-stated", Error;
    /// A case file that can never be complete.
    DossierImpossible = "dossier-impossible", Error;
    /// A request without limit and without a reason for none.
    MarkWithoutLimit = "mark-without-limit", Error;
    /// A request that may stand open when the matter is closed.
    MarkLeftOpen = "mark-left-open", Error;
    /// An act settles what never stands open.
    SettlesNothing = "settles-nothing", Error;
    /// A remedy that cannot be reached from where the adverse act leads.
    RemedyUnreachable = "remedy-unreachable", Error;
    /// One person may both propose and decide.
    NotApart = "not-apart", Error;
    /// The second person, or the recused one, is not named by a field for colleagues.
    ColleagueNeeded = "colleague-needed", Error;
    /// An act answers item by item what cannot be answered so.
    AnswersNothing = "answers-nothing", Error;
    /// What happens by itself is not done by the clock, or the clock does something else.
    ClockActs = "clock-acts", Error;
    /// A veiled field can be learned by whom it is veiled from.
    VeilLeaks = "veil-leaks", Error;
    /// A file is sealed by an answer that nobody can give, or that is not always asked for.
    SealUnanswered = "seal-unanswered", Error;
    /// A stage that open matters move into or out of is not in both editions.
    EditionStage = "edition-stage", Error;
    /// Somebody or something is named that has nothing to do.
    NothingToDo = "nothing-to-do", Error;
    /// A remedy against an act that is not marked adverse.
    RemedyWithoutAdverse = "remedy-without-adverse", Error;
    /// A paper prints what may not have been answered.
    PrintedUnanswered = "printed-unanswered", Error;
    /// A procedure without its table.
    TableMissing = "table-missing", Error;
    /// A table that says something else than the blocks.
    TableDiffers = "table-differs", Error;
    /// What was posted in time does not help here, or is taken from a person while it is on its way.
    BadPost = "bad-post", Error;
    /// A worked case that cannot be run.
    BadCase = "bad-case", Error;
    /// A worked case with another answer.
    CaseDiffers = "case-differs", Error;
    /// A template that is not there.
    MissingTemplate = "missing-template", Error;
    /// An article that was last read more than a year ago.
    StaleCheck = "stale-check", Warning;
    /// A decision that closes the matter without being marked adverse.
    ClosingNotAdverse = "closing-not-adverse", Warning;
    /// A paper on the public page that names personal data.
    PublishedPersonal = "published-personal", Warning;
    /// A limit of the house that is longer than that of the law.
    LongerThanLaw = "longer-than-law", Warning;
    /// A confirmation that no condition demands.
    UnguardedMust = "unguarded-must", Warning;
    /// A case file is archived, and nothing says how long it is kept.
    KeepNotStated = "keep-not-stated", Warning;
}
