//! All states a matter can be in, breadth first, each with the act that first led there.
//!
//! Guards are evaluated as far as a state decides them; what it does not know it takes both ways.
//!
//! INVARIANT: a real matter is always in one of the visited states, so what is not found here cannot happen; and the
//! run to a state is as short as any.

use super::model::Model;
use super::perform::{Noticed, perform};
use super::state::State;

/// More states than any procedure has shown; beyond it the exploration stops and says so.
pub(super) const STATES_MAX: usize = 60_000;

/// The visited states.
pub(super) struct Graph<S> {
    pub nodes: Vec<Node<S>>,
    /// All ways on, those of one state after the other.
    pub edges: Vec<Edge>,
}

/// A visited state.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<S> {
    pub state: S,
    /// The state it was first reached from, and by which act.
    pub from: u32,
    pub by: u16,
    /// Where its ways on begin.
    pub edges: u32,
}

/// A way from a state to another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge {
    pub by: u16,
    pub to: u32,
}

/// Where states are found again: open addressing over their numbers.
struct Index {
    slots: Vec<u32>,
}

const FREE: u32 = u32::MAX;

impl Index {
    fn sized(slots: usize) -> Self {
        Self { slots: vec![FREE; slots] }
    }

    /// The number of a state, or the slot where it belongs.
    fn find(&self, state: &State, nodes: &[Node<State>]) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let hash = state.bits.hash() ^ u64::from(state.stage).wrapping_mul(0xff51_afd7_ed55_8ccd);
        let mut slot = usize::try_from((hash ^ hash >> 32) & 0xffff_ffff).unwrap_or(0) & mask;
        loop {
            match self.slots.get(slot).copied() {
                None | Some(FREE) => return Err(slot),
                Some(number) => {
                    let known = usize::try_from(number).ok().and_then(|number| nodes.get(number));
                    if known.is_some_and(|node| node.state == *state) {
                        return Ok(number);
                    }
                    slot = (slot + 1) & mask;
                }
            }
        }
    }

    fn grown(&self, nodes: &[Node<State>]) -> Self {
        let mut grown = Self::sized(self.slots.len() * 2);
        for (number, node) in nodes.iter().enumerate() {
            if let Err(slot) = grown.find(&node.state, nodes) {
                grown.put(slot, number);
            }
        }
        grown
    }

    fn put(&mut self, slot: usize, number: usize) {
        if let (Some(slot), Ok(number)) = (self.slots.get_mut(slot), u32::try_from(number)) {
            *slot = number;
        }
    }
}

/// Visits all states; `None` when there are more than `most`.
pub(super) fn explore(model: &Model<'_>, most: usize) -> Option<(Graph<State>, Noticed)> {
    let start = Node { state: State::default(), from: 0, by: u16::MAX, edges: 0 };
    let mut graph = Graph { nodes: Vec::new(), edges: Vec::new() };
    let mut noticed = Noticed::of(model);
    let mut index = Index::sized(1 << 10);
    enter(start, &mut graph, &mut index);
    let mut at = 0;
    let mut after = Vec::new();
    while let Some(node) = graph.nodes.get_mut(at) {
        node.edges = u32::try_from(graph.edges.len()).ok()?;
        let state = node.state;
        let from = u32::try_from(at).ok()?;
        for number in model.placed.get(usize::from(state.stage)).into_iter().flatten() {
            after.clear();
            perform(model, *number, &state, from, &mut noticed, &mut after);
            let by = u16::try_from(*number).ok()?;
            for state in &after {
                let to = enter(Node { state: *state, from, by, edges: 0 }, &mut graph, &mut index);
                graph.edges.push(Edge { by, to });
            }
        }
        if graph.nodes.len() > most {
            return None;
        }
        at += 1;
    }
    Some((graph, noticed))
}

/// The number of a state, which is entered if it is new.
fn enter(node: Node<State>, graph: &mut Graph<State>, index: &mut Index) -> u32 {
    match index.find(&node.state, &graph.nodes) {
        Ok(known) => known,
        Err(slot) => {
            let number = graph.nodes.len();
            index.put(slot, number);
            graph.nodes.push(node);
            if graph.nodes.len() * 2 > index.slots.len() {
                *index = index.grown(&graph.nodes);
            }
            u32::try_from(number).unwrap_or(FREE)
        }
    }
}

impl<S> Graph<S> {
    /// The states in the order in which they were found, with their numbers.
    pub(super) fn states(&self) -> impl Iterator<Item = (u32, &S)> {
        (0..).zip(self.nodes.iter().map(|node| &node.state))
    }

    pub(super) fn node(&self, number: u32) -> Option<&Node<S>> {
        self.nodes.get(usize::try_from(number).ok()?)
    }

    /// The ways on from a state.
    pub(super) fn ways(&self, number: u32) -> &[Edge] {
        let begin = |number: u32| self.node(number).map(|node| usize::try_from(node.edges).unwrap_or(usize::MAX));
        let start = begin(number).unwrap_or(usize::MAX);
        let end = begin(number + 1).unwrap_or(self.edges.len());
        self.edges.get(start..end).unwrap_or_default()
    }

    /// The first state, with one way on from it, that shows something.
    pub(super) fn find(&self, shows: &dyn Fn(&S, &Edge) -> bool) -> Option<(u32, Edge)> {
        self.states().find_map(|(number, state)| {
            let way = self.ways(number).iter().find(|way| shows(state, way))?;
            Some((number, *way))
        })
    }

    /// The shortest run to a state: the acts in order.
    pub(super) fn run(&self, number: u32) -> Vec<u16> {
        let mut run = Vec::new();
        let mut at = number;
        while at != 0 {
            let Some(node) = self.node(at) else { break };
            run.push(node.by);
            at = node.from;
        }
        run.reverse();
        run
    }

    /// The states from which one of those marked can be reached, themselves included.
    pub(super) fn reaching(&self, goal: &dyn Fn(u32, &S) -> bool) -> Vec<bool> {
        self.reaching_by(goal, &|_, _| true)
    }

    /// The same, by ways that are allowed.
    pub(super) fn reaching_by(&self, goal: &dyn Fn(u32, &S) -> bool, allowed: &dyn Fn(&S, u16) -> bool) -> Vec<bool> {
        let before = self.backward(allowed);
        let mut reaching = vec![false; self.nodes.len()];
        let mut waiting: Vec<u32> =
            self.states().filter(|(number, state)| goal(*number, state)).map(|(number, _)| number).collect();
        while let Some(number) = waiting.pop() {
            let Some(known) = usize::try_from(number).ok().and_then(|number| reaching.get_mut(number)) else {
                continue;
            };
            if !std::mem::replace(known, true) {
                waiting.extend(before.of(number));
            }
        }
        reaching
    }

    /// The edges turned round.
    fn backward(&self, allowed: &dyn Fn(&S, u16) -> bool) -> Backward {
        let mut starts = vec![0_u32; self.nodes.len() + 2];
        for (number, state) in self.states() {
            for edge in self.ways(number).iter().filter(|edge| allowed(state, edge.by)) {
                if let Some(start) = slot(&mut starts, edge.to, 2) {
                    *start += 1;
                }
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut from = vec![0_u32; self.edges.len()];
        for (number, state) in self.states() {
            for edge in self.ways(number).iter().filter(|edge| allowed(state, edge.by)) {
                let Some(start) = slot(&mut starts, edge.to, 1) else { continue };
                let at = *start;
                *start += 1;
                if let Some(place) = slot(&mut from, at, 0) {
                    *place = number;
                }
            }
        }
        Backward { starts, from }
    }
}

fn slot(list: &mut [u32], at: u32, behind: usize) -> Option<&mut u32> {
    list.get_mut(usize::try_from(at).ok()? + behind)
}

/// For each state, the states one act before it.
struct Backward {
    starts: Vec<u32>,
    from: Vec<u32>,
}

impl Backward {
    fn of(&self, number: u32) -> impl Iterator<Item = u32> {
        let bound = |number: u32| {
            let at = usize::try_from(number).ok().and_then(|number| self.starts.get(number));
            at.and_then(|at| usize::try_from(*at).ok()).unwrap_or(0)
        };
        self.from.get(bound(number)..bound(number + 1)).unwrap_or_default().iter().copied()
    }
}
