//! Where everything stands: lanes from top to bottom, layers from left to right, lines between them.
//!
//! A layer is the longest way from a start, ways back left out. Elements of one lane and layer stand below each other;
//! timers hang on the lower edge of their task, with what they lead to and say below.
//!
//! INVARIANT: no two elements overlap, timers on their task aside; every element lies inside its lane.

use super::model::{Model, NodeKind};

/// A rectangle, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Bounds {
    pub x: i32,
    pub y: i32,
    pub w: i32,
    pub h: i32,
}

/// The places of everything, in the order of the model.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub pool: Bounds,
    pub lanes: Vec<Bounds>,
    pub nodes: Vec<Bounds>,
    pub notes: Vec<Bounds>,
    pub partners: Vec<Bounds>,
    pub flows: Vec<Vec<(i32, i32)>>,
    pub messages: Vec<Vec<(i32, i32)>>,
    pub associations: Vec<Vec<(i32, i32)>>,
}

const LEFT: i32 = 160;
const TOP: i32 = 80;
const HEAD: i32 = 30;
const TASK_W: i32 = 130;
const TASK_H: i32 = 80;
const EVENT: i32 = 36;
const GATEWAY: i32 = 50;
/// Between elements of neighbouring layers.
const GAP_X: i32 = 80;
const NOTE_W: i32 = 180;
const NOTE_H: i32 = 44;
/// Between two timers on the edge of a task.
const TIMER_STEP: i32 = 46;
/// Above a task: room for its notes and for lines that go back.
const MARGIN: i32 = 24;

impl Bounds {
    pub(super) const fn right(self) -> i32 {
        self.x + self.w
    }

    pub(super) const fn bottom(self) -> i32 {
        self.y + self.h
    }

    pub(super) const fn middle(self) -> (i32, i32) {
        (self.x + self.w / 2, self.y + self.h / 2)
    }
}

/// Places everything.
pub(super) fn plan(model: &Model) -> Plan {
    let layers = layers(model);
    let grid = Grid::new(model, &layers);
    let mut plan = Plan { nodes: vec![Bounds::default(); model.nodes.len()], ..Plan::default() };
    let width = grid.width();
    let mut top = TOP;
    for lane in 0..model.lanes.len() {
        let height = grid.heights.get(lane).map_or(0, |rows| rows.iter().map(|row| row.height()).sum::<i32>());
        plan.lanes.push(Bounds { x: LEFT + HEAD, y: top, w: width, h: height.max(NOTE_H * 2) });
        top += height.max(NOTE_H * 2);
    }
    plan.pool = Bounds { x: LEFT, y: TOP, w: width + HEAD, h: top - TOP };
    for (at, place) in grid.places.iter().enumerate() {
        let Some(place) = place else { continue };
        let bounds = grid.bounds(model, &plan, at, *place);
        if let Some(slot) = plan.nodes.get_mut(at) {
            *slot = bounds;
        }
    }
    hang(model, &mut plan);
    notes(model, &mut plan);
    for partner in 0..model.partners.len() {
        let y = top + 60 + i32::try_from(partner).unwrap_or(0) * 90;
        plan.partners.push(Bounds { x: LEFT, y, w: width + HEAD, h: 60 });
    }
    lines(model, &mut plan);
    plan
}

/// The layer of every element that has a column of its own.
fn layers(model: &Model) -> Vec<i32> {
    // A timer leads from its host; what hangs is not placed by layers.
    let step = |from: usize| model.nodes.get(from).and_then(|node| node.host()).unwrap_or(from);
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); model.nodes.len()];
    for flow in &model.flows {
        if !model.hangs(flow.to)
            && let Some(list) = next.get_mut(step(flow.from))
        {
            list.push(flow.to);
        }
    }
    let starts = (0..model.nodes.len())
        .filter(|at| model.nodes.get(*at).is_some_and(|node| matches!(node.kind, NodeKind::Start { .. })));
    let mut order = Vec::new();
    let mut state = vec![0_u8; model.nodes.len()];
    let mut forward: Vec<(usize, usize)> = Vec::new();
    for start in starts.chain(0..model.nodes.len()) {
        visit(start, &next, &mut state, &mut order, &mut forward);
    }
    let mut layers = vec![0; model.nodes.len()];
    for at in order.into_iter().rev() {
        let own = layers.get(at).copied().unwrap_or(0);
        for (_, to) in forward.iter().filter(|(from, _)| *from == at) {
            if let Some(layer) = layers.get_mut(*to) {
                *layer = (*layer).max(own + 1);
            }
        }
    }
    layers
}

/// Depth first: `order` ends with what was entered first, `forward` has every way but those back.
fn visit(at: usize, next: &[Vec<usize>], state: &mut [u8], order: &mut Vec<usize>, forward: &mut Vec<(usize, usize)>) {
    const OPEN: u8 = 1;
    const DONE: u8 = 2;
    if state.get(at).copied() != Some(0) {
        return;
    }
    if let Some(slot) = state.get_mut(at) {
        *slot = OPEN;
    }
    for to in next.get(at).into_iter().flatten() {
        if state.get(*to).copied() != Some(OPEN) {
            forward.push((at, *to));
            visit(*to, next, state, order, forward);
        }
    }
    if let Some(slot) = state.get_mut(at) {
        *slot = DONE;
    }
    order.push(at);
}

#[derive(Debug, Clone, Copy)]
struct Cell {
    lane: usize,
    layer: usize,
    row: usize,
}

/// How high one row of a lane is: notes above, timers and their notes below.
#[derive(Debug, Clone, Copy, Default)]
struct RowHeight {
    above: i32,
    below: i32,
}

impl RowHeight {
    fn height(self) -> i32 {
        MARGIN + self.above + TASK_H + self.below + MARGIN
    }
}

struct Grid {
    places: Vec<Option<Cell>>,
    /// Left edge and width of every layer.
    columns: Vec<(i32, i32)>,
    heights: Vec<Vec<RowHeight>>,
}

impl Grid {
    fn new(model: &Model, layers: &[i32]) -> Grid {
        let mut grid = Grid { places: Vec::new(), columns: Vec::new(), heights: vec![Vec::new(); model.lanes.len()] };
        let mut taken: std::collections::BTreeMap<(usize, usize), usize> = std::collections::BTreeMap::new();
        let mut widths: Vec<i32> = Vec::new();
        for (at, node) in model.nodes.iter().enumerate() {
            if model.hangs(at) {
                grid.places.push(None);
                continue;
            }
            let layer = layers.get(at).and_then(|layer| usize::try_from(*layer).ok()).unwrap_or(0);
            let row = taken.entry((node.lane, layer)).or_insert(0);
            let place = Cell { lane: node.lane, layer, row: *row };
            *row += 1;
            if widths.len() <= layer {
                widths.resize(layer + 1, 0);
            }
            if let Some(width) = widths.get_mut(layer) {
                *width = (*width).max(size(model, at).0.max(NOTE_W));
            }
            grid.tall(model, at, place);
            grid.places.push(Some(place));
        }
        let mut x = GAP_X / 2;
        for width in widths {
            grid.columns.push((x, width));
            x += width + GAP_X;
        }
        grid
    }

    /// Makes room for an element, its notes and what hangs on it.
    fn tall(&mut self, model: &Model, at: usize, place: Cell) {
        let count = |of: usize| i32::try_from(model.notes.iter().filter(|note| note.of == of).count()).unwrap_or(0);
        let above = count(at) * (NOTE_H + 6);
        let timers: Vec<usize> = model.timers(at).collect();
        let below = if timers.is_empty() {
            0
        } else {
            let notes: i32 = timers.iter().map(|timer| count(*timer)).sum();
            EVENT / 2 + 30 + EVENT + 24 + notes * (NOTE_H + 6)
        };
        let Some(rows) = self.heights.get_mut(place.lane) else { return };
        if rows.len() <= place.row {
            rows.resize(place.row + 1, RowHeight::default());
        }
        if let Some(row) = rows.get_mut(place.row) {
            row.above = row.above.max(above);
            row.below = row.below.max(below);
        }
    }

    fn width(&self) -> i32 {
        self.columns.last().map_or(NOTE_W, |(x, width)| x + width + GAP_X / 2)
    }

    fn bounds(&self, model: &Model, plan: &Plan, at: usize, place: Cell) -> Bounds {
        let lane = plan.lanes.get(place.lane).copied().unwrap_or_default();
        let (left, width) = self.columns.get(place.layer).copied().unwrap_or((0, 0));
        let rows = self.heights.get(place.lane).map(Vec::as_slice).unwrap_or_default();
        let before: i32 = rows.iter().take(place.row).map(|row| row.height()).sum();
        let above = rows.get(place.row).map_or(0, |row| row.above);
        let (w, h) = size(model, at);
        let middle = lane.y + before + MARGIN + above + TASK_H / 2;
        Bounds { x: lane.x + left + (width - w) / 2, y: middle - h / 2, w, h }
    }
}

/// Width and height of an element.
fn size(model: &Model, at: usize) -> (i32, i32) {
    match model.nodes.get(at).map(|node| &node.kind) {
        Some(NodeKind::Task { .. }) => {
            let timers = i32::try_from(model.timers(at).count()).unwrap_or(0);
            (TASK_W.max(timers * TIMER_STEP), TASK_H)
        }
        Some(NodeKind::Exclusive | NodeKind::Parallel) => (GATEWAY, GATEWAY),
        _ => (EVENT, EVENT),
    }
}

/// Timers on the lower edge of their task, and below each the end it may lead to.
fn hang(model: &Model, plan: &mut Plan) {
    for host in 0..model.nodes.len() {
        let task = plan.nodes.get(host).copied().unwrap_or_default();
        for (nth, timer) in model.timers(host).enumerate() {
            let middle = task.x + TIMER_STEP / 2 + i32::try_from(nth).unwrap_or(0) * TIMER_STEP;
            let x = middle - EVENT / 2;
            if let Some(slot) = plan.nodes.get_mut(timer) {
                *slot = Bounds { x, y: task.bottom() - EVENT / 2, w: EVENT, h: EVENT };
            }
            if let Some(slot) = model.alarm_of(timer).and_then(|alarm| plan.nodes.get_mut(alarm)) {
                *slot = Bounds { x, y: task.bottom() + EVENT / 2 + 30, w: EVENT, h: EVENT };
            }
        }
    }
}

/// Notes above their element; those of timers below what hangs.
fn notes(model: &Model, plan: &mut Plan) {
    let mut stacked: std::collections::BTreeMap<usize, i32> = std::collections::BTreeMap::new();
    for note in &model.notes {
        let host = model.nodes.get(note.of).and_then(|node| node.host());
        let on = plan.nodes.get(host.unwrap_or(note.of)).copied().unwrap_or_default();
        // The notes of all timers of a task stand below each other.
        let key = host.map_or(note.of, |host| model.nodes.len() + host);
        let nth = stacked.entry(key).or_insert(0);
        let (x, row) = (on.middle().0 - NOTE_W / 2, NOTE_H + 6);
        let y = match host {
            Some(_) => on.bottom() + EVENT / 2 + 30 + EVENT + 24 + *nth * row,
            None => on.middle().1 - TASK_H / 2 - (*nth + 1) * row,
        };
        *nth += 1;
        plan.notes.push(Bounds { x, y, w: NOTE_W, h: NOTE_H });
    }
}

fn lines(model: &Model, plan: &mut Plan) {
    let at = |plan: &Plan, node: usize| plan.nodes.get(node).copied().unwrap_or_default();
    for flow in &model.flows {
        let (from, to) = (at(plan, flow.from), at(plan, flow.to));
        let hangs = model.nodes.get(flow.from).is_some_and(|node| node.host().is_some());
        let drops = hangs && model.hangs(flow.to);
        plan.flows.push(if drops {
            vec![(from.middle().0, from.bottom()), (to.middle().0, to.y)]
        } else if hangs {
            let (x, below) = (from.middle().0, from.bottom() + 12);
            vec![(x, from.bottom()), (x, below), (to.x - 16, below), (to.x - 16, to.middle().1), (to.x, to.middle().1)]
        } else {
            line(from, to)
        });
    }
    for message in &model.messages {
        let (from, partner) = (at(plan, message.from), plan.partners.get(message.partner).copied().unwrap_or_default());
        plan.messages.push(vec![(from.middle().0, from.bottom()), (from.middle().0, partner.y)]);
    }
    for (note, bounds) in model.notes.iter().zip(&plan.notes) {
        let of = at(plan, note.of);
        let (x, _) = of.middle();
        let ends = if bounds.y < of.y { (bounds.bottom(), of.y) } else { (bounds.y, of.bottom()) };
        plan.associations.push(vec![(x, ends.0), (x, ends.1)]);
    }
}

/// To the right with one bend in the gap before the target; back over the heads of both.
fn line(from: Bounds, to: Bounds) -> Vec<(i32, i32)> {
    let (start, end) = ((from.right(), from.middle().1), (to.x, to.middle().1));
    if start.1 == end.1 && start.0 < end.0 {
        return vec![start, end];
    }
    if start.0 + 10 < end.0 {
        let bend = end.0 - 20;
        return vec![start, (bend, start.1), (bend, end.1), end];
    }
    let over = from.middle().1 - TASK_H / 2 - 10;
    let (out, into) = (start.0 + 14, end.0 - 14);
    vec![start, (out, start.1), (out, over), (into, over), (into, end.1), end]
}
