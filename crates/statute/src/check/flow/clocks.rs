//! Clocks: a limit can start where it should run, whatever stops it can be made to run on, and a minimum cannot be
//! walked round.

use kernel::names::Name;
use kernel::procedure::{ActKind, Anchor, Binds, Expiry, Limit};

use super::explore::Graph;
use super::model::{Clocked, Effect, Step, number};
use super::observe::{Observed, Passage, observe};
use super::state::Clock;
use super::{Found, Proof};
use crate::diagnostic::Code;
use crate::index::Kind;

const RUNNING: u8 = 1;
const STOPPED: u8 = 2;

pub(super) fn check(proof: &Proof<'_>, found: &mut Found) {
    for (at, clock) in proof.model.clocks.iter().enumerate() {
        starts(proof, clock.limit, found);
        if !matters(proof, at, clock) {
            continue;
        }
        let watch = Watch { proof, clock, at, graph: follow(proof, at, clock) };
        watch.untouched(found);
        watch.stands_still(found);
        watch.not_resumed(found);
        watch.walked_round(found);
        watch.expires(found);
    }
}

/// Whether anything is to be proved of the clock beside its start.
fn matters(proof: &Proof<'_>, at: usize, clock: &Clocked<'_>) -> bool {
    let touched = |effect: &Effect| effect.stops || effect.resumes || effect.restarts || effect.extends;
    let mut effects = proof.model.steps.iter().filter_map(|step| step.effects.get(at));
    clock.limit.expiry != Expiry::Alarm || matches!(clock.limit.binds, Binds::AtLeast { .. }) || effects.any(touched)
}

fn follow(proof: &Proof<'_>, at: usize, clock: &Clocked<'_>) -> Graph<Observed> {
    let code = |clock: Clock| match clock {
        Clock::Off => 0,
        Clock::Running => RUNNING,
        Clock::Stopped => STOPPED,
    };
    let next = |passage: Passage| {
        let effect = proof.model.steps.get(usize::from(passage.by)).and_then(|step| step.effects.get(at));
        let now = match passage.value {
            RUNNING => Clock::Running,
            STOPPED => Clock::Stopped,
            _ => Clock::Off,
        };
        (effect.map_or(passage.value, |effect| code(clock.after(now, effect, passage.after))), None)
    };
    observe(proof.graph, &next)
}

/// What starts a limit can happen where the limit then runs.
fn starts(proof: &Proof<'_>, limit: &Limit, found: &mut Found) {
    let Anchor::Acts(anchors) = &limit.from else { return };
    if anchors.is_empty() {
        return;
    }
    for anchor in anchors.iter().filter(|anchor| proof.is_possible(anchor)) {
        if runs_after(proof, limit, anchor) {
            continue;
        }
        let title = proof.desk.procedure.act(anchor).map_or("", |act| act.title.as_str());
        let message = format!("“{title}”之后，期限“{}”从来不会走：办件不到它的环节，或者它的待办没有悬着", limit.title);
        let diagnostic = proof.desk.at(Code::LimitNeverRuns, Kind::Limit, &limit.name, "from", message);
        found.plain(diagnostic.help("检查 `from`、`spans` 和 `while`：起算的行为要走到期限所在的环节。"));
    }
}

fn runs_after(proof: &Proof<'_>, limit: &Limit, anchor: &Name) -> bool {
    let graph = proof.graph;
    let spans: Vec<u16> = limit.spans.iter().filter_map(|stage| number(proof.desk.procedure, stage)).collect();
    let by = |way: u16| proof.model.steps.get(usize::from(way)).is_some_and(|step| &step.def.name == anchor);
    let there = |to: u32| graph.node(to).is_some_and(|node| spans.is_empty() || spans.contains(&node.state.stage));
    let mut after = graph.edges.iter().filter(|way| by(way.by)).map(|way| way.to);
    after.any(|to| there(to) || graph.ways(to).iter().any(|way| there(way.to)))
}

/// One clock followed along the graph.
struct Watch<'a> {
    proof: &'a Proof<'a>,
    clock: &'a Clocked<'a>,
    at: usize,
    graph: Graph<Observed>,
}

impl Watch<'_> {
    fn effect(&self, by: u16) -> Effect {
        let step = self.proof.model.steps.get(usize::from(by));
        step.and_then(|step| step.effects.get(self.at)).copied().unwrap_or_default()
    }

    fn run_and(&self, number: u32, by: u16) -> Vec<u16> {
        self.graph.run(number).into_iter().chain(std::iter::once(by)).collect()
    }

    /// A limit that is stopped, resumed or prolonged can be running there.
    fn untouched(&self, found: &mut Found) {
        let (proof, limit) = (self.proof, self.clock.limit);
        for (by, step) in (0_u16..).zip(&proof.model.steps) {
            let effect = self.effect(by);
            if !(effect.resumes || effect.stops || effect.restarts || effect.extends) {
                continue;
            }
            let there = |state: &Observed| match state.value {
                STOPPED => true,
                RUNNING => !effect.resumes || effect.restarts || effect.extends,
                _ => false,
            };
            // An act that prolongs what does not run is not possible at all; that it stands in a reached stage is enough.
            let shows = if effect.extends {
                self.graph.states().any(|(_, state)| there(state) && stands_in(proof, step, state.state.stage))
            } else {
                self.graph.find(&|state, way| way.by == by && there(state)).is_some()
            };
            if shows || !is_placed(proof, step) {
                continue;
            }
            let (prop, verb, state) = if effect.extends {
                ("", "延长", "没有在走")
            } else if effect.resumes {
                ("resumes", "接着走", "没有停着")
            } else if effect.restarts {
                ("restarts", "重新计算", "没有在走")
            } else if step.def.stops.contains(&limit.name) {
                ("stops", "停下", "没有在走")
            } else {
                ("deducts", "扣除", "没有在走")
            };
            let message = format!("“{}”要使“{}”{verb}，但那时它总是{state}", step.def.title, limit.title);
            let diagnostic = proof.desk.at(Code::ClockNotRunning, Kind::Act, &step.def.name, prop, message);
            let origin = proof.desk.file.prop(Kind::Limit, &limit.name, "");
            let diagnostic = diagnostic.from(&proof.desk.file.path, origin, "期限写在这里");
            found.plain(diagnostic.help("看看期限的 `from`、`spans`，和这个行为的 `in`。"));
        }
    }

    /// A clock that stands still can be made to run on.
    fn stands_still(&self, found: &mut Found) {
        let (proof, limit) = (self.proof, self.clock.limit);
        let runs_on = self.graph.reaching(&|number, state| {
            let resumes = |by: u16| {
                let effect = self.effect(by);
                effect.resumes || effect.restarts
            };
            state.value == STOPPED && self.graph.ways(number).iter().any(|way| resumes(way.by))
        });
        let still = self.graph.states().zip(runs_on).find(|((_, state), runs_on)| {
            !runs_on && state.value == STOPPED && !proof.model.is_closed(state.state.stage)
        });
        let Some(((number, _), _)) = still else { return };
        let message = format!("期限“{}”停下以后，可能再也不能接着走", limit.title);
        let diagnostic = proof.desk.at(Code::ClockStandsStill, Kind::Limit, &limit.name, "", message);
        let help = format!(
            "写一个 `resumes=\"{0}\"`（或者 `restarts=\"{0}\"`）的行为，并让它在停着的环节里能做。",
            limit.name
        );
        found.shown(diagnostic.help(help), self.graph.run(number));
    }

    /// Coming back into its stages from outside, a stopped clock runs on.
    fn not_resumed(&self, found: &mut Found) {
        let (proof, limit) = (self.proof, self.clock.limit);
        let in_span = |stage: u16| self.clock.spans.get(usize::from(stage)).copied().unwrap_or(false);
        let back = self.graph.find(&|state, way| {
            let after = self.graph.node(way.to).map(|node| node.state);
            let stopped = after.is_some_and(|after| in_span(after.state.stage) && after.value == STOPPED);
            stopped && state.value == STOPPED && !in_span(state.state.stage)
        });
        let Some((number, way)) = back else { return };
        let Some(step) = proof.model.steps.get(usize::from(way.by)) else { return };
        let message = format!("做了“{}”，办件回到期限“{}”的环节，它却还停着", step.def.title, limit.title);
        let diagnostic = proof.desk.at(Code::ClockStandsStill, Kind::Act, &step.def.name, "to", message);
        let help = format!("在这个行为上写 `resumes=\"{}\"`；确实还不能走的，把停着的环节写进 `spans`。", limit.name);
        found.shown(diagnostic.help(help), self.run_and(number, way.by));
    }

    /// What a minimum period holds back cannot be reached by another act while it runs.
    fn walked_round(&self, found: &mut Found) {
        let (proof, limit) = (self.proof, self.clock.limit);
        let Binds::AtLeast { holds, .. } = &limit.binds else { return };
        let held: Vec<&Step<'_>> = proof.model.steps.iter().filter(|step| holds.contains(&step.def.name)).collect();
        let leads = |step: &Step<'_>| {
            step.to.is_some()
                && !step.def.adverse
                && held.iter().any(|other| other.to == step.to && shares(other, step))
        };
        for (by, step) in (0_u16..).zip(&proof.model.steps) {
            if holds.contains(&step.def.name) || !leads(step) || step.def.kind == ActKind::Expire {
                continue;
            }
            let round = self.graph.find(&|state, way| way.by == by && state.value == RUNNING);
            let Some((number, _)) = round else { continue };
            let message = format!("“{}”还没有满，也能用“{}”走到同一个环节", limit.title, step.def.title);
            let diagnostic = proof.desk.at(Code::MinimumWalkedRound, Kind::Limit, &limit.name, "holds", message);
            let help = format!("把 `{}` 也写进 `holds`，或者写明为什么可以不满。", step.def.name);
            found.shown(diagnostic.help(help), self.run_and(number, by));
        }
    }

    /// Wherever a limit can end by itself, the act that happens then can be done.
    fn expires(&self, found: &mut Found) {
        let (proof, limit) = (self.proof, self.clock.limit);
        let Expiry::Act(act) = &limit.expiry else { return };
        let by = proof.model.steps.iter().position(|step| &step.def.name == act);
        let Some(by) = by.and_then(|by| u16::try_from(by).ok()) else { return };
        let stuck = self.graph.states().find(|(number, state)| {
            let here = self.clock.limit.spans.is_empty()
                || self.clock.spans.get(usize::from(state.state.stage)).copied().unwrap_or(false);
            here && state.value == RUNNING && !self.graph.ways(*number).iter().any(|way| way.by == by)
        });
        let Some((number, state)) = stuck else { return };
        let stage = proof.model.stage(state.state.stage).map_or("", |stage| stage.title.as_str());
        let act = proof.title(by).unwrap_or_default();
        let message = format!("期限“{}”在环节“{stage}”里届满时，“{act}”不能做", limit.title);
        let diagnostic = proof.desk.at(Code::ExpiryWithoutEffect, Kind::Limit, &limit.name, "expiry", message);
        let help = "行为的 `in` 要包括期限走着的每个环节，条件也要成立。";
        found.shown(diagnostic.help(help), self.graph.run(number));
    }
}

fn stands_in(proof: &Proof<'_>, step: &Step<'_>, stage: u16) -> bool {
    let stage = proof.model.stage(stage);
    stage.is_some_and(|stage| step.def.within.contains(&stage.name))
}

/// Whether the act stands in a stage that is reached.
fn is_placed(proof: &Proof<'_>, step: &Step<'_>) -> bool {
    proof.graph.states().any(|(_, state)| stands_in(proof, step, state.stage))
}

fn shares(one: &Step<'_>, other: &Step<'_>) -> bool {
    one.def.within.iter().any(|stage| other.def.within.contains(stage))
}
