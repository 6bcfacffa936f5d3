//! What must hold of the graph as a whole: every stage reached, every act possible, somebody to act, an end, every
//! remedy within reach.

use std::collections::BTreeSet;

use super::perform::sits;
use super::{Found, Proof};
use crate::diagnostic::Code;
use crate::index::Kind;
use kernel::names::Name;
use kernel::procedure::ActKind;

pub(super) fn check(proof: &Proof<'_>, found: &mut Found) {
    reachable(proof, found);
    ending(proof, found);
    waiting(proof, found);
    remedies(proof, found);
    answered(proof, found);
}

/// Every stage can be reached, and every act somewhere be done.
fn reachable(proof: &Proof<'_>, found: &mut Found) {
    let desk = proof.desk;
    let reached: BTreeSet<u16> = proof.graph.states().map(|(_, state)| state.stage).collect();
    let stages = (1..).zip(&desk.procedure.stages);
    let reached: BTreeSet<&Name> =
        stages.filter(|(number, _)| reached.contains(number)).map(|(_, stage)| &stage.name).collect();
    for stage in desk.procedure.stages.iter().filter(|stage| !reached.contains(&stage.name)) {
        let message = format!("没有一条路能到环节“{}”", stage.title);
        let diagnostic = desk.at(Code::UnreachableStage, Kind::Stage, &stage.name, "", message);
        found.plain(diagnostic.help(format!("写一个 `to=\"{}\"` 的行为，或者删去这个环节。", stage.name)));
    }
    for act in &desk.procedure.acts {
        let placed = act.kind == ActKind::Open || act.within.iter().any(|stage| reached.contains(stage));
        if placed && !proof.is_possible(&act.name) {
            let message = format!("“{}”永远不能做：它的条件在它的环节里从不成立", act.title);
            let diagnostic = desk.at(Code::ImpossibleAct, Kind::Act, &act.name, "in", message);
            found.plain(diagnostic.help("检查 `in`、`guard`、`by` 里的席位有没有人坐，届满的行为还要看期限在不在走。"));
        }
        for stage in act.within.iter().filter(|stage| reached.contains(stage)) {
            nowhere(proof, act, stage, found);
        }
    }
}

/// An act that stands in a stage can be done there.
fn nowhere(proof: &Proof<'_>, act: &kernel::procedure::ActDef, stage: &Name, found: &mut Found) {
    let desk = proof.desk;
    let Some(number) = super::model::number(desk.procedure, stage) else { return };
    let by = proof.model.steps.iter().position(|step| step.def.name == act.name);
    let Some(by) = by.and_then(|by| u16::try_from(by).ok()) else { return };
    let here = proof.graph.states().filter(|(_, state)| state.stage == number);
    let done = here.into_iter().any(|(state, _)| proof.graph.ways(state).iter().any(|way| way.by == by));
    if done || !proof.is_possible(&act.name) {
        return;
    }
    let title = desk.procedure.stage(stage).map_or("", |stage| stage.title.as_str());
    let message = format!("“{}”写着可以在“{title}”做，在那里却永远不能做", act.title);
    let diagnostic = desk.at(Code::ImpossibleAct, Kind::Act, &act.name, "in", message);
    found.plain(diagnostic.help(format!("从 `in` 里去掉 `{stage}`，或者改 `guard`。")));
}

/// From every state the matter can end.
fn ending(proof: &Proof<'_>, found: &mut Found) {
    let ends = proof.graph.reaching(&|_, state| proof.model.is_closed(state.stage));
    let mut seen = BTreeSet::new();
    for ((number, state), ends) in proof.graph.states().zip(ends) {
        if ends || !seen.insert(state.stage) {
            continue;
        }
        let Some(stage) = proof.model.stage(state.stage) else { continue };
        let message = format!("到了环节“{}”，办件可能再也不能办结", stage.title);
        let diagnostic = proof.desk.at(Code::EndlessStage, Kind::Stage, &stage.name, "", message);
        let help = "写一条从这里走到 `closed=#true` 的环节的路，看看条件是不是互相堵住。";
        found.shown(diagnostic.help(help), proof.run(number));
    }
}

/// Wherever the matter waits, somebody whose turn it is can do something.
fn waiting(proof: &Proof<'_>, found: &mut Found) {
    let mut seen = BTreeSet::new();
    for (number, state) in proof.graph.states() {
        let Some(stage) = proof.model.stage(state.stage).filter(|stage| !stage.closed) else { continue };
        let acts = |by: u16| {
            let step = proof.model.steps.get(usize::from(by));
            step.is_some_and(|step| {
                let mut seats = step.seats.iter();
                seats.any(|(seat, seated)| stage.by.contains(seat) && sits(*seated, state, step))
            })
        };
        if proof.graph.ways(number).iter().any(|way| acts(way.by)) || !seen.insert(state.stage) {
            continue;
        }
        let message = format!("环节“{}”没有人能做事：`by` 里的席位在这里没有能做的行为", stage.title);
        let diagnostic = proof.desk.at(Code::IdleStage, Kind::Stage, &stage.name, "by", message);
        let help = "写一个 `in` 含有这个环节、`by` 含有这个席位的行为，并让它在这时能做；已办结的写 `closed=#true`。";
        found.shown(diagnostic.help(help), proof.run(number));
    }
}

/// The act that is the remedy can be reached from wherever the adverse act leads.
fn remedies(proof: &Proof<'_>, found: &mut Found) {
    for (by, step) in (0_u16..).zip(&proof.model.steps) {
        let remedy = step.def.remedy.as_ref().and_then(|remedy| remedy.act.as_ref());
        let Some(remedy) = remedy.and_then(|remedy| proof.desk.procedure.act(remedy)) else { continue };
        let is_it = |by: u16| proof.model.steps.get(usize::from(by)).is_some_and(|step| step.def.name == remedy.name);
        let within = proof.graph.reaching(&|number, _| proof.graph.ways(number).iter().any(|way| is_it(way.by)));
        let ways =
            proof.graph.states().flat_map(|(number, _)| proof.graph.ways(number).iter().map(move |way| (number, way)));
        let out_of_reach = ways.filter(|(_, way)| way.by == by).find(|(_, way)| {
            let reach = usize::try_from(way.to).ok().and_then(|to| within.get(to));
            reach == Some(&false)
        });
        let Some((number, _)) = out_of_reach else { continue };
        let message = format!("“{}”之后，写作救济的“{}”可能再也做不了", step.def.title, remedy.title);
        let origin = proof.desk.file.prop(Kind::Act, &remedy.name, "in");
        let diagnostic = proof.desk.at(Code::RemedyUnreachable, Kind::Act, &step.def.name, "to", message);
        let help = "让那个行为的 `in` 包括这里去到的环节，并看看它的条件。";
        let diagnostic = diagnostic.help(help).from(&proof.desk.file.path, origin, "救济写在这里");
        found.shown(diagnostic, proof.run_and(number, by));
    }
}

/// What is answered item by item can have been done, and more than once.
fn answered(proof: &Proof<'_>, found: &mut Found) {
    for act in &proof.desk.procedure.acts {
        let Some(answers) = &act.answers else { continue };
        let Some(asked) = proof.desk.procedure.act(&answers.act) else { continue };
        let wrong = if asked.once {
            format!("“{}”只能做一次，不用逐条答复", asked.title)
        } else if !proof.is_possible(&asked.name) {
            format!("“{}”永远不能做，没有可以答复的", asked.title)
        } else {
            continue;
        };
        let diagnostic = proof.desk.at(Code::AnswersNothing, Kind::Act, &act.name, "answers", wrong);
        found.plain(diagnostic.help("答复一个可以做多次、确实能做的行为。"));
    }
}
