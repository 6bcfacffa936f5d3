//! Conditions written in the law files, typed and evaluated without surprise.
//!
//! They are written in the syntax of CEL; `statute` parses and type-checks them once, at load.
//! Here is only what is left: an expression over facts that are integers, texts, dates and
//! booleans. There are no floats and no functions with effects.
//!
//! INVARIANT: reading a fact that has not been collected is an error, never `false`.

use crate::names::Name;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A typed expression.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Expr {
    /// A literal.
    Literal(Operand),
    /// The value of a collected field.
    Fact(Name),
    /// Whether a field has been collected: `given(applicant.phone)`.
    Given(Name),
    /// Whether an act has been performed: `done('terminate')`.
    Done(Name),
    /// Whether a request is open: `raised('replacement-asked')`.
    Raised(Name),
    /// How many performances of an act are not answered yet: `open_items('receive-comment')`.
    OpenItems(Name),
    /// How often an act has been performed: `times('return')`.
    Times(Name),
    /// The day on which the condition is asked: `today()`.
    Today,
    /// Whole days from the first date to the second: `days_between(leave_from, leave_until)`.
    DaysBetween(Box<Expr>, Box<Expr>),
    /// A rate of the place on the day: `rate('legal-aid.income-line')`, with an optional key.
    Rate(Name, Option<Box<Expr>>),
    /// `!a`
    Not(Box<Expr>),
    /// `a && b`
    And(Box<Expr>, Box<Expr>),
    /// `a || b`
    Or(Box<Expr>, Box<Expr>),
    /// `a < b` and its kin.
    Compare(Comparison, Box<Expr>, Box<Expr>),
    /// `a in ['x', 'y']`: a text among texts, or one of several choices among them.
    In(Box<Expr>, BTreeSet<String>),
}

/// How two operands are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Comparison {
    /// Whether it holds between two values.
    pub fn holds<T: PartialOrd>(self, left: &T, right: &T) -> bool {
        match self {
            Comparison::Equal => left == right,
            Comparison::NotEqual => left != right,
            Comparison::Less => left < right,
            Comparison::LessOrEqual => left <= right,
            Comparison::Greater => left > right,
            Comparison::GreaterOrEqual => left >= right,
        }
    }
}

/// A value an expression can take.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Operand {
    /// True or false.
    Bool(bool),
    /// A count or an amount in fen.
    Int(i64),
    /// A text, or the one entry chosen.
    Text(String),
    /// A civil date.
    Date(Date),
    /// Several entries chosen.
    Texts(BTreeSet<String>),
}

/// The type of an operand, for checking at load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperandType {
    /// [`Operand::Bool`]
    Bool,
    /// [`Operand::Int`]
    Int,
    /// [`Operand::Text`]
    Text,
    /// [`Operand::Date`]
    Date,
    /// [`Operand::Texts`]
    Texts,
}

/// What an expression may read. Where there is no matter yet, nothing has been done: the defaults say so.
pub trait Scope {
    /// The value of a field, where it has been collected.
    fn fact(&self, field: &Name) -> Option<Operand>;
    /// Whether the act has been performed on the matter.
    fn done(&self, _act: &Name) -> bool {
        false
    }
    /// Whether the request is open.
    fn raised(&self, _mark: &Name) -> bool {
        false
    }
    /// The day on which the condition is asked.
    fn today(&self) -> Date;
    /// How many performances of the act are not answered yet.
    fn open_items(&self, _act: &Name) -> i64 {
        0
    }
    /// How often the act has been performed.
    fn times(&self, _act: &Name) -> i64 {
        0
    }
    /// The rate in force.
    ///
    /// # Errors
    /// [`GuardError::NoRate`] when none is.
    fn rate(&self, rate: &Name, key: Option<&str>) -> Result<i64, GuardError>;
}

/// Why an expression has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GuardError {
    /// A field it reads was not collected.
    #[error("`{0}` has not been collected")]
    NotCollected(Name),
    /// No value of a rate is in force.
    #[error("no value of rate `{rate}`{} is in force on {on}", key.as_ref().map(|key| format!(" for `{key}`")).unwrap_or_default())]
    NoRate {
        /// The rate.
        rate: Name,
        /// Its key.
        key: Option<String>,
        /// The day.
        on: Date,
    },
    /// Operands do not fit together; the check at load excludes this.
    #[error("operands of different kinds are compared")]
    Mismatch,
}

/// Whether the condition holds.
///
/// # Errors
/// [`GuardError`] when it reads what is not there.
pub fn holds(expr: &Expr, scope: &dyn Scope) -> Result<bool, GuardError> {
    match evaluate(expr, scope)? {
        Operand::Bool(flag) => Ok(flag),
        _ => Err(GuardError::Mismatch),
    }
}

/// The value of an expression.
///
/// # Errors
/// [`GuardError`] when it reads what is not there.
pub fn evaluate(expr: &Expr, scope: &dyn Scope) -> Result<Operand, GuardError> {
    Ok(match expr {
        Expr::Literal(operand) => operand.clone(),
        Expr::Fact(field) => scope.fact(field).ok_or_else(|| GuardError::NotCollected(field.clone()))?,
        Expr::Given(field) => Operand::Bool(scope.fact(field).is_some()),
        Expr::Done(act) => Operand::Bool(scope.done(act)),
        Expr::Raised(mark) => Operand::Bool(scope.raised(mark)),
        Expr::Today => Operand::Date(scope.today()),
        Expr::OpenItems(act) => Operand::Int(scope.open_items(act)),
        Expr::Times(act) => Operand::Int(scope.times(act)),
        Expr::DaysBetween(from, until) => match (evaluate(from, scope)?, evaluate(until, scope)?) {
            (Operand::Date(from), Operand::Date(until)) => Operand::Int(from.duration_until(until).as_hours() / 24),
            _ => return Err(GuardError::Mismatch),
        },
        Expr::Rate(rate, key) => {
            let key = key.as_ref().map(|key| evaluate(key, scope)).transpose()?;
            let key = match &key {
                None => None,
                Some(Operand::Text(text)) => Some(text.as_str()),
                Some(_) => return Err(GuardError::Mismatch),
            };
            Operand::Int(scope.rate(rate, key)?)
        }
        Expr::Not(inner) => Operand::Bool(!holds(inner, scope)?),
        Expr::And(left, right) => Operand::Bool(holds(left, scope)? && holds(right, scope)?),
        Expr::Or(left, right) => Operand::Bool(holds(left, scope)? || holds(right, scope)?),
        Expr::Compare(comparison, left, right) => {
            Operand::Bool(compare(*comparison, &evaluate(left, scope)?, &evaluate(right, scope)?)?)
        }
        Expr::In(inner, texts) => Operand::Bool(match evaluate(inner, scope)? {
            Operand::Text(text) => texts.contains(&text),
            Operand::Texts(chosen) => !chosen.is_disjoint(texts),
            _ => return Err(GuardError::Mismatch),
        }),
    })
}

fn compare(comparison: Comparison, left: &Operand, right: &Operand) -> Result<bool, GuardError> {
    if std::mem::discriminant(left) != std::mem::discriminant(right) {
        return Err(GuardError::Mismatch);
    }
    Ok(comparison.holds(left, right))
}

impl Expr {
    /// Every field the expression reads; those only asked about by `given` are left out.
    pub fn reads(&self) -> BTreeSet<&Name> {
        let mut names = BTreeSet::new();
        self.visit(&mut |expr| {
            if let Expr::Fact(field) = expr {
                names.insert(field);
            }
        });
        names
    }

    /// Visits the expression and all its parts.
    pub fn visit<'a>(&'a self, each: &mut dyn FnMut(&'a Expr)) {
        each(self);
        match self {
            Expr::Not(inner) | Expr::In(inner, _) => inner.visit(each),
            Expr::Rate(_, Some(key)) => key.visit(each),
            Expr::And(left, right)
            | Expr::Or(left, right)
            | Expr::Compare(_, left, right)
            | Expr::DaysBetween(left, right) => {
                left.visit(each);
                right.visit(each);
            }
            Expr::Literal(_)
            | Expr::Fact(_)
            | Expr::Given(_)
            | Expr::Done(_)
            | Expr::Raised(_)
            | Expr::OpenItems(_)
            | Expr::Today
            | Expr::Times(_)
            | Expr::Rate(_, None) => {}
        }
    }
}

impl Operand {
    /// The operand of a collected value, where it has one.
    pub fn of(value: &crate::value::Value) -> Option<Operand> {
        use crate::value::Value;
        Some(match value {
            Value::Text(text) => Operand::Text(text.clone()),
            Value::Fen(number) | Value::Int(number) => Operand::Int(*number),
            Value::Date(date) => Operand::Date(*date),
            Value::Time(time) => Operand::Date(time.date()),
            Value::Bool(flag) => Operand::Bool(*flag),
            Value::Choices(names) => Operand::Texts(names.iter().cloned().collect()),
            Value::Files(files) => Operand::Int(i64::try_from(files.len()).unwrap_or(i64::MAX)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use std::collections::BTreeMap;

    struct Known(BTreeMap<&'static str, Operand>);

    impl Scope for Known {
        fn today(&self) -> Date {
            date(2026, 3, 2)
        }

        fn fact(&self, field: &Name) -> Option<Operand> {
            self.0.get(field.as_str()).cloned()
        }

        fn done(&self, act: &Name) -> bool {
            act.as_str() == "done"
        }

        fn raised(&self, mark: &Name) -> bool {
            mark.as_str() == "raised"
        }

        fn open_items(&self, act: &Name) -> i64 {
            i64::from(act.as_str() == "comment") * 2
        }

        fn times(&self, act: &Name) -> i64 {
            i64::from(act.as_str() == "done")
        }

        fn rate(&self, rate: &Name, key: Option<&str>) -> Result<i64, GuardError> {
            match (rate.as_str(), key) {
                ("line", None) => Ok(210_000),
                ("fee", Some("civil")) => Ok(280_000),
                _ => {
                    Err(GuardError::NoRate { rate: rate.clone(), key: key.map(str::to_owned), on: date(2021, 12, 31) })
                }
            }
        }
    }

    fn known() -> Known {
        Known(BTreeMap::from([
            ("income", Operand::Int(180_000)),
            ("kind", Operand::Text("civil".into())),
            ("groups", Operand::Texts(["minor", "woman"].map(String::from).into())),
            ("born", Operand::Date(date(2010, 1, 1))),
            ("agrees", Operand::Bool(true)),
        ]))
    }

    fn fact(name: &str) -> Box<Expr> {
        Box::new(Expr::Fact(name.into()))
    }

    fn texts(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn literal(operand: Operand) -> Box<Expr> {
        Box::new(Expr::Literal(operand))
    }

    fn check(expr: Expr, expected: Result<bool, GuardError>) {
        assert_eq!(holds(&expr, &known()), expected, "{expr:?}");
    }

    #[test]
    fn conditions_hold_or_do_not() {
        let line = Box::new(Expr::Rate("line".into(), None));
        check(Expr::Compare(Comparison::LessOrEqual, fact("income"), line.clone()), Ok(true));
        check(Expr::Compare(Comparison::Greater, fact("income"), line), Ok(false));
        let fee = Box::new(Expr::Rate("fee".into(), Some(fact("kind"))));
        check(Expr::Compare(Comparison::Equal, fee, literal(Operand::Int(280_000))), Ok(true));
        check(Expr::Compare(Comparison::Less, fact("born"), literal(Operand::Date(date(2010, 1, 2)))), Ok(true));
        check(Expr::Compare(Comparison::NotEqual, fact("kind"), literal(Operand::Text("civil".into()))), Ok(false));
        check(Expr::In(fact("kind"), texts(&["civil", "criminal"])), Ok(true));
        check(Expr::In(fact("groups"), texts(&["minor"])), Ok(true));
        check(Expr::In(fact("groups"), texts(&["elderly"])), Ok(false));
        check(Expr::Not(fact("agrees")), Ok(false));
        check(Expr::Done("done".into()), Ok(true));
        check(Expr::Raised("raised".into()), Ok(true));
        check(Expr::Given("income".into()), Ok(true));
        check(Expr::Given("nothing".into()), Ok(false));
    }

    #[test]
    fn what_is_not_there_is_an_error_and_never_false() {
        let missing = || GuardError::NotCollected("nothing".into());
        check(*fact("nothing"), Err(missing()));
        check(Expr::Not(fact("nothing")), Err(missing()));
        check(Expr::And(fact("agrees"), fact("nothing")), Err(missing()));
        check(Expr::Or(fact("nothing"), fact("agrees")), Err(missing()));
        check(Expr::Or(fact("agrees"), fact("nothing")), Ok(true));
        let given = Box::new(Expr::Given("nothing".into()));
        check(Expr::And(given, fact("nothing")), Ok(false));
        let no_rate = GuardError::NoRate { rate: "line".into(), key: Some("civil".into()), on: date(2021, 12, 31) };
        assert_eq!(no_rate.to_string(), "no value of rate `line` for `civil` is in force on 2021-12-31");
        let keyed = Box::new(Expr::Rate("line".into(), Some(fact("kind"))));
        check(Expr::Compare(Comparison::Equal, fact("income"), keyed), Err(no_rate));
    }

    #[test]
    fn kinds_are_not_mixed() {
        check(Expr::Compare(Comparison::Equal, fact("income"), fact("kind")), Err(GuardError::Mismatch));
        check(*fact("income"), Err(GuardError::Mismatch));
        check(Expr::In(fact("income"), texts(&["civil"])), Err(GuardError::Mismatch));
    }

    #[test]
    fn an_expression_says_what_it_reads() {
        let expr =
            Expr::And(Box::new(Expr::Given("a".into())), Box::new(Expr::Or(fact("b"), Box::new(Expr::Not(fact("c"))))));
        assert_eq!(expr.reads(), BTreeSet::from([&"b".into(), &"c".into()]));
    }
}
