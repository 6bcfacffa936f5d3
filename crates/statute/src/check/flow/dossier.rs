//! The case file: from wherever a matter is, what it must hold can still come into it, so that it can be closed.
//!
//! Each item is followed by itself: whether what makes it compulsory has happened, and whether it is there.

use kernel::guard::Expr;
use kernel::names::Name;
use kernel::procedure::{ActDef, DossierItem, DossierSource};

use super::condition::Cond;
use super::observe::{Observed, Passage, observe};
use super::state::{Given, Layout, State, Truth, Watch};
use super::{Found, Proof};
use crate::diagnostic::Code;
use crate::index::Kind;

/// More acts than these in a condition are not followed; the item is then taken as possible.
const ATOMS_MAX: usize = 3;

const THERE: u8 = 8;

pub(super) fn check(proof: &Proof<'_>, found: &mut Found) {
    if !proof.desk.procedure.acts.iter().any(|act| act.needs_dossier) {
        return;
    }
    for item in proof.desk.procedure.dossier.iter().filter(|item| item.always || item.must.is_some()) {
        if let Some(followed) = Followed::of(proof, item) {
            followed.check(found);
        }
    }
}

/// An item with what decides on it.
struct Followed<'a> {
    proof: &'a Proof<'a>,
    item: &'a DossierItem,
    /// The acts the condition asks about, one bit each.
    atoms: Vec<&'a Name>,
    must: Option<Cond>,
    layout: Layout,
}

impl<'a> Followed<'a> {
    fn of(proof: &'a Proof<'a>, item: &'a DossierItem) -> Option<Self> {
        let mut atoms: Vec<&Name> = Vec::new();
        let mut only_acts = true;
        if let Some(must) = item.must.as_ref().filter(|_| !item.always) {
            must.visit(&mut |part| match part {
                Expr::Done(act) if atoms.contains(&act) => {}
                Expr::Done(act) => atoms.push(act),
                Expr::Fact(_) | Expr::Given(_) | Expr::Raised(_) | Expr::Times(_) | Expr::OpenItems(_) => {
                    only_acts = false
                }
                _ => {}
            });
        }
        if atoms.len() > ATOMS_MAX || !only_acts {
            return None;
        }
        let mut layout = Layout::default();
        atoms.iter().for_each(|act| layout.watch(Watch::Done, act));
        let must = item.must.as_ref().filter(|_| !item.always).map(|must| Cond::of(must, &layout));
        Some(Self { proof, item, atoms, must, layout })
    }

    fn check(&self, found: &mut Found) {
        let proof = self.proof;
        let brought: Vec<(u8, Given)> =
            proof.model.steps.iter().map(|step| (self.bits(&step.def.name), self.brings(step.def))).collect();
        let graph = observe(proof.graph, &|passage| after(&brought, passage));
        let archives: Vec<bool> = proof.model.steps.iter().map(|step| step.def.needs_dossier).collect();
        let archives = |by: u16| archives.get(usize::from(by)) == Some(&true);
        let closes = |state: &Observed| proof.model.is_closed(state.state.stage);
        let ends = graph
            .reaching_by(&|_, state| closes(state), &|state, by| !archives(by) || self.holds(state.value, Some(by)));
        let could = proof.graph.reaching(&|_, state| proof.model.is_closed(state.stage));
        let could = |number: u32| usize::try_from(number).ok().and_then(|at| could.get(at)).copied().unwrap_or(false);
        let stuck = graph.states().zip(ends).find(|((_, state), ends)| !ends && could(state.number));
        let Some(((number, _), _)) = stuck else { return };
        let message = format!("卷内必须有的“{}”，走这条路以后可能再也不会有，办件不能办结", self.item.title);
        let at = proof.desk.procedure.acts.iter().find(|act| act.needs_dossier).map(|act| &act.name);
        let Some(at) = at else { return };
        let diagnostic = proof.desk.at(Code::DossierImpossible, Kind::Act, at, "needs-dossier", message);
        let help = "用 `must-when` 写明什么时候必须有，或者让前面的行为发出这份文书、收下这份材料。";
        found.shown(diagnostic.help(help), graph.run(number));
    }

    /// Whether the item is there, or is not needed.
    fn holds(&self, value: u8, by: Option<u16>) -> bool {
        let def = by.and_then(|by| self.proof.model.steps.get(usize::from(by))).map(|step| step.def);
        let there = value & THERE != 0 || def.is_some_and(|def| self.brings(def) == Given::Yes);
        let mut state = State::default();
        for (bit, act) in self.atoms.iter().enumerate() {
            self.layout.place(Watch::Done, act).into_iter().for_each(|place| state.put(place, value >> bit & 1 == 1));
        }
        let needed = self.must.as_ref().is_none_or(|must| must.truth(&state, &mut |_, _| {}) != Truth::False);
        there || !needed
    }

    /// What doing an act tells the condition.
    fn bits(&self, act: &Name) -> u8 {
        self.atoms.iter().enumerate().filter(|(_, atom)| **atom == act).fold(0, |bits, (bit, _)| bits | 1 << bit)
    }

    /// Whether an act brings the item in.
    fn brings(&self, def: &ActDef) -> Given {
        match &self.item.source {
            DossierSource::Paper(paper) if def.papers.contains(paper) => Given::Yes,
            DossierSource::Records { acts, .. } if acts.contains(&def.name) => Given::Yes,
            DossierSource::Field(field) => {
                let asked = def.fields().find(|asked| &asked.name == field);
                asked.map_or(Given::No, |asked| {
                    if asked.when.is_some() { Given::Perhaps } else { super::model::answered(asked) }
                })
            }
            DossierSource::Paper(_) | DossierSource::Records { .. } => Given::No,
        }
    }
}

fn after(brought: &[(u8, Given)], passage: Passage) -> (u8, Option<u8>) {
    let Some((bits, brings)) = brought.get(usize::from(passage.by)) else { return (passage.value, None) };
    let value = passage.value | bits;
    match brings {
        Given::Yes => (value | THERE, None),
        Given::Perhaps => (value, Some(value | THERE)),
        Given::No => (value, None),
    }
}
