//! Whoever proposes does not decide: on every run from a proposal to the decision on it.

use std::collections::BTreeSet;

use kernel::procedure::{ActDef, ActKind, SeatPlace, Target};

use super::observe::{Passage, observe};
use super::{Found, Proof};
use crate::diagnostic::{Code, Diagnostic};
use crate::index::Kind;

const STANDS: u8 = 1;

pub(super) fn check(proof: &Proof<'_>, found: &mut Found) {
    let proposals = proof.desk.procedure.acts.iter().filter(|act| act.kind == ActKind::Propose);
    for proposal in proposals {
        let decisions: BTreeSet<u16> = (0_u16..)
            .zip(&proof.model.steps)
            .filter(|(_, step)| needs_another(proof, proposal, step.def))
            .map(|(by, _)| by)
            .collect();
        if decisions.is_empty() {
            continue;
        }
        let graph = observe(proof.graph, &|passage| (after(proof, proposal, passage), None));
        for by in decisions {
            let Some(decision) = proof.model.steps.get(usize::from(by)) else { continue };
            let together = graph.find(&|state, way| way.by == by && state.value == STANDS);
            let Some((number, _)) = together else { continue };
            let run: Vec<u16> = graph.run(number).into_iter().chain(std::iter::once(by)).collect();
            found.shown(one_does_both(proof, proposal, decision.def), run);
        }
    }
}

fn needs_another(proof: &Proof<'_>, proposal: &ActDef, decision: &ActDef) -> bool {
    // What a proposal leaves open beside the stage is decided by whatever settles it.
    let on_it = proposal.to != Target::Stay
        || proposal.raises.is_empty()
        || proposal.raises.iter().any(|mark| decision.settles.contains(mark));
    decision.kind == ActKind::Decide
        && on_it
        && decision.alone.is_none()
        && !decision.apart_from.contains(&proposal.name)
        && may_be_one(proof, proposal, decision)
}

/// What becomes of a proposal: a new one takes the place of another on the same question; a decision ends it, and so does
/// the law when a limit runs out, whatever settles what it left open, and the return to where it is made.
fn after(proof: &Proof<'_>, proposal: &ActDef, passage: Passage) -> u8 {
    let Some(step) = proof.model.steps.get(usize::from(passage.by)) else { return passage.value };
    let proposes = step.def.kind == ActKind::Propose;
    if step.def.name == proposal.name {
        return STANDS;
    }
    let replaced = proposes && proposal.to == step.def.to;
    let decided = step.def.kind == ActKind::Decide && (step.to.is_some() || proposal.to == step.def.to);
    let lapsed = step.def.kind == ActKind::Expire && passage.after != passage.before;
    let settled = proposal.raises.iter().any(|mark| step.def.settles.contains(mark));
    let stage = proof.model.stage(passage.after);
    let is_back = stage.is_some_and(|stage| proposal.within.contains(&stage.name));
    let returned = passage.after != passage.before && !proposes && is_back;
    if replaced || decided || lapsed || settled || returned { 0 } else { passage.value }
}

fn one_does_both(proof: &Proof<'_>, proposal: &ActDef, decision: &ActDef) -> Diagnostic {
    let message = format!("同一个人可以先做“{}”，再做“{}”", proposal.title, decision.title);
    let diagnostic = proof.desk.at(Code::NotApart, Kind::Act, &decision.name, "", message);
    let origin = proof.desk.file.prop(Kind::Act, &proposal.name, "");
    diagnostic.from(&proof.desk.file.path, origin, "在这里提出").help(format!(
        "在 `{}` 上加 `apart-from=\"{}\"`；法律允许一人办的写 `alone=\"理由\"`。",
        decision.name, proposal.name
    ))
}

/// Whether one person can hold a seat of each: parties and the clock hold no posts.
fn may_be_one(proof: &Proof<'_>, one: &ActDef, other: &ActDef) -> bool {
    let posts = |def: &ActDef| {
        def.by.iter().any(|seat| {
            let place = proof.desk.procedure.seat(seat).map(|seat| &seat.place);
            !matches!(place, None | Some(SeatPlace::Party | SeatPlace::System))
        })
    };
    posts(one) && posts(other)
}
