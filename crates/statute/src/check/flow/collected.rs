//! No condition, key or day reads what may not have been collected on the way there.

use kernel::names::Name;
use kernel::procedure::{ActKind, Amount, Anchor, Binds, Limit};
use std::ops::Range;

use super::condition::Cond;
use super::model::answered;
use super::state::{Given, Layout, State, Watch};
use super::{Found, Proof};
use crate::check::Desk;
use crate::diagnostic::{Code, Diagnostic};
use crate::index::{Kind, Role};

pub(super) fn check(proof: &Proof<'_>, found: &mut Found) {
    conditions(proof, found);
    keys(proof, found);
    venue(proof, found);
    days(proof, found);
}

fn conditions(proof: &Proof<'_>, found: &mut Found) {
    for ((number, field), (given, from)) in &proof.noticed.missing {
        let Some(condition) = proof.desk.file.conditions.get(*number) else { continue };
        let read = condition.reads.iter().find(|(name, _)| name == field);
        let span = read.map_or(condition.span.clone(), |(_, span)| span.clone());
        let help = format!(
            "先问有没有填过，如 `given({0}) && …` 或者 `!given({0}) || …`，或者让前面的表单必须填它。",
            field.as_str().replace('-', "_")
        );
        let diagnostic = uncollected(proof.desk, field, *given, span).help(help).under(condition.heading.as_deref());
        let by = condition.owner.as_ref().and_then(|owner| proof.number(owner));
        found.shown(diagnostic, proof.graph.run(*from).into_iter().chain(by).collect());
    }
}

fn uncollected(desk: &Desk<'_>, field: &Name, given: Given, span: Range<usize>) -> Diagnostic {
    let message = match given {
        Given::No => format!("走到这里时，字段 `{field}` 可能还没有问过"),
        _ => format!("走到这里时，字段 `{field}` 可能没有填"),
    };
    let diagnostic = Diagnostic::new(Code::UncollectedField, &desk.file.path, span, message);
    match desk.file.decl(Kind::Field, field) {
        Some(decl) => {
            let asker = decl.owner.as_ref().and_then(|owner| desk.procedure.act(owner));
            let note = asker.map_or_else(|| "字段写在这里".to_owned(), |act| format!("“{}”时问它", act.title));
            diagnostic.from(&desk.file.path, decl.span.clone(), note)
        }
        None => diagnostic,
    }
}

/// The fields that key a computation, and the acts whose day governs it.
fn keys(proof: &Proof<'_>, found: &mut Found) {
    let (desk, noticed) = (proof.desk, &proof.noticed);
    let run = |act: usize, from: u32| proof.run_and(from, u16::try_from(act).unwrap_or(u16::MAX));
    for ((act, number), (given, from)) in &noticed.keyless {
        let step = proof.model.steps.get(*act);
        let Some((_, key, computed, prop)) = step.and_then(|step| step.keys.get(*number)) else { continue };
        let span = desk.file.prop(Kind::Field, computed, prop);
        let diagnostic = uncollected(desk, key, *given, span).under(desk.file.heading(Kind::Field, computed));
        let help = format!("让每一条路上的表单都问 `{key}`，否则这个金额算不出来。");
        found.shown(diagnostic.help(help), run(*act, *from));
    }
    for ((act, number), from) in &noticed.ungoverned {
        let step = proof.model.steps.get(*act);
        let Some((_, governing, computed)) = step.and_then(|step| step.governed.get(*number)) else { continue };
        let message = format!("走到这里时，可能还没有做过 `{governing}`，不知道按哪一天的标准");
        let span = desk.file.prop(Kind::Field, computed, "governed-by");
        let diagnostic = Diagnostic::new(Code::UncollectedField, &desk.file.path, span, message);
        let diagnostic = diagnostic.help("换成一定在前面做过的行为。").under(desk.file.heading(Kind::Field, computed));
        found.shown(diagnostic, run(*act, *from));
    }
}

/// The field that decides which office is competent.
fn venue(proof: &Proof<'_>, found: &mut Found) {
    let desk = proof.desk;
    let Some(venue) = &desk.procedure.competence.by_field else { return };
    for act in desk.procedure.acts.iter().filter(|act| act.kind == ActKind::Open) {
        let asks = |field: &&kernel::procedure::Field| &field.name == venue && field.when.is_none();
        if act.fields().filter(asks).any(|field| answered(field) == Given::Yes) {
            continue;
        }
        let span = desk.file.prop(Kind::Act, &act.name, "");
        let message = format!("“{}”开件时没有必须填 `{venue}`，不知道由哪个机构办", act.title);
        let diagnostic = Diagnostic::new(Code::UncollectedField, &desk.file.path, span, message);
        let help = format!("在表单里加上必填的 `region \"{venue}\"`。");
        found.plain(diagnostic.help(help).under(desk.file.heading(Kind::Act, &act.name)));
    }
}

/// What a limit is reckoned from is stated by the act that needs it, or before: the day it is counted back from, and how
/// long it is where a decision says so.
fn days(proof: &Proof<'_>, found: &mut Found) {
    for limit in &proof.desk.procedure.limits {
        if let Binds::Before { field } = &limit.binds {
            known(proof, limit, field, "before-field", &limit.met_by, found);
        }
        if let (Amount::Field(field), Anchor::Acts(anchors)) = (&limit.amount, &limit.from) {
            known(proof, limit, field, "within-field", anchors, found);
        }
    }
}

fn known(proof: &Proof<'_>, limit: &Limit, field: &Name, prop: &str, acts: &[Name], found: &mut Found) {
    let Some(place) = proof.model.layout.place(Watch::Field, field) else { return };
    for (by, step) in (0_u16..).zip(&proof.model.steps).filter(|(_, step)| acts.contains(&step.def.name)) {
        let own = |asked: &kernel::procedure::Field| &asked.name == field && asked.when.is_none();
        if step.def.fields().any(|asked| own(asked) && answered(asked) == Given::Yes) {
            continue;
        }
        let unknown = proof.graph.find(&|state, way| way.by == by && state.given(place) != Given::Yes);
        let Some((number, _)) = unknown else { continue };
        let message = format!("做“{}”时可能还没有填 `{field}`，“{}”算不出来", step.def.title, limit.title);
        let diagnostic = proof.desk.at(Code::DayNotStated, Kind::Limit, &limit.name, prop, message);
        let help = format!("在“{}”的表单里加上必填的 `{field}`，或者让前面的表单必须填它。", step.def.title);
        found.shown(diagnostic.help(help), proof.run_and(number, by));
    }
}

/// The screening reads its own questions only, each of which is answered unless it is optional.
pub(super) fn screening(desk: &Desk<'_>, found: &mut Vec<Diagnostic>) {
    let mut layout = Layout::default();
    let questions = &desk.procedure.screening.questions;
    questions.iter().for_each(|question| layout.watch(Watch::Field, &question.name));
    let mut state = State::default();
    for question in questions {
        let given = if question.when.is_some() { Given::Perhaps } else { answered(question) };
        layout.place(Watch::Field, &question.name).into_iter().for_each(|place| state.set_given(place, given));
    }
    for condition in desk.file.conditions.iter().filter(|condition| condition.role == Role::Screening) {
        let mut missing = Vec::new();
        let cond = Cond::of(&condition.expr, &layout);
        cond.truth(&state, &mut |field, given| missing.push((field.clone(), given)));
        for (field, given) in missing {
            let read = condition.reads.iter().find(|(name, _)| *name == field);
            let span = read.map_or(condition.span.clone(), |(_, span)| span.clone());
            let help = format!("先写 `given({}) && …`，或者让这个问题必须答。", field.as_str().replace('-', "_"));
            found.push(uncollected(desk, &field, given, span).help(help).under(condition.heading.as_deref()));
        }
    }
}
