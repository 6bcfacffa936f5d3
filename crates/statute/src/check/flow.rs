//! The graph of states: what can be reached, what can end, and what has been collected on every way there.
//!
//! A state is the stage, which fields are known to be collected (no, perhaps, yes), and which of the acts that a
//! condition asks about have been done. All states are visited; guards are evaluated as far as the state decides them.
//! What it does not know – values of fields, open requests – it takes both ways.
//!
//! INVARIANT: a real matter is always in one of the visited states; so what is not found here cannot happen there.

use std::collections::{BTreeMap, BTreeSet};

use kernel::guard::{Expr, Operand};
use kernel::names::Name;
use kernel::procedure::{ActDef, Field, FieldKind, Target};

use crate::check::Desk;
use crate::diagnostic::{Code, Diagnostic};
use crate::index::{Condition, Kind, Role};

/// More states than any procedure has shown; beyond it the exploration stops and says so.
const STATES_MAX: usize = 20_000;

/// Whether a field has been collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Given {
    No,
    Perhaps,
    Yes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Truth {
    False,
    Open,
    True,
}

/// Where a matter is, as far as conditions can tell. `stage` is `None` before it is opened.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
struct State {
    stage: Option<Name>,
    given: BTreeMap<Name, Given>,
    done: BTreeSet<Name>,
}

/// What states keep track of.
struct Watched {
    fields: BTreeSet<Name>,
    acts: BTreeSet<Name>,
}

pub(super) fn check(desk: &Desk<'_>, found: &mut Vec<Diagnostic>) {
    let watched = watched(desk);
    let Some(graph) = explore(desk, &watched) else {
        let message = format!("状态超过{STATES_MAX}个，不能逐一查验");
        let diagnostic = desk.at(Code::TooManyStates, Kind::Matter, &desk.procedure.id, "", message);
        found.push(diagnostic.help("减少条件里问到的行为（`done`）和字段，或者分成两个事项。"));
        return;
    };
    reachable(desk, &graph, found);
    ending(desk, &graph, found);
    collected(desk, &graph, found);
}

fn watched(desk: &Desk<'_>) -> Watched {
    let mut watched = Watched { fields: BTreeSet::new(), acts: BTreeSet::new() };
    let asked = |condition: &&Condition| !matches!(condition.role, Role::Matter | Role::Screening);
    for condition in desk.file.conditions.iter().filter(asked) {
        condition.expr.visit(&mut |part| match part {
            Expr::Fact(field) | Expr::Given(field) => {
                watched.fields.insert(field.clone());
            }
            Expr::Done(act) => {
                watched.acts.insert(act.clone());
            }
            _ => {}
        });
    }
    for act in &desk.procedure.acts {
        for compute in &act.computes {
            let keys = [&compute.base.key, &compute.factor.as_ref().and_then(|factor| factor.key.clone())];
            watched.fields.extend(keys.into_iter().flatten().cloned());
            watched.acts.insert(compute.governed_by.clone());
        }
        if act.once {
            watched.acts.insert(act.name.clone());
        }
    }
    watched.fields.extend(desk.procedure.competence.by_field.clone());
    watched
}

/// The visited states, which state each leads to, and which acts were possible somewhere.
struct Graph {
    states: BTreeMap<State, Vec<State>>,
    possible: BTreeSet<Name>,
}

fn explore(desk: &Desk<'_>, watched: &Watched) -> Option<Graph> {
    let mut graph = Graph { states: BTreeMap::new(), possible: BTreeSet::new() };
    let mut waiting = vec![State::default()];
    while let Some(state) = waiting.pop() {
        if graph.states.contains_key(&state) {
            continue;
        }
        if graph.states.len() >= STATES_MAX {
            return None;
        }
        let mut next = Vec::new();
        for act in desk.procedure.acts.iter().filter(|act| stands_open(act, &state)) {
            let Some(after) = perform(act, &state, watched) else { continue };
            graph.possible.insert(act.name.clone());
            waiting.push(after.clone());
            next.push(after);
        }
        graph.states.insert(state, next);
    }
    Some(graph)
}

/// Whether the stage and `once` allow the act.
fn stands_open(act: &ActDef, state: &State) -> bool {
    let placed = match &state.stage {
        None => act.kind == kernel::procedure::ActKind::Open,
        Some(stage) => act.kind != kernel::procedure::ActKind::Open && act.within.contains(stage),
    };
    placed && !(act.once && state.done.contains(&act.name))
}

/// The state after an act; `None` when a guard surely forbids it.
fn perform(act: &ActDef, state: &State, watched: &Watched) -> Option<State> {
    let mut after = with_form(act, state, None);
    for guard in &act.guards {
        if truth(&guard.when, &after, &mut Vec::new()) == Truth::False {
            return None;
        }
        after = assume(&guard.when, true, after);
    }
    for compute in &act.computes {
        after.given.insert(compute.field.clone(), Given::Yes);
    }
    after.given.retain(|field, _| watched.fields.contains(field));
    if watched.acts.contains(&act.name) {
        after.done.insert(act.name.clone());
    }
    if let Target::Stage(stage) = &act.to {
        after.stage = Some(stage.clone());
    }
    Some(after)
}

/// The state with the answers of a form, up to (not including) the field `until`.
fn with_form(act: &ActDef, state: &State, until: Option<&Name>) -> State {
    let mut after = state.clone();
    for field in act.fields().take_while(|field| Some(&field.name) != until) {
        let before = after.given.get(&field.name).copied().unwrap_or(Given::No);
        after.given.insert(field.name.clone(), before.max(answered(field)));
    }
    after
}

/// Whether a field that stands in a form is answered by everybody.
fn answered(field: &Field) -> Given {
    let always =
        field.when.is_none() && field.or_promise.is_none() && (field.required || field.kind == FieldKind::Bool);
    if always { Given::Yes } else { Given::Perhaps }
}

/// Every stage can be reached, and every act somewhere be done.
fn reachable(desk: &Desk<'_>, graph: &Graph, found: &mut Vec<Diagnostic>) {
    let reached: BTreeSet<&Name> = graph.states.keys().filter_map(|state| state.stage.as_ref()).collect();
    for stage in desk.procedure.stages.iter().filter(|stage| !reached.contains(&stage.name)) {
        let message = format!("没有一条路能到环节“{}”", stage.title);
        let diagnostic = desk.at(Code::UnreachableStage, Kind::Stage, &stage.name, "", message);
        found.push(diagnostic.help(format!("写一个 `to=\"{}\"` 的行为，或者删去这个环节。", stage.name)));
    }
    for act in &desk.procedure.acts {
        let placed = act.within.iter().any(|stage| reached.contains(stage));
        if placed && !graph.possible.contains(&act.name) {
            let message = format!("“{}”永远不能做：它的条件在它的环节里从不成立", act.title);
            let diagnostic = desk.at(Code::ImpossibleAct, Kind::Act, &act.name, "in", message);
            found.push(diagnostic.help("检查 `in` 和 `guard`。"));
        }
    }
}

/// From every state the matter can end.
fn ending(desk: &Desk<'_>, graph: &Graph, found: &mut Vec<Diagnostic>) {
    let closed: BTreeSet<&Name> =
        desk.procedure.stages.iter().filter(|stage| stage.closed).map(|stage| &stage.name).collect();
    let mut before: BTreeMap<&State, Vec<&State>> = BTreeMap::new();
    for (state, next) in &graph.states {
        for after in next {
            before.entry(after).or_default().push(state);
        }
    }
    let ends = |state: &&State| state.stage.as_ref().is_some_and(|stage| closed.contains(stage));
    let mut waiting: Vec<&State> = graph.states.keys().filter(ends).collect();
    let mut ending: BTreeSet<&State> = BTreeSet::new();
    while let Some(state) = waiting.pop() {
        if ending.insert(state) {
            waiting.extend(before.get(state).into_iter().flatten().copied());
        }
    }
    let stuck = graph.states.keys().filter(|state| !ending.contains(state));
    let stuck: BTreeSet<&Name> = stuck.filter_map(|state| state.stage.as_ref()).collect();
    for stage in desk.procedure.stages.iter().filter(|stage| stuck.contains(&stage.name)) {
        let message = format!("到了环节“{}”，办件可能再也不能办结", stage.title);
        let diagnostic = desk.at(Code::EndlessStage, Kind::Stage, &stage.name, "", message);
        found.push(diagnostic.help("写一条从这里走到 `closed=#true` 的环节的路，看看条件是不是互相堵住。"));
    }
}

/// No condition reads what may not have been collected.
fn collected(desk: &Desk<'_>, graph: &Graph, found: &mut Vec<Diagnostic>) {
    let mut seen = Seen::new();
    for state in graph.states.keys() {
        for act in desk.procedure.acts.iter().filter(|act| stands_open(act, state)) {
            for condition in desk.file.conditions.iter().filter(|condition| condition.owner.as_ref() == Some(&act.name))
            {
                let Some(at) = asked_in(act, condition, state) else { continue };
                let mut missing = Vec::new();
                truth(&condition.expr, &at, &mut missing);
                for (field, given) in missing {
                    note(desk, condition, &field, given, &mut seen);
                }
            }
            keys(desk, act, state, &mut seen);
        }
    }
    found.extend(seen.into_values().map(|(diagnostic, _)| diagnostic));
    screening(desk, found);
}

/// The state in which a condition is asked; `None` when an earlier guard surely forbids the act.
fn asked_in(act: &ActDef, condition: &Condition, state: &State) -> Option<State> {
    if let Role::FieldWhen(field) = &condition.role {
        return Some(with_form(act, state, Some(field)));
    }
    let mut at = with_form(act, state, None);
    for guard in &act.guards {
        if condition.role == Role::Guard && guard.when == condition.expr {
            return Some(at);
        }
        if truth(&guard.when, &at, &mut Vec::new()) == Truth::False {
            return None;
        }
        at = assume(&guard.when, true, at);
    }
    Some(at)
}

type Seen = BTreeMap<(usize, usize, Name), (Diagnostic, Given)>;

fn note(desk: &Desk<'_>, condition: &Condition, field: &Name, given: Given, seen: &mut Seen) {
    let read = condition.reads.iter().find(|(name, _)| name == field);
    let span = read.map_or(condition.span.clone(), |(_, span)| span.clone());
    let help = format!(
        "先问有没有填过，如 `given({0}) && …` 或者 `!given({0}) || …`，或者让前面的表单必须填它。",
        field.as_str().replace('-', "_")
    );
    let diagnostic = uncollected(desk, field, given, span.clone()).help(help).under(condition.heading.as_deref());
    keep(seen, (span.start, span.end, field.clone()), diagnostic, given);
}

/// The worse of two findings at one place stays.
fn keep(seen: &mut Seen, key: (usize, usize, Name), diagnostic: Diagnostic, given: Given) {
    let known = seen.get(&key).map(|(_, known)| *known);
    if known.is_none_or(|known| given < known) {
        seen.insert(key, (diagnostic, given));
    }
}

fn uncollected(desk: &Desk<'_>, field: &Name, given: Given, span: std::ops::Range<usize>) -> Diagnostic {
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

/// The fields that key a computation, and the field that decides competence.
fn keys(desk: &Desk<'_>, act: &ActDef, state: &State, seen: &mut Seen) {
    let mut at = with_form(act, state, None);
    for guard in &act.guards {
        if truth(&guard.when, &at, &mut Vec::new()) == Truth::False {
            return;
        }
        at = assume(&guard.when, true, at);
    }
    let given = |field: &Name| at.given.get(field).copied().unwrap_or(Given::No);
    for compute in &act.computes {
        let factor = compute.factor.as_ref().and_then(|factor| factor.key.as_ref());
        for (prop, key) in [("base-key", compute.base.key.as_ref()), ("factor-key", factor)] {
            let Some(key) = key.filter(|key| given(key) != Given::Yes) else { continue };
            let span = desk.file.prop(Kind::Field, &compute.field, prop);
            let heading = desk.file.heading(Kind::Field, &compute.field);
            let diagnostic = uncollected(desk, key, given(key), span.clone()).under(heading);
            let help = format!("让每一条路上的表单都问 `{key}`，否则这个金额算不出来。");
            keep(seen, (span.start, span.end, key.clone()), diagnostic.help(help), given(key));
        }
    }
    for compute in act.computes.iter().filter(|compute| !state.done.contains(&compute.governed_by)) {
        let span = desk.file.prop(Kind::Field, &compute.field, "governed-by");
        let message = format!("走到这里时，可能还没有做过 `{}`，不知道按哪一天的标准", compute.governed_by);
        let diagnostic = Diagnostic::new(Code::UncollectedField, &desk.file.path, span.clone(), message)
            .help("换成一定在前面做过的行为。")
            .under(desk.file.heading(Kind::Field, &compute.field));
        keep(seen, (span.start, span.end, compute.governed_by.clone()), diagnostic, Given::No);
    }
    let Some(venue) = &desk.procedure.competence.by_field else { return };
    if state.stage.is_none() && given(venue) != Given::Yes {
        let span = desk.file.prop(Kind::Act, &act.name, "");
        let message = format!("“{}”开件时没有必须填 `{venue}`，不知道由哪个机构办", act.title);
        let diagnostic = Diagnostic::new(Code::UncollectedField, &desk.file.path, span.clone(), message);
        let diagnostic = diagnostic.help(format!("在表单里加上必填的 `region \"{venue}\"`。"));
        keep(
            seen,
            (span.start, span.end, venue.clone()),
            diagnostic.under(desk.file.heading(Kind::Act, &act.name)),
            Given::No,
        );
    }
}

/// The screening reads its own questions only, each of which is answered unless it is optional.
fn screening(desk: &Desk<'_>, found: &mut Vec<Diagnostic>) {
    let mut state = State::default();
    for question in &desk.procedure.screening.questions {
        state.given.insert(question.name.clone(), answered(question));
    }
    for condition in desk.file.conditions.iter().filter(|condition| condition.role == Role::Screening) {
        let mut missing = Vec::new();
        truth(&condition.expr, &state, &mut missing);
        for (field, given) in missing {
            let read = condition.reads.iter().find(|(name, _)| *name == field);
            let span = read.map_or(condition.span.clone(), |(_, span)| span.clone());
            let help = format!("先写 `given({}) && …`，或者让这个问题必须答。", field.as_str().replace('-', "_"));
            found.push(uncollected(desk, &field, given, span).help(help).under(condition.heading.as_deref()));
        }
    }
}

/// What a condition comes to in a state, with the facts it reads that may be missing.
fn truth(expr: &Expr, state: &State, missing: &mut Vec<(Name, Given)>) -> Truth {
    match expr {
        Expr::Literal(Operand::Bool(flag)) => decided(*flag),
        Expr::Given(field) => match state.given.get(field) {
            Some(Given::Yes) => Truth::True,
            Some(Given::Perhaps) => Truth::Open,
            Some(Given::No) | None => Truth::False,
        },
        Expr::Done(act) => decided(state.done.contains(act)),
        Expr::Fact(field) => {
            let given = state.given.get(field).copied().unwrap_or(Given::No);
            if given != Given::Yes {
                missing.push((field.clone(), given));
            }
            Truth::Open
        }
        Expr::Not(inner) => match truth(inner, state, missing) {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            Truth::Open => Truth::Open,
        },
        Expr::And(left, right) => join(left, right, state, missing, true),
        Expr::Or(left, right) => join(left, right, state, missing, false),
        Expr::Compare(_, left, right) => {
            truth(left, state, missing);
            truth(right, state, missing);
            Truth::Open
        }
        Expr::In(inner, _) => {
            truth(inner, state, missing);
            Truth::Open
        }
        Expr::Rate(_, Some(key)) => {
            truth(key, state, missing);
            Truth::Open
        }
        Expr::DaysBetween(from, until) => {
            truth(from, state, missing);
            truth(until, state, missing);
            Truth::Open
        }
        Expr::Literal(_)
        | Expr::Today
        | Expr::Raised(_)
        | Expr::OpenItems(_)
        | Expr::Times(_)
        | Expr::Rate(_, None) => Truth::Open,
    }
}

const fn decided(flag: bool) -> Truth {
    if flag { Truth::True } else { Truth::False }
}

/// `&&` when `both`, else `||`; the right side is read only where the left one leaves it open.
fn join(left: &Expr, right: &Expr, state: &State, missing: &mut Vec<(Name, Given)>, both: bool) -> Truth {
    let first = truth(left, state, missing);
    if first == decided(!both) {
        return first;
    }
    let second = truth(right, &assume(left, both, state.clone()), missing);
    if second == decided(!both) || first == decided(both) { second } else { Truth::Open }
}

/// The state, knowing that the condition came to this.
fn assume(expr: &Expr, holds: bool, mut state: State) -> State {
    match expr {
        Expr::Given(field) => {
            state.given.insert(field.clone(), if holds { Given::Yes } else { Given::No });
            state
        }
        Expr::Not(inner) => assume(inner, !holds, state),
        Expr::And(left, right) if holds => assume(right, true, assume(left, true, state)),
        Expr::Or(left, right) if !holds => assume(right, false, assume(left, false, state)),
        _ => state,
    }
}
