//! What people see of a matter at once: its view, its tasks, its papers.
//!
//! Plain rows, as handed in and as read back. Personal data is masked before
//! it comes here.

use std::collections::BTreeSet;

use crate::entry::{MatterId, NumberRef};

/// How the limit of a task or matter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DueState {
    /// The clock runs towards `due_on`.
    Running,
    /// The clock stands still; the reason is in the acts.
    Stopped,
    /// There is no limit.
    None,
    /// There is a limit that cannot be stated (no calendar published, say).
    Unknown,
}

impl DueState {
    /// The word kept in the tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::None => "none",
            Self::Unknown => "unknown",
        }
    }

    /// Reads [`Self::as_str`] back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Running, Self::Stopped, Self::None, Self::Unknown].into_iter().find(|state| state.as_str() == word)
    }
}

/// A matter as it stands after an act, as handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatterView {
    /// The matter; must be the entry's.
    pub matter: MatterId,
    /// The procedure it follows.
    pub procedure: String,
    /// The hash of the edition it was opened under.
    pub edition: String,
    /// Its number, possibly drawn by the same act.
    pub number: NumberRef,
    /// What it is, in a line.
    pub title: String,
    /// Whom it concerns, masked.
    pub subject_masked: String,
    /// The office in charge.
    pub owner_office: String,
    /// The area it belongs to.
    pub area: String,
    /// The channel it came in by.
    pub channel: String,
    /// The lane (variant) of the procedure.
    pub lane: String,
    /// The stage it is in.
    pub stage: String,
    /// The stage's title.
    pub stage_title: String,
    /// Whether it is closed.
    pub closed: bool,
    /// How it ended.
    pub outcome: Option<String>,
    /// The day it was opened.
    pub opened_on: String,
    /// The day it was closed.
    pub closed_on: Option<String>,
    /// The last day of its limit.
    pub due_on: Option<String>,
    /// How that limit stands.
    pub due_state: DueState,
    /// The first day on which the end of one of its limits can bring something about, one that is closed included.
    pub expires_on: Option<String>,
    /// The first day on which it need no longer be kept; none while it is open, or where it is kept for ever.
    pub keep_until: Option<String>,
    /// The last act. An append writes its own version, whatever is handed in.
    pub version: u32,
    /// Accounts and offices that have handled it (已办).
    pub handlers: BTreeSet<String>,
    /// Who may read the matter though it is not of their office, under the keys the policy knows them by.
    pub readers: BTreeSet<String>,
    /// Whether the file is sealed by law.
    pub sealed: bool,
    /// Words to find it by, segmented, parted by spaces.
    pub search: String,
}

/// A matter as it stands, as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatterRow {
    /// The matter.
    pub matter: MatterId,
    /// The procedure it follows.
    pub procedure: String,
    /// The hash of the edition it was opened under.
    pub edition: String,
    /// Its number.
    pub number: Option<String>,
    /// What it is, in a line.
    pub title: String,
    /// Whom it concerns, masked.
    pub subject_masked: String,
    /// The office in charge.
    pub owner_office: String,
    /// The area it belongs to.
    pub area: String,
    /// The channel it came in by.
    pub channel: String,
    /// The lane (variant) of the procedure.
    pub lane: String,
    /// The stage it is in.
    pub stage: String,
    /// The stage's title.
    pub stage_title: String,
    /// Whether it is closed.
    pub closed: bool,
    /// How it ended.
    pub outcome: Option<String>,
    /// The day it was opened.
    pub opened_on: String,
    /// The day it was closed.
    pub closed_on: Option<String>,
    /// The last day of its limit.
    pub due_on: Option<String>,
    /// How that limit stands.
    pub due_state: DueState,
    /// The last act.
    pub version: u32,
    /// Whether the file is sealed by law.
    pub sealed: bool,
}

/// Something somebody is to do on a matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// The matter; must be the entry's.
    pub matter: MatterId,
    /// The task's name, unique within the matter.
    pub key: String,
    /// What is to be done.
    pub title: String,
    /// The seat whose holders may do it.
    pub seat: String,
    /// The office of that seat; none is any office.
    pub office: Option<String>,
    /// The one person it is for; none is whoever holds the seat.
    pub person: Option<String>,
    /// The day it arose.
    pub since: String,
    /// The last day to do it.
    pub due_on: Option<String>,
    /// How that limit stands.
    pub due_state: DueState,
    /// The lane (variant) of the procedure.
    pub lane: String,
}

/// A paper issued in a matter, as handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperRow {
    /// The matter; must be the entry's.
    pub matter: MatterId,
    /// The version of the act that issued it; 0 stands for the entry's own.
    pub version: u32,
    /// Which paper.
    pub paper: String,
    /// Its title.
    pub title: String,
    /// Its number, possibly drawn by the same act.
    pub number: NumberRef,
    /// The day it was issued.
    pub issued_on: String,
    /// Whether it has become void.
    pub voided: bool,
    /// The day it was made public, while it stands so.
    pub published_on: Option<String>,
}

/// A paper issued in a matter, as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperView {
    /// The matter.
    pub matter: MatterId,
    /// The version of the act that issued it.
    pub version: u32,
    /// Which paper.
    pub paper: String,
    /// Its title.
    pub title: String,
    /// Its number.
    pub number: Option<String>,
    /// The day it was issued.
    pub issued_on: String,
    /// Whether it has become void.
    pub voided: bool,
    /// The day it was made public, while it stands so.
    pub published_on: Option<String>,
}
