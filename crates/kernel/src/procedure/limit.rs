//! Limits of time: what starts them, what ends them, how they bind.

use super::Citation;
use crate::clock::{StopKind, Unit};
use crate::guard::Expr;
use crate::names::Name;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A limit of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The open request it runs beside. Settling it ends the limit.
    pub while_raised: Option<Name>,
    /// Acts that end it wherever the matter is.
    pub met_by: Vec<Name>,
    /// Most of the time an act must be done within the limit; some bind it otherwise.
    pub binds: Binds,
    /// Periods stated in fields that are taken out of the count.
    pub without: Vec<Without>,
    /// What was posted in time is in time, where the law says so.
    pub post: Option<Post>,
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

impl Limit {
    /// It does not run on: the act that states its starting day or time meets it.
    pub fn is_measured(&self) -> bool {
        matches!(self.from, Anchor::Field(_))
            && self.spans.is_empty()
            && self.while_raised.is_none()
            && self.met_by.is_empty()
    }
}

/// Law, promise or house rule; shown side by side, never mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum LimitKind {
    /// 法定期限.
    Statutory,
    /// 承诺期限.
    Promised,
    /// 内部时限.
    Internal,
}

/// How long a limit is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Amount {
    /// As the statute says.
    Fixed(u32),
    /// As the place says on the day it starts.
    Rate(Name),
    /// As a number field says: what a decision itself sets.
    Field(Name),
}

/// What starts a limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Anchor {
    /// The latest of these acts.
    Acts(Vec<Name>),
    /// A date or time stated in a field. A limit without stages, open request and ending acts is met by
    /// the act that states the field.
    Field(Name),
}

/// What happens when a limit ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Expiry {
    /// The overdue light, and nothing else.
    Alarm,
    /// This act happens by itself on the day after.
    Act(Name),
}

/// How a limit binds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Binds {
    /// Something must be done within it (at most).
    #[default]
    Within,
    /// As [`Binds::Within`]; the act that states its starting day is refused when late, with this sentence.
    OrRefused {
        /// What a person is told.
        otherwise: String,
    },
    /// The ending act must be done at least so long before the day in the field (…日前).
    Before {
        /// The field that holds the day, stated by the ending act.
        field: Name,
    },
    /// These acts may be done only when it is over (不少于).
    AtLeast {
        /// The acts.
        holds: Vec<Name>,
        /// When it need not be kept (一般不少于).
        waived: Option<Expr>,
    },
}

/// A period stated in fields that a limit does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Without {
    /// The field of its first day, still counted.
    pub from_field: Name,
    /// The field of its last day; while it is not answered, the clock stands.
    pub until_field: Name,
    /// Suspended, deducted, or an obstacle after which the rest runs on.
    pub kind: StopKind,
    /// Why.
    pub cause: String,
}

/// What was handed to the post before the end is not late, however long the post takes (民事诉讼法第八十五条第四款).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    /// The field that holds the day of posting, stated by the act that ends the limit.
    pub field: Name,
    /// The rate of days for which what the end brings about waits for the post.
    pub waits: Option<Name>,
    /// Its basis.
    pub cite: Citation,
}
