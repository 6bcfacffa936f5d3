//! The clock as a person sees it: light, deadline card, timeline.
//!
//! The dates are computed elsewhere; here they are only shown, with the words that explain them. Nothing
//! here counts a day.
//!
//! INVARIANT: a light is always text and shape as well as colour.

use askama::Template;

use super::Link;

/// How much time is left, as one of seven states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LightState {
    /// More time than the threshold of the matter.
    Ample,
    /// At or below the threshold.
    Near,
    /// The last day is today.
    DueToday,
    /// The last day has passed.
    Overdue,
    /// The clock stands still.
    Stopped,
    /// What was due has been done.
    Done,
    /// No limit runs.
    NoLimit,
}

impl LightState {
    /// Class and icon name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ample => "ample",
            Self::Near => "near",
            Self::DueToday => "today",
            Self::Overdue => "overdue",
            Self::Stopped => "stopped",
            Self::Done => "done",
            Self::NoLimit => "no-limit",
        }
    }
}

/// A light: `剩2天`, `今天到期`, `已超期1日`, `中止`.
#[derive(Debug, Clone, Template)]
#[template(path = "components/light.html")]
pub struct Light {
    /// Which of the seven.
    pub state: LightState,
    /// The words.
    pub text: String,
}

impl Light {
    /// A light from its two parts.
    #[must_use]
    pub fn new(state: LightState, text: impl Into<String>) -> Self {
        Self { state, text: text.into() }
    }
}

/// One line of the reckoning of a date.
#[derive(Debug, Clone)]
pub struct ClockStep {
    /// The day, or the span of days, such as `2026-10-08`.
    pub day: String,
    /// What the rule says about it.
    pub text: String,
    /// The article that says so.
    pub article: Option<Link>,
}

/// Why the clock stands still.
#[derive(Debug, Clone)]
pub struct Stopped {
    /// The reason, in plain words.
    pub reason: String,
    /// Since when, written out.
    pub since: String,
    /// The paper that stopped it.
    pub paper: Option<Link>,
}

/// What a person may do against it, or when nothing happens.
#[derive(Debug, Clone)]
pub struct Remedy {
    /// To whom and by when, in plain words.
    pub text: String,
    /// The form for it, when it can be done here.
    pub form: Option<Link>,
    /// The article that grants it.
    pub article: Option<Link>,
}

/// Whose turn it is, days used and left, how the date was reached, what happens at the end.
#[derive(Debug, Clone, Template)]
#[template(path = "components/deadline.html")]
pub struct DeadlineCard {
    /// Unique within the page; used for headings.
    pub id: String,
    /// What must be done, such as `审查并作出决定`.
    pub duty: String,
    /// Whose turn it is, as a sentence.
    pub turn: String,
    /// True when the reader is the one who must act.
    pub reader_acts: bool,
    /// The light.
    pub light: Light,
    /// Days of the limit used up.
    pub days_used: u32,
    /// Days of the limit; 0 when there is no limit and so no bar.
    pub days_total: u32,
    /// Words under the bar, such as `已用5天，还剩2天`.
    pub days_text: String,
    /// Last day, written out with the weekday; empty when there is none.
    pub due_on: String,
    /// How days are counted, such as `法律援助法没有写“工作日”，按自然日计算`.
    pub counting: String,
    /// The limit in words and its source.
    pub limit: String,
    /// The article of the limit.
    pub article: Option<Link>,
    /// The earlier date, when the limit was extended.
    pub earlier_due: Option<String>,
    /// The reckoning, first step first.
    pub steps: Vec<ClockStep>,
    /// Why it stands still, if it does.
    pub stopped: Option<Stopped>,
    /// What happens when the time runs out.
    pub at_expiry: String,
    /// What the person may do.
    pub remedy: Option<Remedy>,
}

/// Whether a step lies behind, is under way, or is still to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Done.
    Past,
    /// Under way.
    Now,
    /// Still to come.
    Next,
}

impl Progress {
    /// Class name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Past => "past",
            Self::Now => "now",
            Self::Next => "next",
        }
    }
}

/// One act in the course of a matter.
#[derive(Debug, Clone)]
pub struct TimelineEntry {
    /// Behind, under way, or to come.
    pub progress: Progress,
    /// What was done.
    pub what: String,
    /// Who did it, in what capacity; empty for what is still to come.
    pub who: String,
    /// When, written out.
    pub when: String,
    /// An opinion or a reason.
    pub note: Option<String>,
    /// Papers made by the act.
    pub papers: Vec<Link>,
    /// Articles applied.
    pub articles: Vec<Link>,
}

/// The course of a matter (办理过程).
#[derive(Debug, Clone, Template)]
#[template(path = "components/timeline.html")]
pub struct Timeline {
    /// In order of time.
    pub entries: Vec<TimelineEntry>,
}
