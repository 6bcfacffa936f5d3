//! Conditions written out again, in the syntax of the law files.
//!
//! The kernel keeps conditions as expressions; whoever compares two editions wants to read them.
//!
//! INVARIANT: what is written reads back as the same condition, brackets included.

use kernel::guard::{Comparison, Expr, Operand};
use kernel::names::Name;

/// A condition as a law file writes it.
pub(crate) fn spelled(expr: &Expr) -> String {
    write(expr, 0)
}

/// Binding of `||`, `&&`, comparisons and what stands alone.
const OR: u8 = 1;
const AND: u8 = 2;
const COMPARED: u8 = 3;
const ALONE: u8 = 4;

fn write(expr: &Expr, around: u8) -> String {
    let (text, binds) = match expr {
        Expr::Literal(operand) => (literal(operand), ALONE),
        Expr::Today => ("today()".to_owned(), ALONE),
        Expr::Fact(field) => (variable(field), ALONE),
        Expr::Given(field) => (format!("given({})", variable(field)), ALONE),
        Expr::Done(act) => (format!("done('{act}')"), ALONE),
        Expr::Raised(mark) => (format!("raised('{mark}')"), ALONE),
        Expr::OpenItems(act) => (format!("open_items('{act}')"), ALONE),
        Expr::Times(act) => (format!("times('{act}')"), ALONE),
        Expr::DaysBetween(from, until) => (format!("days_between({}, {})", write(from, 0), write(until, 0)), ALONE),
        Expr::Rate(rate, None) => (format!("rate('{rate}')"), ALONE),
        Expr::Rate(rate, Some(key)) => (format!("rate('{rate}', {})", write(key, 0)), ALONE),
        Expr::Not(inner) => (format!("!{}", write(inner, ALONE)), ALONE),
        Expr::And(left, right) => (format!("{} && {}", write(left, AND), write(right, AND)), AND),
        Expr::Or(left, right) => (format!("{} || {}", write(left, OR), write(right, OR)), OR),
        Expr::Compare(how, left, right) => {
            (format!("{} {} {}", write(left, ALONE), sign(*how), write(right, ALONE)), COMPARED)
        }
        Expr::In(what, entries) => {
            let entries: Vec<String> = entries.iter().map(|entry| format!("'{entry}'")).collect();
            (format!("{} in [{}]", write(what, ALONE), entries.join(", ")), COMPARED)
        }
    };
    if binds < around { format!("({text})") } else { text }
}

const fn sign(how: Comparison) -> &'static str {
    match how {
        Comparison::Equal => "==",
        Comparison::NotEqual => "!=",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}

fn variable(field: &Name) -> String {
    field.as_str().replace('-', "_")
}

fn literal(operand: &Operand) -> String {
    match operand {
        Operand::Bool(flag) => flag.to_string(),
        Operand::Int(number) => number.to_string(),
        Operand::Text(text) => format!("'{text}'"),
        Operand::Date(date) => format!("'{date}'"),
        Operand::Texts(texts) => {
            let texts: Vec<String> = texts.iter().map(|text| format!("'{text}'")).collect();
            format!("[{}]", texts.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_stand_where_the_meaning_needs_them() {
        let given = |field: &str| Expr::Given(field.into());
        let or = Expr::Or(Box::new(given("a-b")), Box::new(Expr::Done("grant".into())));
        assert_eq!(spelled(&or), "given(a_b) || done('grant')");
        let and = Expr::And(Box::new(or), Box::new(Expr::Not(Box::new(given("c")))));
        assert_eq!(spelled(&and), "(given(a_b) || done('grant')) && !given(c)");
        let not = Expr::Not(Box::new(Expr::In(Box::new(Expr::Fact("x".into())), ["b".into(), "a".into()].into())));
        assert_eq!(spelled(&not), "!(x in ['a', 'b'])");
    }
}
