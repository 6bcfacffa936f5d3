//! The graph of states: what can be reached, what can end, who can act, what was collected, which clocks run.
//!
//! A state is the stage, which fields are collected (no, perhaps, yes), which acts have been done, which requests stand
//! open, who sits in slots, which proposals stand undecided, and which clocks run or stand still. All states are
//! visited, breadth first, so that whatever is broken comes with the shortest run of acts that breaks it.
//!
//! INVARIANT: a real matter is always in one of the visited states; so what is not found here cannot happen there.

mod clocks;
mod collected;
mod condition;
mod dossier;
mod explore;
mod marks;
mod model;
mod observe;
mod parts;
mod perform;
mod properties;
mod separation;
mod state;
mod watched;

use crate::check::Desk;
use crate::diagnostic::{Code, Diagnostic};
use crate::index::Kind;
use explore::{Graph, STATES_MAX, explore};
use kernel::names::Name;
use model::Model;
use perform::Noticed;
use state::{Layout, State};

/// Up to so many states a procedure is explored as a whole; beyond, in parts.
const WHOLE_MAX: usize = 10_000;

pub(super) fn check(desk: &Desk<'_>, found: &mut Vec<Diagnostic>) {
    collected::screening(desk, found);
    let all = Layout::of(desk);
    let shown = match prove(desk, &all, WHOLE_MAX) {
        Some(shown) => Some(shown),
        None => parts::prove(desk, &all),
    };
    let Some(shown) = shown else {
        let message = format!("状态超过{STATES_MAX}个，不能逐一查验");
        let diagnostic = desk.at(Code::TooManyStates, Kind::Matter, &desk.procedure.id, "", message);
        found.push(diagnostic.help("减少条件里问到的行为（`done`）和字段，或者分成两个事项。"));
        return;
    };
    let title = |act: &u16| desk.procedure.acts.get(usize::from(*act)).map(|act| act.title.clone());
    found.extend(shown.0.into_iter().map(|(diagnostic, run)| diagnostic.run(run.iter().filter_map(title).collect())));
}

/// Explores what the layout watches and reads off everything that must hold; `None` when there are too many states.
fn prove(desk: &Desk<'_>, layout: &Layout, most: usize) -> Option<Found> {
    if !layout.fits() {
        return None;
    }
    let model = Model::of(desk, layout);
    let explored = explore(&model, most);
    desk.states.set(desk.states.get() + explored.as_ref().map_or(most, |(graph, _)| graph.nodes.len()));
    let (graph, noticed) = explored?;
    let proof = Proof { desk, model: &model, graph: &graph, noticed: &noticed };
    let mut found = Found::default();
    properties::check(&proof, &mut found);
    collected::check(&proof, &mut found);
    marks::check(&proof, &mut found);
    clocks::check(&proof, &mut found);
    separation::check(&proof, &mut found);
    dossier::check(&proof, &mut found);
    Some(found)
}

/// What was found, with the shortest run of acts that shows it, where there is one.
#[derive(Debug, Default)]
struct Found(Vec<(Diagnostic, Vec<u16>)>);

impl Found {
    fn plain(&mut self, diagnostic: Diagnostic) {
        self.0.push((diagnostic, Vec::new()));
    }

    fn shown(&mut self, diagnostic: Diagnostic, run: Vec<u16>) {
        self.0.push((diagnostic, run));
    }
}

/// Everything the properties are read off.
#[derive(Clone, Copy)]
struct Proof<'a> {
    desk: &'a Desk<'a>,
    model: &'a Model<'a>,
    graph: &'a Graph<State>,
    noticed: &'a Noticed,
}

impl Proof<'_> {
    /// The shortest run to a state.
    fn run(&self, number: u32) -> Vec<u16> {
        self.graph.run(number)
    }

    /// The same, and one act more.
    fn run_and(&self, number: u32, act: u16) -> Vec<u16> {
        self.run(number).into_iter().chain(std::iter::once(act)).collect()
    }

    fn title(&self, act: u16) -> Option<String> {
        self.model.steps.get(usize::from(act)).map(|step| step.def.title.clone())
    }

    /// The number of an act.
    fn number(&self, act: &Name) -> Option<u16> {
        u16::try_from(self.model.steps.iter().position(|step| &step.def.name == act)?).ok()
    }

    /// Whether an act was possible somewhere.
    fn is_possible(&self, act: &Name) -> bool {
        let mut steps = self.model.steps.iter().zip(&self.noticed.possible);
        steps.any(|(step, possible)| &step.def.name == act && *possible)
    }
}
