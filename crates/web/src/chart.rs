//! The flow chart of a procedure, drawn from its stages and acts.
//!
//! Stages stand one below the other in the order of the law file; what ends a matter stands to the
//! right, ways that skip or go back run on the left. It knows nothing of any one procedure.
//!
//! INVARIANT: every stage that an act leads to is drawn once, and the same chart is told in sentences.

use jiff::civil::Date;
use kernel::clock::Term;
use kernel::names::Name;
use kernel::procedure::{ActDef, ActKind, Amount, Anchor, Limit, LimitKind, Procedure, SeatPlace, Stage, Target};
use kernel::world::Place;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Width of the lanes on the left, of a stage, and of what stands to the right.
const LANE: i32 = 9;
const NODE_W: i32 = 168;
const SIDE_W: i32 = 142;
/// Between a stage and what stands to its right.
const GAP_X: i32 = 30;
/// Height of a stage, of a thing at its side, and between rows.
const NODE_H: i32 = 46;
const SIDE_H: i32 = 40;
const SIDE_GAP: i32 = 8;
const GAP_Y: i32 = 38;
const MARGIN: i32 = 8;

/// One way between stages: which acts lead it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Way {
    from: Name,
    to: Name,
    acts: Vec<String>,
}

/// What stands beside a row.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Side {
    title: String,
    note: String,
    /// It leads into the stage.
    enters: bool,
    /// The stage leads to it.
    leaves: bool,
    ends: bool,
}

/// One row of the chart.
#[derive(Debug, Clone)]
struct Row<'p> {
    stage: Option<&'p Stage>,
    title: String,
    note: String,
    sides: Vec<Side>,
    top: i32,
    height: i32,
}

impl Row<'_> {
    fn middle(&self) -> i32 {
        self.top + self.height / 2
    }

    fn node_top(&self) -> i32 {
        self.middle() - NODE_H / 2
    }
}

/// The amount of a limit on a day; none where the place has set none.
pub fn amount(limit: &Limit, place: &Place, on: Date) -> Option<u32> {
    match &limit.amount {
        Amount::Fixed(amount) => Some(*amount),
        Amount::Rate(rate) => u32::try_from(place.rate(rate, None, on).ok()?.value).ok(),
        Amount::Field(_) => None,
    }
}

/// The chart as SVG: classes of the style sheet, and plain colours for where there is none.
pub fn svg(procedure: &Procedure, place: &Place, on: Date, now: Option<&Name>) -> String {
    let all = ways(procedure);
    let detours = detours(procedure, &all);
    let ways = without_detours(procedure, &all, &detours);
    let mut order = order(procedure, &all);
    order.retain(|stage| detours.iter().all(|(aside, _)| aside != &stage.name));
    let mut rows = rows(procedure, &order, &ways, place, on);
    for (aside, from) in &detours {
        let stage = procedure.stage(aside);
        let row = place_of(&rows, from).and_then(|at| rows.get_mut(at));
        if let (Some(stage), Some(row)) = (stage, row) {
            let note = limit_note(procedure, stage, place, on);
            row.sides.push(Side { title: stage.title.clone(), note, enters: true, leaves: true, ends: false });
        }
    }
    let mut top = MARGIN;
    for row in &mut rows {
        let sides = i32::try_from(row.sides.len()).unwrap_or(0);
        row.height = NODE_H.max(sides * (SIDE_H + SIDE_GAP) - SIDE_GAP);
        row.top = top;
        top += row.height + GAP_Y;
    }
    let lanes = lanes(&rows, &ways);
    let lane_count = lanes.iter().map(|(_, lane)| lane + 1).max().unwrap_or(0);
    let left = MARGIN + 12 + lane_count * LANE;
    let width = left + NODE_W + GAP_X + SIDE_W + MARGIN;
    let height = top - GAP_Y + MARGIN;
    let mut drawing = Drawing { left, edges: String::new(), arrows: String::new(), nodes: String::new() };
    drawing.spine(&rows, &ways);
    for (way, lane) in &lanes {
        drawing.lane(&rows, way, *lane);
    }
    for row in &rows {
        drawing.row(row, now);
    }
    let title = escaped(&procedure.title);
    format!(
        "<svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"{title}流程图\" font-family=\"sans-serif\">{}{}{}</svg>",
        drawing.edges, drawing.arrows, drawing.nodes
    )
}

/// The same as a file of its own.
pub fn file(procedure: &Procedure, place: &Place, on: Date) -> String {
    svg(procedure, place, on, None).replacen("<svg ", "<svg xmlns=\"http://www.w3.org/2000/svg\" ", 1)
}

/// The chart in sentences, in the same order.
pub fn sentences(procedure: &Procedure, place: &Place, on: Date) -> Vec<String> {
    let ways = ways(procedure);
    let title = |name: &Name| procedure.stage(name).map_or_else(|| name.to_string(), |stage| stage.title.clone());
    let mut told = Vec::new();
    for act in procedure.openings().filter(|act| is_of_party(procedure, act)) {
        if let Target::Stage(to) = &act.to {
            told.push(format!("{}，进入“{}”。", act.title, title(to)));
        }
    }
    for stage in order(procedure, &ways) {
        let note = limit_note(procedure, stage, place, on);
        let note = if note.is_empty() { String::new() } else { format!("（{note}）") };
        let mut line = format!("{}{note}：{}", stage.title, stage.tells);
        for way in ways.iter().filter(|way| way.from == stage.name) {
            let _ = write!(line, "{}，到“{}”；", way.acts.join("、"), title(&way.to));
        }
        told.push(line.trim_end_matches('；').to_owned());
    }
    told
}

/// Every way between stages, acts with the same ends taken together.
fn ways(procedure: &Procedure) -> Vec<Way> {
    let mut ways: Vec<Way> = Vec::new();
    for act in procedure.acts.iter().filter(|act| act.kind != ActKind::Open) {
        let Target::Stage(to) = &act.to else { continue };
        for from in act.within.iter().filter(|from| *from != to) {
            match ways.iter_mut().find(|way| &way.from == from && &way.to == to) {
                Some(way) => way.acts.push(act.title.clone()),
                None => ways.push(Way { from: from.clone(), to: to.clone(), acts: vec![act.title.clone()] }),
            }
        }
    }
    ways
}

/// Stages in which a stage waits for a party and then goes on: the stage, and where it returns to.
fn detours(procedure: &Procedure, ways: &[Way]) -> Vec<(Name, Name)> {
    let of_party = |stage: &&Stage| {
        let mut seats = stage.by.iter().filter_map(|seat| procedure.seat(seat));
        !stage.closed && seats.any(|seat| seat.place == SeatPlace::Party)
    };
    let leads = |from: &Name, to: &Name| ways.iter().any(|way| &way.from == from && &way.to == to);
    let waiting = procedure.stages.iter().filter(of_party);
    waiting
        .filter_map(|aside| {
            let mut open = procedure.stages.iter().filter(|stage| !stage.closed && stage.name != aside.name);
            let from = open.find(|stage| leads(&stage.name, &aside.name) && leads(&aside.name, &stage.name))?;
            Some((aside.name.clone(), from.name.clone()))
        })
        .collect()
}

/// The ways as if a detour were part of the stage it returns to.
fn without_detours(procedure: &Procedure, ways: &[Way], detours: &[(Name, Name)]) -> Vec<Way> {
    let mut kept: Vec<Way> = Vec::new();
    for way in ways {
        let from = detours.iter().find(|(aside, _)| aside == &way.from).map_or(&way.from, |(_, from)| from);
        let ends = procedure.stage(&way.to).is_some_and(|stage| stage.closed);
        let is_aside = from != &way.from && !ends || detours.iter().any(|(aside, _)| aside == &way.to);
        if is_aside {
            continue;
        }
        match kept.iter_mut().find(|other| &other.from == from && other.to == way.to) {
            Some(other) => {
                for act in &way.acts {
                    if !other.acts.contains(act) {
                        other.acts.push(act.clone());
                    }
                }
            }
            None => kept.push(Way { from: from.clone(), to: way.to.clone(), acts: way.acts.clone() }),
        }
    }
    kept
}

/// Open stages in the order of the file; those reached only from an ended matter come last.
fn order<'p>(procedure: &'p Procedure, ways: &[Way]) -> Vec<&'p Stage> {
    let closed = |name: &Name| procedure.stage(name).is_none_or(|stage| stage.closed);
    let mut reached: BTreeSet<&Name> = BTreeSet::new();
    let mut next: Vec<&Name> = procedure
        .openings()
        .filter_map(|act| match &act.to {
            Target::Stage(to) => Some(to),
            Target::Stay => None,
        })
        .collect();
    while let Some(stage) = next.pop() {
        if !closed(stage) && reached.insert(stage) {
            next.extend(ways.iter().filter(|way| &way.from == stage).map(|way| &way.to));
        }
    }
    let open = procedure.stages.iter().filter(|stage| !stage.closed);
    let (first, last): (Vec<&Stage>, Vec<&Stage>) = open.partition(|stage| reached.contains(&stage.name));
    first.into_iter().chain(last).collect()
}

fn is_of_party(procedure: &Procedure, act: &ActDef) -> bool {
    act.by.iter().filter_map(|seat| procedure.seat(seat)).any(|seat| seat.place == SeatPlace::Party)
}

fn rows<'p>(procedure: &'p Procedure, order: &[&'p Stage], ways: &[Way], place: &Place, on: Date) -> Vec<Row<'p>> {
    let row =
        |stage, title: &str, note, sides| Row { stage, title: title.to_owned(), note, sides, top: 0, height: NODE_H };
    let start = procedure.openings().find(|act| is_of_party(procedure, act));
    let mut rows = Vec::new();
    if let Some(start) = start {
        rows.push(row(None, &start.title, String::new(), Vec::new()));
    }
    for stage in order {
        let mut sides: Vec<Side> = Vec::new();
        for act in procedure.openings().filter(|act| !is_of_party(procedure, act)) {
            if act.to == Target::Stage(stage.name.clone()) {
                sides.push(Side {
                    title: act.title.clone(),
                    note: String::new(),
                    enters: true,
                    leaves: false,
                    ends: false,
                });
            }
        }
        for way in ways {
            let other = if way.from == stage.name { &way.to } else { &way.from };
            let Some(other) = procedure.stage(other).filter(|other| other.closed) else { continue };
            let enters = way.to == stage.name;
            if !enters && way.from != stage.name {
                continue;
            }
            let acts = way.acts.join("、");
            let note = if acts == other.title { String::new() } else { acts };
            sides.push(Side { title: other.title.clone(), note, enters, leaves: !enters, ends: true });
        }
        rows.push(row(Some(*stage), &stage.title, limit_note(procedure, stage, place, on), sides));
    }
    rows
}

/// `法定7日，承诺3个工作日`: the limits that run in a stage from what leads into it.
fn limit_note(procedure: &Procedure, stage: &Stage, place: &Place, on: Date) -> String {
    let of_kind = |kind: LimitKind, word: &str| {
        let mut limits = procedure.limits.iter().filter(|limit| {
            limit.kind == kind && limit.spans.first() == Some(&stage.name) && matches!(limit.from, Anchor::Acts(_))
        });
        let limit = limits.next()?;
        Some(format!("{word}{}", Term { amount: amount(limit, place, on)?, unit: limit.unit }.zh()))
    };
    let notes = [(LimitKind::Statutory, "法定"), (LimitKind::Promised, "承诺"), (LimitKind::Internal, "限")];
    let notes: Vec<String> = notes.into_iter().filter_map(|(kind, word)| of_kind(kind, word)).collect();
    notes.join("，")
}

fn place_of(rows: &[Row<'_>], stage: &Name) -> Option<usize> {
    rows.iter().position(|row| row.stage.is_some_and(|own| &own.name == stage))
}

/// Ways that do not go to the next row, each on a lane that is free over its length.
fn lanes<'w>(rows: &[Row<'_>], ways: &'w [Way]) -> Vec<(&'w Way, i32)> {
    let mut spans: Vec<(usize, usize, &Way)> = ways
        .iter()
        .filter_map(|way| {
            let (from, to) = (place_of(rows, &way.from)?, place_of(rows, &way.to)?);
            (from + 1 != to).then(|| (from.min(to), from.max(to), way))
        })
        .collect();
    spans.sort_by_key(|(from, to, way)| (to - from, *from, way.acts.clone()));
    let mut taken: Vec<Vec<(usize, usize)>> = Vec::new();
    let mut placed = Vec::new();
    for (from, to, way) in spans {
        let free = taken.iter().position(|lane| lane.iter().all(|(other, end)| to < *other || *end < from));
        let lane = free.unwrap_or(taken.len());
        match taken.get_mut(lane) {
            Some(spans) => spans.push((from, to)),
            None => taken.push(vec![(from, to)]),
        }
        placed.push((way, i32::try_from(lane).unwrap_or(0)));
    }
    placed
}

struct Drawing {
    left: i32,
    edges: String,
    arrows: String,
    nodes: String,
}

impl Drawing {
    fn center(&self) -> i32 {
        self.left + NODE_W / 2
    }

    /// From each row to the next, where a way leads there.
    fn spine(&mut self, rows: &[Row<'_>], ways: &[Way]) {
        for pair in rows.windows(2) {
            let [upper, lower] = pair else { continue };
            let acts = match (upper.stage, lower.stage) {
                (None, Some(_)) => Some(Vec::new()),
                (Some(from), Some(to)) => {
                    ways.iter().find(|way| way.from == from.name && way.to == to.name).map(|way| way.acts.clone())
                }
                _ => None,
            };
            let Some(acts) = acts else { continue };
            let (x, from, to) = (self.center(), upper.node_top() + NODE_H, lower.node_top());
            let _ =
                write!(self.edges, "<path class=\"flow-edge\" fill=\"none\" stroke=\"#555\" d=\"M{x} {from}V{to}\"/>");
            self.arrow(x, to, Heading::Down);
            if !acts.is_empty() {
                // In the gap between the rows, where nothing stands at the side.
                let y = upper.top + upper.height + GAP_Y / 2 + 4;
                self.note_from(x + 8, y, &shortened(&acts.join("、"), 17));
            }
        }
    }

    /// A way on the left, from the lower part of one stage to the upper part of another.
    fn lane(&mut self, rows: &[Row<'_>], way: &Way, lane: i32) {
        let (Some(from), Some(to)) = (place_of(rows, &way.from), place_of(rows, &way.to)) else { return };
        let (Some(from_row), Some(to_row)) = (rows.get(from), rows.get(to)) else { return };
        let x = self.left - 12 - lane * LANE;
        let away = from_row.middle() + 8;
        let home = to_row.middle() - 8;
        let start = self.left;
        let _ = write!(
            self.edges,
            "<path class=\"flow-edge\" fill=\"none\" stroke=\"#555\" stroke-dasharray=\"4 3\" d=\"M{start} {away}H{x}V{home}H{start}\"><title>{}</title></path>",
            escaped(&way.acts.join("、"))
        );
        self.arrow(start, home, Heading::Right);
    }

    fn row(&mut self, row: &Row<'_>, now: Option<&Name>) {
        let is_now = row.stage.is_some_and(|stage| Some(&stage.name) == now);
        let class = if is_now { "flow-node-now" } else { "flow-node" };
        self.boxed(class, (self.left, row.node_top(), NODE_W, NODE_H), &row.title, &row.note);
        let count = i32::try_from(row.sides.len()).unwrap_or(0);
        let mut top = row.middle() - (count * (SIDE_H + SIDE_GAP) - SIDE_GAP) / 2;
        let x = self.left + NODE_W + GAP_X;
        for side in &row.sides {
            let class = if side.ends { "flow-node-end" } else { "flow-node" };
            self.boxed(class, (x, top, SIDE_W, SIDE_H), &side.title, &side.note);
            self.side_edge(row, side, x, top + SIDE_H / 2);
            top += SIDE_H + SIDE_GAP;
        }
    }

    fn side_edge(&mut self, row: &Row<'_>, side: &Side, x: i32, y: i32) {
        let edge = self.left + NODE_W;
        let elbow = edge + GAP_X / 2;
        // Ways in end above the middle, ways out begin below it.
        let at = if side.enters { row.middle() - 9 } else { row.middle() + 9 };
        let _ = write!(
            self.edges,
            "<path class=\"flow-edge\" fill=\"none\" stroke=\"#555\" d=\"M{edge} {at}H{elbow}V{y}H{x}\"/>"
        );
        if side.enters {
            self.arrow(edge, at, Heading::Left);
        }
        if side.leaves {
            self.arrow(x, y, Heading::Right);
        }
    }

    fn boxed(&mut self, class: &str, (x, y, w, h): (i32, i32, i32, i32), title: &str, note: &str) {
        let fill = if class == "flow-node-end" { "#eee" } else { "#fff" };
        let center = x + w / 2;
        let _ = write!(
            self.nodes,
            "<rect class=\"{class}\" fill=\"{fill}\" stroke=\"#333\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"4\"/>"
        );
        let letters = usize::try_from(w / 15).unwrap_or(8);
        let title_y = if note.is_empty() { y + h / 2 + 5 } else { y + h / 2 - 3 };
        let _ = write!(
            self.nodes,
            "<text class=\"flow-text\" font-size=\"15\" text-anchor=\"middle\" x=\"{center}\" y=\"{title_y}\">{}</text>",
            escaped(&shortened(title, letters))
        );
        if !note.is_empty() {
            let letters = usize::try_from(w / 13).unwrap_or(8);
            let _ = write!(
                self.nodes,
                "<text class=\"flow-note\" font-size=\"13\" fill=\"#555\" text-anchor=\"middle\" x=\"{center}\" y=\"{}\">{}</text>",
                y + h - 7,
                escaped(&shortened(note, letters))
            );
        }
    }

    /// A note whose left end is at `x`; the class centres text, so its middle is reckoned.
    fn note_from(&mut self, x: i32, y: i32, note: &str) {
        let middle = x + width_of(note) / 2;
        let _ = write!(
            self.nodes,
            "<text class=\"flow-note\" font-size=\"13\" fill=\"#555\" text-anchor=\"middle\" x=\"{middle}\" y=\"{y}\">{}</text>",
            escaped(note)
        );
    }

    fn arrow(&mut self, x: i32, y: i32, heading: Heading) {
        let shape = match heading {
            Heading::Down => "l-5 -9h10z",
            Heading::Right => "l-9 -5v10z",
            Heading::Left => "l9 -5v10z",
        };
        let _ = write!(self.arrows, "<path class=\"flow-arrow\" fill=\"#555\" d=\"M{x} {y}{shape}\"/>");
    }
}

#[derive(Debug, Clone, Copy)]
enum Heading {
    Down,
    Right,
    Left,
}

/// About how wide a note is drawn, at 13 px: Chinese characters are square, others half as wide.
fn width_of(text: &str) -> i32 {
    text.chars().map(|c| if c.is_ascii() { 7 } else { 13 }).sum()
}

/// At most so many characters, digits counted half; the end is cut with a sign that something is missing.
fn shortened(text: &str, letters: usize) -> String {
    let mut room = letters * 2;
    let mut kept = String::new();
    for c in text.chars() {
        let needs = if c.is_ascii() { 1 } else { 2 };
        if room < needs {
            kept.pop();
            kept.push('…');
            return kept;
        }
        room -= needs;
        kept.push(c);
    }
    kept
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_words_are_cut_and_said_to_be() {
        for (text, letters, expected) in
            [("受理审查", 4, "受理审查"), ("受理审查中", 4, "受理审…"), ("法定7日", 4, "法定7日")]
        {
            assert_eq!(shortened(text, letters), expected);
        }
    }

    #[test]
    fn ways_on_the_left_do_not_share_a_lane() {
        let stage = |name: &str| Stage {
            name: name.into(),
            title: name.into(),
            by: vec!["clerk".into()],
            closed: false,
            no_limit: None,
            tells: String::new(),
            cites: Vec::new(),
        };
        let stages: Vec<Stage> = ["a", "b", "c", "d"].into_iter().map(stage).collect();
        let rows: Vec<Row<'_>> = stages
            .iter()
            .map(|stage| Row {
                stage: Some(stage),
                title: String::new(),
                note: String::new(),
                sides: vec![],
                top: 0,
                height: 0,
            })
            .collect();
        let way = |from: &str, to: &str| Way { from: from.into(), to: to.into(), acts: vec![format!("{from}{to}")] };
        let ways = [way("a", "b"), way("a", "c"), way("d", "a"), way("d", "c")];
        let placed: Vec<(String, i32)> =
            lanes(&rows, &ways).into_iter().map(|(way, lane)| (way.acts.concat(), lane)).collect();
        assert_eq!(placed, [("dc".to_owned(), 0), ("ac".to_owned(), 1), ("da".to_owned(), 2)]);
    }
}
