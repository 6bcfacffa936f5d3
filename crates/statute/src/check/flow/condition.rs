//! Conditions over states: what they come to, and which facts they read that may be missing.
//!
//! Values of fields are not part of a state, so a comparison of them is open; what was collected, done, raised, and how
//! often at least, is known.
//!
//! INVARIANT: a condition that comes to true or false here comes to the same in every matter that is in the state.

use kernel::guard::{Comparison, Expr, Operand};
use kernel::names::Name;

use super::state::{Bits, Given, Layout, Place, State, Truth, Watch, decided};

/// A condition with its places looked up.
#[derive(Debug, Clone)]
pub(super) enum Cond {
    Known(Truth),
    Given(Place),
    /// The value of a field is read; it is not known.
    Fact(Place, Name),
    Flag(Place),
    /// How often an act was done, or how many of its performances stand open, against a number.
    Count {
        done: Place,
        none: Truth,
        some: Truth,
    },
    Not(Box<Cond>),
    And(Box<Cond>, Box<Cond>),
    Or(Box<Cond>, Box<Cond>),
    /// All parts are read, and the outcome is open.
    Reads(Vec<Cond>),
}

/// Told of every fact that is read and may be missing.
pub(super) type Missing<'a> = &'a mut dyn FnMut(&Name, Given);

impl Cond {
    /// Looks up the places of a condition.
    pub(super) fn of(expr: &Expr, layout: &Layout) -> Cond {
        let flag = |watch, name| layout.place(watch, name).map_or(Cond::Known(Truth::Open), Cond::Flag);
        let sub = |part: &Expr| Cond::of(part, layout);
        match expr {
            Expr::Literal(Operand::Bool(flag)) => Cond::Known(decided(*flag)),
            Expr::Given(field) => layout.place(Watch::Field, field).map_or(Cond::Known(Truth::Open), Cond::Given),
            Expr::Fact(field) => {
                let place = layout.place(Watch::Field, field);
                place.map_or(Cond::Known(Truth::Open), |place| Cond::Fact(place, field.clone()))
            }
            Expr::Done(act) => flag(Watch::Done, act),
            Expr::Raised(mark) => flag(Watch::Mark, mark),
            Expr::Not(inner) => Cond::Not(Box::new(sub(inner))),
            Expr::And(left, right) => Cond::And(Box::new(sub(left)), Box::new(sub(right))),
            Expr::Or(left, right) => Cond::Or(Box::new(sub(left)), Box::new(sub(right))),
            Expr::Compare(comparison, left, right) => {
                count(*comparison, left, right, layout).unwrap_or_else(|| Cond::Reads(vec![sub(left), sub(right)]))
            }
            Expr::DaysBetween(left, right) => Cond::Reads(vec![sub(left), sub(right)]),
            Expr::In(inner, _) => Cond::Reads(vec![sub(inner)]),
            Expr::Rate(_, Some(key)) => Cond::Reads(vec![sub(key)]),
            Expr::Literal(_) | Expr::Today | Expr::OpenItems(_) | Expr::Times(_) | Expr::Rate(_, None) => {
                Cond::Known(Truth::Open)
            }
        }
    }

    /// What the condition comes to; facts that may be missing are told.
    pub(super) fn truth(&self, state: &State, missing: Missing<'_>) -> Truth {
        match self {
            Cond::Known(truth) => *truth,
            Cond::Given(place) => match state.given(*place) {
                Given::Yes => Truth::True,
                Given::Perhaps => Truth::Open,
                Given::No => Truth::False,
            },
            Cond::Fact(place, field) => {
                let given = state.given(*place);
                if given != Given::Yes {
                    missing(field, given);
                }
                Truth::Open
            }
            Cond::Flag(place) => decided(state.has(*place)),
            Cond::Count { done, none, some } => {
                if state.has(*done) {
                    *some
                } else {
                    *none
                }
            }
            Cond::Not(inner) => match inner.truth(state, missing) {
                Truth::True => Truth::False,
                Truth::False => Truth::True,
                Truth::Open => Truth::Open,
            },
            Cond::And(left, right) => join(left, right, state, missing, true),
            Cond::Or(left, right) => join(left, right, state, missing, false),
            Cond::Reads(parts) => {
                for part in parts {
                    part.truth(state, missing);
                }
                Truth::Open
            }
        }
    }

    /// The state, knowing that the condition came to this.
    pub(super) fn assume(&self, holds: bool, state: &mut State) {
        match self {
            Cond::Given(place) => state.set_given(*place, if holds { Given::Yes } else { Given::No }),
            Cond::Not(inner) => inner.assume(!holds, state),
            Cond::And(left, right) if holds => {
                left.assume(true, state);
                right.assume(true, state);
            }
            Cond::Or(left, right) if !holds => {
                left.assume(false, state);
                right.assume(false, state);
            }
            _ => {}
        }
    }

    /// The places it reads.
    pub(super) fn reads(&self, layout: &Layout, bits: &mut Bits) {
        match self {
            Cond::Known(_) => {}
            Cond::Given(place) | Cond::Fact(place, _) => bits.union(&layout.bits(Watch::Field, *place)),
            Cond::Flag(place) | Cond::Count { done: place, .. } => bits.union(&layout.bits(Watch::Done, *place)),
            Cond::Not(inner) => inner.reads(layout, bits),
            Cond::And(left, right) | Cond::Or(left, right) => {
                left.reads(layout, bits);
                right.reads(layout, bits);
            }
            Cond::Reads(parts) => parts.iter().for_each(|part| part.reads(layout, bits)),
        }
    }
}

/// `&&` when `both`, else `||`; the right side is read only where the left one leaves it open.
fn join(left: &Cond, right: &Cond, state: &State, missing: Missing<'_>, both: bool) -> Truth {
    let first = left.truth(state, missing);
    if first == decided(!both) {
        return first;
    }
    let mut known = *state;
    left.assume(both, &mut known);
    let second = right.truth(&known, missing);
    if second == decided(!both) || first == decided(both) { second } else { Truth::Open }
}

/// A count against a number, where it is one.
fn count(comparison: Comparison, left: &Expr, right: &Expr, layout: &Layout) -> Option<Cond> {
    let (counted, number, comparison) = match (left, right) {
        (counted, Expr::Literal(Operand::Int(number))) => (counted, *number, comparison),
        (Expr::Literal(Operand::Int(number)), counted) => (counted, *number, mirrored(comparison)),
        _ => return None,
    };
    let (act, least) = match counted {
        Expr::Times(act) => (act, 1),
        Expr::OpenItems(act) => (act, 0),
        _ => return None,
    };
    let done = layout.place(Watch::Done, act)?;
    Some(Cond::Count { done, none: decided(comparison.holds(&0, &number)), some: at_least(comparison, least, number) })
}

const fn mirrored(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        Comparison::Equal => Comparison::Equal,
        Comparison::NotEqual => Comparison::NotEqual,
    }
}

/// What every count from `least` on comes to against a number.
const fn at_least(comparison: Comparison, least: i64, number: i64) -> Truth {
    let below = number < least;
    match comparison {
        Comparison::Equal if below => Truth::False,
        Comparison::NotEqual if below => Truth::True,
        Comparison::Less if number <= least => Truth::False,
        Comparison::LessOrEqual if below => Truth::False,
        Comparison::Greater if below => Truth::True,
        Comparison::GreaterOrEqual if number <= least => Truth::True,
        _ => Truth::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_known_as_far_as_done_or_not_done_tells() {
        let check = |comparison, least, number, expected| assert_eq!(at_least(comparison, least, number), expected);
        check(Comparison::Less, 1, 1, Truth::False);
        check(Comparison::Less, 1, 3, Truth::Open);
        check(Comparison::GreaterOrEqual, 1, 1, Truth::True);
        check(Comparison::Equal, 1, 0, Truth::False);
        check(Comparison::Equal, 0, 0, Truth::Open);
        check(Comparison::Greater, 1, 0, Truth::True);
    }
}
