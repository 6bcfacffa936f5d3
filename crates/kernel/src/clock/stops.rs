//! The stops of a legal clock, put in order.
//!
//! The law has four: the term is suspended (中止), days are deducted (不计入), counting begins anew (重新计算), and
//! counting continues once an obstacle is gone (继续计算). Three of them take days out of the count and differ in name
//! only; a restart throws away what was counted.
//!
//! INVARIANT: the windows handed on are sorted, and no two that take days out of the count overlap.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::DueError;

/// What kind of stop the law declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StopKind {
    /// 中止: the term stands still.
    Suspend,
    /// 扣除: the days are not counted into the term.
    Deduct,
    /// 重新计算: counting starts anew on the day the stop ends, which is not counted itself.
    Restart,
    /// 继续计算: an obstacle stopped the term; what was left of it runs on.
    Resume,
}

impl StopKind {
    /// The name used in data.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Deduct => "deduct",
            Self::Restart => "restart",
            Self::Resume => "resume",
        }
    }

    /// The law's own word.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Suspend => "中止",
            Self::Deduct => "扣除",
            Self::Restart => "重新计算",
            Self::Resume => "停止后继续计算",
        }
    }
}

/// Days that a term does not count: those after `from`, up to and including `until`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The day of the act that stopped the clock; still counted.
    pub from: Date,
    /// The day of the act that set it going again; `None` while the clock stands.
    pub until: Option<Date>,
    /// What kind of stop.
    pub kind: StopKind,
    /// Why, in words for the reader.
    pub cause: String,
}

/// One stop, or several overlapping ones merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) from: Date,
    pub(super) until: Option<Date>,
    pub(super) kind: StopKind,
    pub(super) cause: String,
}

/// The stops in order, overlapping pauses merged into one with both causes.
pub(super) fn windows(stops: &[Stop]) -> Result<Vec<Window>, DueError> {
    let mut sorted = Vec::with_capacity(stops.len());
    for stop in stops {
        if let Some(until) = stop.until.filter(|until| *until < stop.from) {
            return Err(DueError::StopEndsBeforeItBegins { from: stop.from, until });
        }
        sorted.push(stop);
    }
    sorted.sort_by_key(|stop| stop.from);
    let (restarts, pauses): (Vec<_>, Vec<_>) = sorted.into_iter().partition(|stop| stop.kind == StopKind::Restart);
    let mut merged: Vec<Window> = Vec::with_capacity(stops.len());
    for pause in pauses {
        match merged.last_mut().filter(|before| overlaps(before, pause)) {
            Some(before) => absorb(before, pause),
            None => merged.push(window(pause)),
        }
    }
    merged.extend(restarts.into_iter().map(window));
    // Stable: where both begin on one day, the pause comes first.
    merged.sort_by_key(|window| window.from);
    Ok(merged)
}

fn window(stop: &Stop) -> Window {
    Window { from: stop.from, until: stop.until, kind: stop.kind, cause: stop.cause.clone() }
}

fn overlaps(before: &Window, pause: &Stop) -> bool {
    before.until.is_none_or(|until| pause.from < until)
}

fn absorb(before: &mut Window, pause: &Stop) {
    before.until = match (before.until, pause.until) {
        (Some(a), Some(b)) => Some(a.max(b)),
        _ => None,
    };
    if !before.cause.split('；').any(|cause| cause == pause.cause) {
        before.cause.push('；');
        before.cause.push_str(&pause.cause);
    }
}
