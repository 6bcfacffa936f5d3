//! Why something may not be done.

use crate::assignment::NoOneLeft;
use crate::guard::GuardError;
use crate::names::Name;
use crate::procedure::Citation;
use jiff::civil::Date;

/// Why it may not be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The procedure has no such act.
    #[error("no act `{0}` is declared")]
    UnknownAct(Name),
    /// Not on this day: the edition is not in force.
    #[error("the edition is not in force on {0}")]
    NotInForce(Date),
    /// Not in this stage.
    #[error("`{act}` is not declared in stage `{stage}`")]
    NotInStage {
        /// The act.
        act: Name,
        /// Where the matter is.
        stage: Name,
    },
    /// The actor's seat may not do it.
    #[error("seat `{seat}` may not do `{act}`")]
    NotYourSeat {
        /// The act.
        act: Name,
        /// The seat.
        seat: Name,
    },
    /// The seat is held by somebody else, or in another office.
    #[error("seat `{seat}` of this matter is not the actor's")]
    NotYourMatter {
        /// The seat.
        seat: Name,
    },
    /// It was done, and may be done once.
    #[error("`{0}` was already done")]
    OnlyOnce(Name),
    /// The same person did what must be kept apart.
    #[error("the actor already did `{0}` on this matter")]
    NotApart(Name),
    /// A condition does not hold.
    #[error("condition not met")]
    Condition {
        /// What the law file says to that.
        otherwise: String,
        /// Its basis.
        cite: Option<Citation>,
    },
    /// A condition reads what is not there.
    #[error(transparent)]
    Unreadable(#[from] GuardError),
    /// No office is competent.
    #[error("no office of kind `{kind}` is competent for region `{region}`")]
    NoOffice {
        /// Kind of office.
        kind: String,
        /// The region.
        region: String,
    },
    /// Nobody can be assigned.
    #[error("nobody in the register can be assigned")]
    NoOneLeft(NoOneLeft),
    /// The case file lacks something.
    #[error("the case file lacks {}", .0.join(", "))]
    Incomplete(Vec<String>),
    /// No such number, or it is void already.
    #[error("no paper of this matter has number `{0}`, or it is void already")]
    NoSuchNumber(String),
    /// The governing act has not been done, so no rate is in force.
    #[error("`{0}` has not been done, so the day that governs the rate is not known")]
    NoGoverningDay(Name),
    /// A two-person act names nobody else.
    #[error("`{0}` is done by two persons")]
    NeedsTwo(Name),
    /// The person was recused.
    #[error("the actor was recused from this matter")]
    Recused,
    /// What is to be answered is not open.
    #[error("no open performance of `{0}` has that number")]
    NoSuchItem(Name),
    /// A minimum period is not over.
    #[error("`{limit}` is not over")]
    TooEarly {
        /// The title of the limit.
        limit: String,
        /// Its last day, where it does not stand still.
        until: Option<Date>,
    },
    /// The day stated leaves too little time.
    #[error("`{limit}` would have asked for {latest}")]
    TooNear {
        /// The title of the limit.
        limit: String,
        /// The last day on which it could have been done.
        latest: Date,
    },
    /// The time to do it has run out.
    #[error("the time ran out on {last}")]
    TooLate {
        /// What the law file says to that.
        otherwise: String,
        /// The last day.
        last: Date,
        /// Its basis.
        cite: Option<Citation>,
    },
    /// The limit to be prolonged does not run.
    #[error("`{0}` does not run")]
    NotRunning(String),
    /// It has run out, and can be prolonged no more.
    #[error("`{limit}` ran out on {last}")]
    LimitOver {
        /// The title of the limit.
        limit: String,
        /// Its last day.
        last: Date,
    },
    /// It was prolonged as often as it may be.
    #[error("`{limit}` was already prolonged {times} times")]
    ExtendedAlready {
        /// The title of the limit.
        limit: String,
        /// How often it may be.
        times: u32,
    },
    /// It may be prolonged by less.
    #[error("`{limit}` may be prolonged by {at_most} at most")]
    ExtendsTooFar {
        /// The title of the limit.
        limit: String,
        /// At most.
        at_most: u32,
    },
    /// A date that has to be reckoned cannot be.
    #[error("no date can be stated: {0}")]
    NoDate(String),
    /// The amount cannot be written.
    #[error("the amount is out of range")]
    AmountOutOfRange,
}
