//! The steps that lead to a due date, as data and as sentences.
//!
//! INVARIANT: a step that rests on a rule of law names it, in the sentence and in [`Step::cite`].

use jiff::civil::Date;

use super::{StopKind, Unit};

/// One step of a computation of a due date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The opening day is not counted.
    DayOneNotCounted {
        /// The opening day.
        anchor: Date,
    },
    /// The opening day is counted, as the rule at hand says.
    DayOneCounted {
        /// The opening day.
        anchor: Date,
    },
    /// Closed days passed over by a term in working days.
    SkippedClosedDays {
        /// The days, in order.
        days: Vec<Date>,
    },
    /// The term was counted to its last day.
    Counted {
        /// How many units.
        amount: u32,
        /// Of what.
        unit: Unit,
        /// The last day, before any stop and before rolling.
        to: Date,
    },
    /// A stop took days out of the count.
    Stopped {
        /// The day of the stopping act, itself counted.
        from: Date,
        /// The day of the act that ended the stop, itself not counted.
        until: Date,
        /// What kind of stop.
        kind: StopKind,
        /// Days taken out, in `unit`.
        days: i64,
        /// Natural or working days.
        unit: Unit,
        /// Why.
        cause: String,
        /// The last day now.
        to: Date,
    },
    /// Counting starts anew.
    Restarted {
        /// The day of the act that stopped the term.
        from: Date,
        /// The new opening day.
        at: Date,
        /// Why.
        cause: String,
    },
    /// The clock stands still, so there is no due date yet.
    StillStopped {
        /// The last day that was counted.
        since: Date,
        /// Why.
        cause: String,
        /// Days used, in `unit`.
        used: i64,
        /// Days left, in `unit`.
        left: i64,
        /// Natural or working days.
        unit: Unit,
    },
    /// The term was prolonged.
    Extended {
        /// By how many units.
        amount: u32,
        /// Of what.
        unit: Unit,
        /// The day of the act that prolonged it.
        on: Date,
        /// That act.
        cause: String,
        /// The last day without any extension, where there is one.
        before: Option<Date>,
        /// The last day with all of them, where there is one.
        to: Option<Date>,
    },
    /// The term was counted back from an event.
    CountedBack {
        /// The day of the event, not counted.
        event: Date,
        /// How many units.
        amount: u32,
        /// Of what.
        unit: Unit,
        /// The last day that is still so long before.
        to: Date,
    },
    /// A stop that began after the term had ended, and so changes nothing.
    StopAfterDue {
        /// The day of the stopping act.
        from: Date,
        /// Why.
        cause: String,
    },
    /// The last day is closed and rolls forward.
    Rolled {
        /// The closed last day.
        from: Date,
        /// The first working day after it.
        to: Date,
        /// The festival or the day of the week.
        because: String,
    },
    /// The last day is closed and does not roll.
    NotRolled {
        /// The last day.
        on: Date,
        /// The festival or the day of the week.
        because: String,
    },
}

impl Step {
    /// The name used in data.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::DayOneNotCounted { .. } => "day-one-not-counted",
            Self::DayOneCounted { .. } => "day-one-counted",
            Self::SkippedClosedDays { .. } => "skipped-closed-days",
            Self::Counted { .. } => "counted",
            Self::Stopped { .. } => "stopped",
            Self::Restarted { .. } => "restarted",
            Self::StillStopped { .. } => "still-stopped",
            Self::Extended { .. } => "extended",
            Self::CountedBack { .. } => "counted-back",
            Self::StopAfterDue { .. } => "stop-after-due",
            Self::Rolled { .. } => "rolled",
            Self::NotRolled { .. } => "not-rolled",
        }
    }

    /// The general rule the step applies, `statute:article`; `None` where the rule is that of the term itself.
    #[must_use]
    pub const fn cite(&self) -> Option<&'static str> {
        match self {
            Self::DayOneNotCounted { .. } => Some("民法典:201"),
            Self::Counted { unit: Unit::Month | Unit::Year, .. } => Some("民法典:202"),
            Self::Rolled { .. } => Some("民法典:203"),
            Self::NotRolled { .. } => Some("刑事诉讼法:105"),
            _ => None,
        }
    }

    /// The step as a sentence for a citizen.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::DayOneNotCounted { anchor } => {
                format!("{}是开始的当日，不计入，从次日起算（民法典第二百零一条）。", zh_date(*anchor))
            }
            Self::DayOneCounted { anchor } => format!("从{}当日起算。", zh_date(*anchor)),
            Self::SkippedClosedDays { days } => format!("不计休息日和节假日{}天：{}。", days.len(), zh_days(days)),
            Self::Counted { amount, unit, to } => counted(*amount, *unit, *to),
            Self::Stopped { from, until, kind, days, unit, cause, to } => format!(
                "因{cause}，期限{}：{}之后至{}的{days}{}不计入，最后一日移至{}。",
                kind.zh(),
                zh_date(*from),
                zh_date(*until),
                unit.zh(),
                zh_date(*to)
            ),
            Self::Restarted { from, at, cause } => {
                format!("因{cause}，{}起停止计算，自{}重新计算期限。", zh_date(*from), zh_date(*at))
            }
            Self::StillStopped { since, cause, used, left, unit } => format!(
                "因{cause}，自{}起期限中止，至今未恢复；已用{used}{u}，还剩{left}{u}，恢复后接着计算。",
                zh_date(*since),
                u = unit.zh()
            ),
            Self::Extended { amount, unit, on, cause, before, to } => {
                let dates = match (before, to) {
                    (Some(before), Some(to)) => format!("，由{}延至{}", zh_date(*before), zh_date(*to)),
                    _ => String::new(),
                };
                format!("{}经“{cause}”延长{amount}{}{dates}。", zh_date(*on), unit.zh())
            }
            Self::CountedBack { event, amount, unit, to } => {
                format!("从{}往回数{amount}{}，当日不计入，最迟{}。", zh_date(*event), unit.zh(), zh_date(*to))
            }
            Self::StopAfterDue { from, cause } => {
                format!("{}的“{cause}”发生在期限届满之后，不影响到期日。", zh_date(*from))
            }
            Self::Rolled { from, to, because } => format!(
                "最后一日{}是{because}，不上班，顺延到其后第一个工作日{}（民法典第二百零三条）。",
                zh_date(*from),
                zh_date(*to)
            ),
            Self::NotRolled { on, because } => {
                format!(
                    "最后一日{}是{because}，但在押期间不因节假日延长，不顺延（刑事诉讼法第一百零五条）。",
                    zh_date(*on)
                )
            }
        }
    }
}

fn counted(amount: u32, unit: Unit, to: Date) -> String {
    let to = zh_date(to);
    match unit {
        Unit::Month | Unit::Year => {
            format!(
                "数{amount}{}，最后一日是{to}，即到期月的对应日；没有对应日的为月末日（民法典第二百零二条）。",
                unit.zh()
            )
        }
        Unit::WorkingDay => format!("按工作日计算，第{amount}个工作日是{to}。"),
        _ => format!("按自然日计算，第{amount}日是{to}；期间内的休息日照算。"),
    }
}

/// `2026年2月20日`.
#[must_use]
pub fn zh_date(date: Date) -> String {
    format!("{}年{}月{}日", date.year(), date.month(), date.day())
}

/// `2月15日至2月23日、2月28日`: runs of days folded; the year is named where it changes.
fn zh_days(days: &[Date]) -> String {
    let mut runs: Vec<(Date, Date)> = Vec::new();
    for day in days {
        match runs.last_mut() {
            Some((_, end)) if end.tomorrow().is_ok_and(|next| next == *day) => *end = *day,
            _ => runs.push((*day, *day)),
        }
    }
    let mut year = None;
    let mut name = |date: Date| {
        let short = format!("{}月{}日", date.month(), date.day());
        if year.replace(date.year()) == Some(date.year()) { short } else { format!("{}年{short}", date.year()) }
    };
    let mut parts = Vec::with_capacity(runs.len());
    for (from, to) in runs {
        let start = name(from);
        parts.push(if from == to { start } else { format!("{start}至{}", name(to)) });
    }
    parts.join("、")
}
