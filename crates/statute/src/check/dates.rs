//! What is dated: rates are in force on every day they can be read, editions follow each other without gap.

use std::collections::BTreeSet;

use jiff::civil::Date;
use kernel::guard::Expr;
use kernel::names::Name;
use kernel::procedure::{Amount, FieldKind, Procedure};
use kernel::world::{Rate, RateValue};

use crate::book::Book;
use crate::check::Desk;
use crate::diagnostic::{Code, Diagnostic};
use crate::index::{FileIndex, Kind};

/// A rate, and the kinds for which a procedure reads it; none when it is read without kind.
type Read = (Name, Option<String>);

/// Every rate a procedure reads is in force in every place from the first day of the edition to the last on which it
/// can be read: today, or the day before the edition ends.
pub(super) fn rates(desk: &Desk<'_>, found: &mut Vec<Diagnostic>) {
    let from = desk.procedure.in_force_from;
    let until = desk.procedure.in_force_until.unwrap_or(Date::MAX).min(desk.today.tomorrow().unwrap_or(Date::MAX));
    for (name, key) in reads(desk) {
        for place in &desk.book.places {
            let Some(rate) = place.rates.iter().find(|rate| rate.name == name) else { continue };
            let Some(day) = first_gap(rate, key.as_deref(), from, until) else { continue };
            let Some(refer) = desk.file.refs.iter().find(|refer| refer.kind == Kind::Rate && refer.name == name) else {
                continue;
            };
            let of = key.as_ref().map(|key| format!("（`{key}`）")).unwrap_or_default();
            let message = format!("{}的标准 `{name}`{of} 在{day}没有数", place.name);
            let at = desk.book.places.iter().position(|known| known == place);
            let mut diagnostic = Diagnostic::new(Code::RateGap, &desk.file.path, refer.span.clone(), message)
                .help(format!("本文件自{from}起要读它；在地方文件里补上那一天的 `value`。"))
                .under(refer.heading.as_deref());
            if let Some(file) = at.and_then(|at| desk.book.file_of_place(at)) {
                diagnostic = diagnostic.from(&file.path, file.prop(Kind::Rate, &name, ""), "标准写在这里");
            }
            found.push(diagnostic);
        }
    }
}

/// The first day in `from <= day < until` without a value.
fn first_gap(rate: &Rate, key: Option<&str>, from: Date, until: Date) -> Option<Date> {
    let mut values: Vec<&RateValue> = rate.values.iter().filter(|value| value.key.as_deref() == key).collect();
    values.sort_by_key(|value| value.from);
    let mut covered = from;
    for value in values {
        if value.from > covered {
            break;
        }
        covered = covered.max(value.until.unwrap_or(Date::MAX));
    }
    (covered < until).then_some(covered)
}

fn reads(desk: &Desk<'_>) -> BTreeSet<Read> {
    let procedure = desk.procedure;
    let mut reads = BTreeSet::new();
    for condition in &desk.file.conditions {
        condition.expr.visit(&mut |part| {
            if let Expr::Rate(rate, key) = part {
                reads.extend(keys(procedure, key.as_deref()).into_iter().map(|key| (rate.clone(), key)));
            }
        });
    }
    for limit in &procedure.limits {
        if let Amount::Rate(rate) = &limit.amount {
            reads.insert((rate.clone(), None));
        }
        reads.extend(limit.post.as_ref().and_then(|post| Some((post.waits.clone()?, None))));
    }
    for act in &procedure.acts {
        reads.extend(act.assigns.iter().filter_map(|assigns| Some((assigns.cap.clone()?, None))));
        for compute in &act.computes {
            for read in [Some(&compute.base), compute.factor.as_ref()].into_iter().flatten() {
                let key = read.key.as_ref().map(|key| Expr::Fact(key.clone()));
                reads.extend(keys(procedure, key.as_ref()).into_iter().map(|key| (read.rate.clone(), key)));
            }
        }
    }
    reads
}

/// The kinds a key can take: all entries of the list of a choice field, or the text itself.
fn keys(procedure: &Procedure, key: Option<&Expr>) -> Vec<Option<String>> {
    match key {
        None => vec![None],
        Some(Expr::Literal(kernel::guard::Operand::Text(text))) => vec![Some(text.clone())],
        Some(Expr::Fact(field)) => match procedure.field(field).map(|field| &field.kind) {
            Some(FieldKind::Choice { list }) => {
                let entries = procedure.choice_list(list).map(|list| list.entries.iter());
                entries.into_iter().flatten().map(|entry| Some(entry.name.clone())).collect()
            }
            _ => Vec::new(),
        },
        Some(_) => Vec::new(),
    }
}

/// In every place, one rate has one value on one day.
pub(super) fn places(book: &Book, found: &mut Vec<Diagnostic>) {
    for (at, place) in book.places.iter().enumerate() {
        let Some(file) = book.file_of_place(at) else { continue };
        for rate in &place.rates {
            for (later, value) in rate.values.iter().enumerate() {
                let clash = rate.values.iter().take(later).position(|before| clashes(before, value));
                if let Some(earlier) = clash {
                    found.push(overlap(file, rate, earlier, later));
                }
            }
        }
    }
}

fn clashes(one: &RateValue, other: &RateValue) -> bool {
    let ends = |value: &RateValue| value.until.unwrap_or(Date::MAX);
    one.key == other.key && one.from < ends(other) && other.from < ends(one)
}

fn overlap(file: &FileIndex, rate: &Rate, earlier: usize, later: usize) -> Diagnostic {
    let value = |at: usize| Name::new(format!("{}#{at}", rate.name));
    let message = format!("标准 `{}` 在同一天有两个数", rate.name);
    Diagnostic::new(Code::RateOverlap, &file.path, file.prop(Kind::RateValue, &value(later), "from"), message)
        .help("给前一个数写 `until`，等于后一个数的 `from`。")
        .from(&file.path, file.prop(Kind::RateValue, &value(earlier), "from"), "另一个数从这一天起")
        .under(file.heading(Kind::Rate, &rate.name))
}

/// Editions of one procedure neither overlap nor leave a day out.
pub(super) fn editions(book: &Book, found: &mut Vec<Diagnostic>) {
    let mut order: Vec<usize> = (0..book.procedures.len()).collect();
    let key = |at: &usize| book.procedures.get(*at).map(|procedure| (&procedure.id, procedure.in_force_from));
    order.sort_by(|a, b| key(a).cmp(&key(b)));
    for (earlier, later) in order.iter().zip(order.iter().skip(1)) {
        let (Some(before), Some(after)) = (book.procedures.get(*earlier), book.procedures.get(*later)) else {
            continue;
        };
        let (Some(before_file), Some(file)) = (book.file_of(*earlier), book.file_of(*later)) else { continue };
        if before.id != after.id {
            continue;
        }
        moves(before, after, file, found);
        let until = before.in_force_until.unwrap_or(Date::MAX);
        let (code, message, help) = if until > after.in_force_from {
            let message = format!("`{}` 的两个版本在{}同时施行", after.id, after.in_force_from);
            (Code::EditionOverlap, message, format!("前一个版本写 `in-force-until=\"{}\"`。", after.in_force_from))
        } else if until < after.in_force_from {
            let message = format!("`{}` 自{until}起没有版本施行，到{}才有", after.id, after.in_force_from);
            (Code::EditionGap, message, "让前一个版本的 `in-force-until` 等于后一个版本的 `in-force-from`。".to_owned())
        } else {
            continue;
        };
        let statute = |file: &FileIndex| {
            let refer = file.refs.iter().find(|refer| refer.kind == Kind::Statute);
            refer.map_or(0..0, |refer| refer.span.clone())
        };
        let diagnostic = Diagnostic::new(code, &file.path, statute(file), message).help(help);
        found.push(diagnostic.from(&before_file.path, statute(before_file), "前一个版本"));
    }
}

/// A stage in which open matters go over to the new edition is open in both.
fn moves(before: &Procedure, after: &Procedure, file: &FileIndex, found: &mut Vec<Diagnostic>) {
    let open = |procedure: &Procedure, stage: &Name| procedure.stage(stage).is_some_and(|stage| !stage.closed);
    for stage in &after.succession.moves_in {
        let lacks = match (open(before, stage), open(after, stage)) {
            (true, true) => continue,
            (false, _) => "前一个版本",
            (true, false) => "这个版本",
        };
        let message = format!("在办的件在环节 `{stage}` 转到这个版本，{lacks}却没有这个在办的环节");
        let refer = file.refs.iter().rev().find(|refer| refer.kind == Kind::Stage && &refer.name == stage);
        let span = refer.map_or(0..0, |refer| refer.span.clone());
        let diagnostic = Diagnostic::new(Code::EditionStage, &file.path, span, message);
        let diagnostic = diagnostic.help("两个版本里都有、都没有办结的环节才能转。");
        found.push(diagnostic.under(refer.and_then(|refer| refer.heading.as_deref())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::world::RateUnit;

    #[test]
    fn the_first_day_without_a_value_is_found() {
        let day = |text: &str| text.parse::<Date>().expect("a date");
        let value = |from: &str, until: Option<&str>| RateValue {
            key: None,
            from: day(from),
            until: until.map(day),
            value: 1,
            source: String::new(),
            assumed: false,
        };
        let rate = |values| Rate { name: "x".into(), title: String::new(), unit: RateUnit::Count, values };
        let check = |values: Vec<RateValue>, expected: Option<&str>| {
            let gap = first_gap(&rate(values), None, day("2022-01-01"), day("2026-01-01"));
            assert_eq!(gap, expected.map(day));
        };
        check(vec![], Some("2022-01-01"));
        check(vec![value("2022-01-02", None)], Some("2022-01-01"));
        check(vec![value("2020-01-01", Some("2023-01-01")), value("2023-01-01", None)], None);
        check(vec![value("2023-01-02", None), value("2020-01-01", Some("2023-01-01"))], Some("2023-01-01"));
        check(vec![value("2020-01-01", Some("2026-01-01"))], None);
    }
}
