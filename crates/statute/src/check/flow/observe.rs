//! Watching one thing more along the graph: a request, a proposal, a clock.
//!
//! What nothing depends on is left out of the states, since it would multiply them; here it is followed afterwards, one
//! thing at a time, over the ways that are known.
//!
//! INVARIANT: what is observed does not decide what can be done, or is part of the state as well; so the ways are the same.

use super::explore::{Edge, Graph, Node};
use super::state::State;

/// A state of the graph, and the value of what is observed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Observed {
    pub state: State,
    /// The state in the graph.
    pub number: u32,
    pub value: u8,
}

/// One step along the graph.
#[derive(Debug, Clone, Copy)]
pub(super) struct Passage {
    pub by: u16,
    pub before: u16,
    pub after: u16,
    /// The state it leads to.
    pub reached: State,
    pub value: u8,
}

/// Values are below this.
const VALUES: usize = 16;

/// Follows a value that is 0 at the start. `next` says what a step makes of it, in one way or in two.
pub(super) fn observe(graph: &Graph<State>, next: &dyn Fn(Passage) -> (u8, Option<u8>)) -> Graph<Observed> {
    let mut known = vec![u32::MAX; graph.nodes.len() * VALUES];
    let mut product = Graph { nodes: Vec::new(), edges: Vec::new() };
    let start = Observed { state: State::default(), number: 0, value: 0 };
    enter(start, 0, u16::MAX, &mut known, &mut product);
    let mut at = 0;
    while let Some(node) = product.nodes.get_mut(at) {
        node.edges = u32::try_from(product.edges.len()).unwrap_or(u32::MAX);
        let here = node.state;
        let from = u32::try_from(at).unwrap_or(u32::MAX);
        for way in graph.ways(here.number) {
            let Some(state) = graph.node(way.to).map(|node| node.state) else { continue };
            let (before, after) = (here.state.stage, state.stage);
            let passage = Passage { by: way.by, before, after, reached: state, value: here.value };
            let (one, other) = next(passage);
            for value in std::iter::once(one).chain(other) {
                let to = enter(Observed { state, number: way.to, value }, from, way.by, &mut known, &mut product);
                product.edges.push(Edge { by: way.by, to });
            }
        }
        at += 1;
    }
    product
}

fn enter(state: Observed, from: u32, by: u16, known: &mut [u32], product: &mut Graph<Observed>) -> u32 {
    let number = u32::try_from(product.nodes.len()).unwrap_or(u32::MAX);
    let at = usize::try_from(state.number).unwrap_or(usize::MAX).saturating_mul(VALUES) + usize::from(state.value);
    match known.get_mut(at) {
        Some(known) if *known == u32::MAX => {
            *known = number;
            product.nodes.push(Node { state, from, by, edges: 0 });
            number
        }
        Some(known) => *known,
        None => 0,
    }
}
