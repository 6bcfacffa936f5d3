//! A condition as a sentence a jurist can read.

use kernel::guard::{Comparison, Expr, Operand};
use kernel::names::Name;
use kernel::procedure::{FieldKind, Procedure};

/// The condition in words.
pub(super) fn sentence(procedure: &Procedure, expr: &Expr) -> String {
    Words { procedure }.of(expr)
}

struct Words<'p> {
    procedure: &'p Procedure,
}

impl Words<'_> {
    fn of(&self, expr: &Expr) -> String {
        match expr {
            Expr::Literal(operand) => operand_zh(operand),
            Expr::Fact(field) => self.field(field),
            Expr::Given(field) => format!("填了{}", self.field(field)),
            Expr::Done(act) => format!("做过{}", self.act(act)),
            Expr::Raised(mark) => format!("{}悬着", self.mark(mark)),
            Expr::OpenItems(act) => format!("{}没有答复的条数", self.act(act)),
            Expr::Times(act) => format!("{}的次数", self.act(act)),
            Expr::Today => "今天".to_owned(),
            Expr::DaysBetween(from, until) => format!("{}到{}的日数", self.of(from), self.of(until)),
            Expr::Rate(rate, None) => format!("标准 {rate}"),
            Expr::Rate(rate, Some(key)) => format!("标准 {rate}（{}）", self.of(key)),
            Expr::Not(inner) => self.not(inner),
            Expr::And(left, right) => format!("{}且{}", self.inner(left, expr), self.inner(right, expr)),
            Expr::Or(left, right) => format!("{}或{}", self.inner(left, expr), self.inner(right, expr)),
            Expr::Compare(comparison, left, right) => self.compare(*comparison, left, right),
            Expr::In(inner, texts) => {
                let texts = texts.iter().map(|text| self.entry(inner, text)).collect::<Vec<_>>().join("、");
                format!("{}是{texts}之一", self.of(inner))
            }
        }
    }

    fn not(&self, inner: &Expr) -> String {
        match inner {
            Expr::Given(field) => format!("没有填{}", self.field(field)),
            Expr::Done(act) => format!("没有做过{}", self.act(act)),
            Expr::Raised(mark) => format!("{}没有悬着", self.mark(mark)),
            _ => format!("并非（{}）", self.of(inner)),
        }
    }

    /// A part of a conjunction or disjunction, in brackets where it is the other.
    fn inner(&self, part: &Expr, whole: &Expr) -> String {
        let mixed = matches!((part, whole), (Expr::And(..), Expr::Or(..)) | (Expr::Or(..), Expr::And(..)));
        if mixed { format!("（{}）", self.of(part)) } else { self.of(part) }
    }

    fn compare(&self, comparison: Comparison, left: &Expr, right: &Expr) -> String {
        let sign = match comparison {
            Comparison::Equal => "=",
            Comparison::NotEqual => "≠",
            Comparison::Less => "<",
            Comparison::LessOrEqual => "≤",
            Comparison::Greater => ">",
            Comparison::GreaterOrEqual => "≥",
        };
        let side = |side: &Expr, other: &Expr| match side {
            Expr::Literal(Operand::Text(text)) => self.entry(other, text),
            _ => self.of(side),
        };
        format!("{}{sign}{}", side(left, right), side(right, left))
    }

    fn field(&self, name: &Name) -> String {
        let computed = self.procedure.acts.iter().flat_map(|act| &act.computes).find(|compute| &compute.field == name);
        let title = self.procedure.field(name).map(|field| field.title.as_str());
        let title = title.or(computed.map(|compute| compute.title.as_str()));
        title.map_or_else(|| name.to_string(), |title| format!("“{title}”"))
    }

    fn act(&self, name: &Name) -> String {
        self.procedure.act(name).map_or_else(|| name.to_string(), |act| format!("“{}”", act.title))
    }

    fn mark(&self, name: &Name) -> String {
        self.procedure.mark(name).map_or_else(|| name.to_string(), |mark| format!("“{}”", mark.title))
    }

    /// An entry of the list of a choice field, by its title.
    fn entry(&self, field: &Expr, text: &str) -> String {
        let list = match field {
            Expr::Fact(name) => match self.procedure.field(name).map(|field| &field.kind) {
                Some(FieldKind::Choice { list } | FieldKind::Choices { list }) => self.procedure.choice_list(list),
                _ => None,
            },
            _ => None,
        };
        list.and_then(|list| list.title_of(text)).unwrap_or(text).to_owned()
    }
}

fn operand_zh(operand: &Operand) -> String {
    match operand {
        Operand::Bool(true) => "是".to_owned(),
        Operand::Bool(false) => "否".to_owned(),
        Operand::Int(number) => number.to_string(),
        Operand::Text(text) => text.clone(),
        Operand::Date(date) => date.to_string(),
        Operand::Texts(texts) => texts.iter().cloned().collect::<Vec<_>>().join("、"),
    }
}
