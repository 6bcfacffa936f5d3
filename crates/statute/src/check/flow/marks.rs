//! Requests: none stays open for ever when the matter is closed, and what settles finds something to settle.

use kernel::procedure::{ActKind, Mark};

use super::explore::Graph;
use super::model::Step;
use super::observe::{Observed, Passage, observe};
use super::state::Watch;
use super::{Found, Proof};
use crate::diagnostic::Code;
use crate::index::Kind;

const OPEN: u8 = 1;

/// One request after the other: what is seen of one is let go before the next.
pub(super) fn check(proof: &Proof<'_>, found: &mut Found) {
    let steps = &proof.model.steps;
    let mut settles = vec![false; steps.len()];
    for mark in &proof.desk.procedure.marks {
        let graph = follow(proof, mark);
        left_open(proof, mark, &graph, found);
        for ((by, step), settles) in (0_u16..).zip(steps).zip(&mut settles) {
            if !step.def.settles.contains(&mark.name) || !proof.is_possible(&step.def.name) {
                continue;
            }
            if graph.find(&|state, way| way.by == by && state.value == OPEN).is_some() {
                *settles = true;
                idle(proof, by, step, &graph, found);
            }
        }
    }
    for (step, settles) in steps.iter().zip(settles) {
        if settles || step.def.settles.is_empty() || !proof.is_possible(&step.def.name) {
            continue;
        }
        let message = format!("“{}”要了结的待办，在它能做的时候从来没有悬着", step.def.title);
        let diagnostic = proof.desk.at(Code::SettlesNothing, Kind::Act, &step.def.name, "settles", message);
        found.plain(diagnostic.help("让前面的行为 `raises` 它，或者删去这个 `settles`。"));
    }
}

/// What an act does to a request.
#[derive(Debug, Clone, Copy)]
enum Effect {
    Nothing,
    Raises,
    MayRaise,
    Settles,
}

fn follow(proof: &Proof<'_>, mark: &Mark) -> Graph<Observed> {
    let place = proof.model.layout.place(Watch::Mark, &mark.name);
    // Where a condition depends on the request, the states tell already whether it was raised.
    let told = |passage: &Passage| {
        let place = place?;
        let live = proof.model.live.get(usize::from(passage.after))?;
        live.get(place.0).then(|| passage.reached.has(place))
    };
    let effect = |step: &Step<'_>| {
        if step.def.settles.contains(&mark.name) {
            Effect::Settles
        } else if step.def.raises.contains(&mark.name) {
            Effect::Raises
        } else if step.form.iter().any(|asked| asked.follow.as_ref() == Some(&mark.name)) {
            Effect::MayRaise
        } else {
            Effect::Nothing
        }
    };
    let effects: Vec<Effect> = proof.model.steps.iter().map(effect).collect();
    observe(proof.graph, &|passage: Passage| match effects.get(usize::from(passage.by)) {
        Some(Effect::Settles) => (0, None),
        Some(Effect::Raises) => (OPEN, None),
        Some(Effect::MayRaise) => match told(&passage) {
            Some(true) => (OPEN, None),
            Some(false) => (passage.value, None),
            None => (passage.value, Some(OPEN).filter(|_| passage.value != OPEN)),
        },
        Some(Effect::Nothing) | None => (passage.value, None),
    })
}

fn left_open(proof: &Proof<'_>, mark: &Mark, graph: &Graph<Observed>, found: &mut Found) {
    let settled = graph.reaching(&|_, state| state.value != OPEN);
    let open = graph
        .states()
        .zip(settled)
        .find(|((_, state), settled)| !settled && state.value == OPEN && proof.model.is_closed(state.state.stage));
    let Some(((number, state), _)) = open else { return };
    let stage = proof.model.stage(state.state.stage).map_or("", |stage| stage.title.as_str());
    let message = format!("办件到“{stage}”办结时，待办“{}”可能还悬着，再也没有人能了结", mark.title);
    let diagnostic = proof.desk.at(Code::MarkLeftOpen, Kind::Mark, &mark.name, "", message);
    let help = format!("让办结的行为写 `settles=\"{0}\"`，或者加条件 `!raised('{0}')`。", mark.name);
    found.shown(diagnostic.help(help), graph.run(number));
}

/// An act that does nothing but settle is done only when something stands open.
fn idle(proof: &Proof<'_>, by: u16, step: &Step<'_>, graph: &Graph<Observed>, found: &mut Found) {
    // An authority may also decide of its own motion; an answer needs a question.
    let [mark] = step.def.settles.as_slice() else { return };
    if step.to.is_some() || !matches!(step.def.kind, ActKind::Answer | ActKind::Record) {
        return;
    }
    let Some((number, _)) = graph.find(&|state, way| way.by == by && state.value != OPEN) else { return };
    let message = format!("没有待办悬着的时候，也能做“{}”", step.def.title);
    let diagnostic = proof.desk.at(Code::SettlesNothing, Kind::Act, &step.def.name, "settles", message);
    let help = format!("加上 `guard when=\"raised('{mark}')\" otherwise=\"…\"`。");
    let run = graph.run(number).into_iter().chain(std::iter::once(by)).collect::<Vec<_>>();
    found.shown(diagnostic.help(help), run);
}
