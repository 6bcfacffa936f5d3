//! From the rules of a procedure to elements and flows.
//!
//! Stage by stage: what leads in, which acts are possible there, what each leads to; then requests and limits.
//!
//! INVARIANT: an element that nothing leads to is a start event; one that leads nowhere is an end event.

use std::collections::BTreeMap;

use kernel::clock::{Unit, zh_date};
use kernel::names::Name;
use kernel::procedure::{ActDef, ActKind, Amount, Anchor, Binds, Expiry, Limit, Procedure, SeatPlace, Stage, Target};

use super::model::{Flow, Lane, Message, Model, Node, NodeKind, Note, Timer};
use crate::spelled::spelled;
use crate::words::{self, Local, Words, cited};

pub(super) fn model(procedure: &Procedure, local: Local<'_>) -> Model {
    let words = Words(procedure);
    let doc = format!("《{}》，{}起施行", procedure.statute, zh_date(procedure.in_force_from));
    let model = Model { id: procedure.id.to_string(), title: procedure.title.clone(), doc, ..Model::default() };
    let mut drawing = Drawing { procedure, words, local, model, entries: BTreeMap::new() };
    drawing.lanes();
    drawing.marks();
    for stage in &procedure.stages {
        drawing.stage(stage);
    }
    for stage in &procedure.stages {
        drawing.ways(stage);
    }
    for act in procedure.openings() {
        drawing.opening(act);
    }
    for limit in &procedure.limits {
        drawing.limit(limit);
    }
    drawing.stray_ends();
    drawing.settle_lanes();
    drawing.model
}

struct Drawing<'p> {
    procedure: &'p Procedure,
    words: Words<'p>,
    local: Local<'p>,
    model: Model,
    /// Where a stage is entered.
    entries: BTreeMap<&'p Name, usize>,
}

fn task_id(stage: &Name, act: &Name) -> String {
    format!("task_{stage}_{act}")
}

impl<'p> Drawing<'p> {
    fn lanes(&mut self) {
        for seat in &self.procedure.seats {
            self.model.lanes.push(Lane { id: format!("lane_{}", seat.name), title: seat.title.clone() });
            if matches!(seat.place, SeatPlace::OfficeOf { .. } | SeatPlace::Opener) {
                self.model.partners.push(Lane { id: format!("partner_{}", seat.name), title: seat.title.clone() });
            }
        }
        if self.model.lanes.is_empty() {
            self.model.lanes.push(Lane { id: "lane_nobody".to_owned(), title: "没有写明谁办".to_owned() });
        }
    }

    fn lane_of(&self, seat: Option<&Name>) -> usize {
        let found = seat.and_then(|seat| self.procedure.seats.iter().position(|known| &known.name == seat));
        found.unwrap_or(0)
    }

    fn add(&mut self, node: Node) -> usize {
        self.model.nodes.push(node);
        self.model.nodes.len() - 1
    }

    fn flow(&mut self, from: usize, to: usize, name: &str) {
        let same = |flow: &Flow| flow.from == from && flow.to == to;
        if !self.model.flows.iter().any(same) {
            self.model.flows.push(Flow { from, to, name: name.to_owned() });
        }
    }

    fn note(&mut self, of: usize, text: String) {
        if !text.is_empty() {
            self.model.notes.push(Note { of, text });
        }
    }

    /// One task for each request that an act can raise; it ends when it is settled.
    fn marks(&mut self) {
        for mark in &self.procedure.marks {
            let settling = self.procedure.acts.iter().filter(|act| act.settles.contains(&mark.name));
            let settling: Vec<Name> = settling.map(|act| act.name.clone()).collect();
            if !self.procedure.acts.iter().any(|act| raised(act).any(|(name, _)| name == &mark.name)) {
                continue;
            }
            let lane = self.lane_of(Some(&mark.by));
            let doc = format!("由这些行为了结：{}", self.words.acts(&settling));
            let about = vec![("mark", mark.name.to_string())];
            let (id, kind) = (format!("mark_{}", mark.name), NodeKind::Task { system: false });
            let task = self.add(Node { id, name: mark.title.clone(), kind, lane, doc, about });
            let (id, name) = (format!("settled_{}", mark.name), "已了结".to_owned());
            let end = self.add(Node { id, name, kind: NodeKind::End, lane, doc: String::new(), about: Vec::new() });
            self.flow(task, end, "");
        }
    }

    fn acts_of(&self, stage: &Stage) -> Vec<&'p ActDef> {
        let acts = self.procedure.acts.iter();
        acts.filter(|act| act.kind != ActKind::Open && act.within.contains(&stage.name)).collect()
    }

    /// The element by which a stage is entered, and a task for every act that is possible there.
    fn stage(&mut self, stage: &'p Stage) {
        let acts = self.acts_of(stage);
        let tasks: Vec<usize> = acts.iter().map(|act| self.task(stage, act)).collect();
        let people = acts.iter().zip(&tasks).filter(|(act, _)| act.kind != ActKind::Expire);
        let people: Vec<usize> = people.map(|(_, task)| *task).collect();
        let lane = self.lane_of(stage.by.first().or_else(|| acts.first()?.by.first()));
        let about = vec![("stage", stage.name.to_string())];
        let doc = stage.tells.clone();
        if stage.closed {
            let (id, name) = (format!("end_{}", stage.name), stage.title.clone());
            let end = self.add(Node { id, name, kind: NodeKind::End, lane, doc, about });
            self.note(end, cited(&stage.cites));
            self.entries.insert(&stage.name, end);
            if people.is_empty() {
                return;
            }
            let (id, name) = (format!("after_{}", stage.name), format!("“{}”以后", stage.title));
            let kind = NodeKind::Start { message: true };
            let after = self.add(Node { id, name, kind, lane, doc: String::new(), about: Vec::new() });
            let entry = self.choice(stage, &people, lane);
            self.flow(after, entry, "");
            return;
        }
        let entry = if people.is_empty() {
            let (id, name) = (format!("wait_{}", stage.name), stage.title.clone());
            self.add(Node { id, name, kind: NodeKind::Task { system: false }, lane, doc, about })
        } else {
            self.choice(stage, &people, lane)
        };
        if people.len() != 1 {
            self.note(entry, cited(&stage.cites));
        }
        self.entries.insert(&stage.name, entry);
    }

    /// The one task, or a gateway before several.
    fn choice(&mut self, stage: &Stage, tasks: &[usize], lane: usize) -> usize {
        if let [only] = tasks {
            return *only;
        }
        let (id, name) = (format!("choice_{}", stage.name), stage.title.clone());
        let about = vec![("stage", stage.name.to_string())];
        let doc = stage.tells.clone();
        let gateway = self.add(Node { id, name, kind: NodeKind::Exclusive, lane, doc, about });
        for task in tasks {
            self.flow(gateway, *task, "");
        }
        gateway
    }

    fn task(&mut self, stage: &Stage, act: &ActDef) -> usize {
        let seat = act.by.iter().find(|seat| stage.by.contains(seat)).or_else(|| act.by.first());
        let mut doc = vec![format!("环节：{}", stage.title), format!("谁可以做：{}", self.words.seats(&act.by))];
        doc.extend(
            act.guards.iter().map(|guard| format!("条件：{}（否则：{}）", spelled(&guard.when), guard.otherwise)),
        );
        if !act.apart_from.is_empty() {
            doc.push(format!("不得与这些行为同为一人：{}", self.words.acts(&act.apart_from)));
        }
        if !act.papers.is_empty() {
            doc.push(format!("文书：{}", self.words.papers(&act.papers)));
        }
        if let Some(remedy) = &act.remedy {
            doc.push(format!("救济：{}，向{}，{}（{}）", remedy.text, remedy.body, remedy.term, remedy.cite));
        }
        let about = vec![("stage", stage.name.to_string()), ("act", act.name.to_string())];
        let kind = NodeKind::Task { system: act.kind == ActKind::Expire };
        let (id, lane) = (task_id(&stage.name, &act.name), self.lane_of(seat));
        let task = self.add(Node { id, name: act.title.clone(), kind, lane, doc: doc.join("\n"), about });
        self.note(task, cited(&act.cites));
        task
    }

    /// What each act of a stage leads to.
    fn ways(&mut self, stage: &'p Stage) {
        for act in self.acts_of(stage) {
            let Some(task) = self.model.node(&task_id(&stage.name, &act.name)) else { continue };
            self.lead_on(task, act, Some(stage));
        }
    }

    fn opening(&mut self, act: &'p ActDef) {
        let seat = act.by.iter().find_map(|seat| self.procedure.seat(seat));
        let message = seat.is_some_and(|seat| {
            matches!(seat.place, SeatPlace::Party | SeatPlace::Opener | SeatPlace::OfficeOf { .. })
        });
        let lane = self.lane_of(act.by.first());
        let about = vec![("act", act.name.to_string())];
        let doc = format!("谁可以做：{}", self.words.seats(&act.by));
        let (id, kind) = (format!("start_{}", act.name), NodeKind::Start { message });
        let start = self.add(Node { id, name: act.title.clone(), kind, lane, doc, about });
        self.note(start, cited(&act.cites));
        self.lead_on(start, act, None);
    }

    /// Messages to partners, requests beside the stage, and the stage that follows.
    fn lead_on(&mut self, from: usize, act: &'p ActDef, stage: Option<&'p Stage>) {
        let lane = self.model.nodes.get(from).map_or(0, |node| node.lane);
        let place = stage.map_or("open", |stage| stage.name.as_str());
        let mut last = from;
        for partner in self.addressed(act) {
            let id = format!(
                "send_{place}_{}_{}",
                act.name,
                self.model.partners.get(partner).map_or("", |it| it.id.as_str())
            );
            let title = self.model.partners.get(partner).map(|it| it.title.clone()).unwrap_or_default();
            let name = format!("送{title}");
            let throw = self.add(Node { id, name, kind: NodeKind::Throw, lane, doc: String::new(), about: Vec::new() });
            self.flow(last, throw, "");
            self.model.messages.push(Message { from: throw, partner });
            last = throw;
        }
        let marks: Vec<(usize, bool)> = raised(act)
            .filter_map(|(mark, always)| Some((self.model.node(&format!("mark_{mark}"))?, always)))
            .collect();
        if !marks.is_empty() {
            let (id, name) = (format!("fork_{place}_{}", act.name), String::new());
            let fork =
                self.add(Node { id, name, kind: NodeKind::Parallel, lane, doc: String::new(), about: Vec::new() });
            self.flow(last, fork, "");
            for (mark, always) in marks {
                self.flow(fork, mark, if always { "" } else { "没有交齐的" });
            }
            last = fork;
        }
        let target = match &act.to {
            Target::Stage(to) => Some(to),
            Target::Stay => stage.map(|stage| &stage.name),
        };
        if let Some(entry) = target.and_then(|to| self.entries.get(to)) {
            self.flow(last, *entry, "");
        }
    }

    /// The partners an act writes to, notifies, or asks for something.
    fn addressed(&self, act: &ActDef) -> Vec<usize> {
        let papers = act.papers.iter().filter_map(|paper| self.procedure.paper(paper)?.to.as_ref());
        let notices = act.notices.iter().map(|notice| &notice.to);
        let asked = act.raises.iter().filter_map(|mark| Some(&self.procedure.mark(mark)?.by));
        let mut found: Vec<usize> = Vec::new();
        for seat in papers.chain(notices).chain(asked).filter(|seat| !act.by.contains(seat)) {
            let id = format!("partner_{seat}");
            let partner = self.model.partners.iter().position(|partner| partner.id == id);
            found.extend(partner.filter(|partner| !found.contains(partner)));
        }
        found
    }

    /// A timer on every task where the limit can be met; a note where it only says from when or until when.
    fn limit(&mut self, limit: &'p Limit) {
        let basis = limit.cite.as_ref().map(|cite| format!("（{cite}）")).unwrap_or_default();
        let length = words::length(limit, self.local);
        let text = format!("{}：{length}，{}{basis}", limit.title, self.words.start(limit));
        let tasks_of = |drawing: &Self, acts: &[Name]| -> Vec<usize> {
            let nodes = drawing.model.nodes.iter().enumerate();
            let is_of = |node: &Node| {
                node.about.iter().any(|(key, name)| *key == "act" && acts.iter().any(|act| act.as_str() == name))
            };
            nodes.filter(|(_, node)| is_of(node)).map(|(at, _)| at).collect()
        };
        let noted = match (&limit.binds, &limit.from) {
            (Binds::AtLeast { holds, .. }, _) => Some(tasks_of(self, holds)),
            (Binds::Before { .. }, _) => Some(tasks_of(self, &limit.met_by)),
            (_, Anchor::Field(field)) if limit.is_measured() => {
                let acts = self.procedure.acts.iter().filter(|act| act.fields().any(|it| &it.name == field));
                Some(tasks_of(self, &acts.map(|act| act.name.clone()).collect::<Vec<_>>()))
            }
            _ => None,
        };
        if let Some(tasks) = noted {
            if let Some(first) = tasks.first() {
                self.note(*first, text);
            }
            return;
        }
        let mut hosts: Vec<usize> = Vec::new();
        for stage in self.procedure.stages.iter().filter(|stage| limit.spans.contains(&stage.name)) {
            hosts.extend(self.host(stage, limit));
        }
        hosts.extend(limit.while_raised.as_ref().and_then(|mark| self.model.node(&format!("mark_{mark}"))));
        if hosts.is_empty() {
            let tasks = tasks_of(self, &limit.met_by);
            hosts = tasks.into_iter().filter(|task| self.is_task(*task)).collect();
        }
        hosts.dedup();
        for (nth, host) in hosts.into_iter().enumerate() {
            self.timer(limit, host, if nth == 0 { text.clone() } else { String::new() });
        }
    }

    fn is_task(&self, at: usize) -> bool {
        self.model.nodes.get(at).is_some_and(|node| matches!(node.kind, NodeKind::Task { .. }))
    }

    /// The task of a stage that whoever owes the limit does; the first one otherwise.
    fn host(&self, stage: &Stage, limit: &Limit) -> Option<usize> {
        let acts: Vec<&ActDef> = self.acts_of(stage).into_iter().filter(|act| act.kind != ActKind::Expire).collect();
        let leaves = |act: &&&ActDef| matches!(&act.to, Target::Stage(to) if to != &stage.name);
        let owed = |act: &&&ActDef| act.by.contains(&limit.by);
        let mut candidates = acts.iter();
        let act = candidates.find(|act| owed(act) && leaves(act)).or_else(|| acts.iter().find(owed)).or(acts.first());
        match act {
            Some(act) => self.model.node(&task_id(&stage.name, &act.name)),
            None => self.model.node(&format!("wait_{}", stage.name)),
        }
    }

    fn timer(&mut self, limit: &Limit, host: usize, note: String) {
        let Some((id, lane)) = self.model.nodes.get(host).map(|node| (node.id.clone(), node.lane)) else { return };
        let own_stage = self.model.nodes.get(host).and_then(|node| {
            node.about.iter().find(|(key, _)| *key == "stage").map(|(_, stage)| Name::from(stage.as_str()))
        });
        let expiring = match &limit.expiry {
            Expiry::Alarm => None,
            Expiry::Act(act) => {
                let own = own_stage.and_then(|stage| self.model.node(&task_id(&stage, act)));
                let nodes = &self.model.nodes;
                let any = |node: &Node| node.id.starts_with("task_") && node.about.contains(&("act", act.to_string()));
                own.or_else(|| nodes.iter().position(any))
            }
        };
        let amount = words::units(limit, self.local);
        let timer = Timer {
            host,
            interrupting: expiring.is_some() && limit.while_raised.is_none(),
            duration: amount.map(|amount| duration(amount, limit.unit)).unwrap_or_default(),
            unit: limit.unit.name(),
            amount,
            rate: match &limit.amount {
                Amount::Rate(rate) => Some(rate.to_string()),
                Amount::Fixed(_) | Amount::Field(_) => None,
            },
        };
        let about = vec![("limit", limit.name.to_string()), ("kind", kind(limit).to_owned())];
        let timer_id = format!("timer_{}_{id}", limit.name);
        let doc = format!("{}的责任", self.words.seat(&limit.by));
        let kind = NodeKind::Timer(timer);
        let at = self.add(Node { id: timer_id, name: limit.title.clone(), kind, lane, doc, about });
        self.note(at, note);
        let to = expiring.unwrap_or_else(|| {
            let (id, name) = (format!("alarm_{}_{id}", limit.name), "超期".to_owned());
            self.add(Node { id, name, kind: NodeKind::End, lane, doc: String::new(), about: Vec::new() })
        });
        self.flow(at, to, "");
    }

    /// An act of the clock in a stage where its limit has no task of its own is reached from the stage's first task.
    fn stray_ends(&mut self) {
        for stage in &self.procedure.stages {
            for act in self.acts_of(stage).into_iter().filter(|act| act.kind == ActKind::Expire) {
                let Some(task) = self.model.node(&task_id(&stage.name, &act.name)) else { continue };
                if self.model.flows.iter().any(|flow| flow.to == task) {
                    continue;
                }
                let limit = self.procedure.limits.iter().find(|limit| limit.expiry == Expiry::Act(act.name.clone()));
                match limit.and_then(|limit| Some((limit, self.host(stage, limit)?))) {
                    Some((limit, host)) => self.timer(limit, host, String::new()),
                    None => {
                        if let Some(entry) = self.entries.get(&stage.name).copied() {
                            self.flow(entry, task, "");
                        }
                    }
                }
            }
        }
    }

    /// An end stands in the lane from which it is reached first; lanes without an element are left out.
    fn settle_lanes(&mut self) {
        for at in 0..self.model.nodes.len() {
            let is_end = self.model.nodes.get(at).is_some_and(|node| node.id.starts_with("end_"));
            let from = self.model.flows.iter().find(|flow| flow.to == at).map(|flow| flow.from);
            let lane = from.filter(|_| is_end).and_then(|from| self.model.nodes.get(from)).map(|node| node.lane);
            if let (Some(lane), Some(node)) = (lane, self.model.nodes.get_mut(at)) {
                node.lane = lane;
            }
        }
        let used: Vec<bool> =
            (0..self.model.lanes.len()).map(|lane| self.model.nodes.iter().any(|node| node.lane == lane)).collect();
        let new_place: Vec<usize> =
            (0..used.len()).map(|lane| used.iter().take(lane).filter(|used| **used).count()).collect();
        let mut kept = used.iter();
        self.model.lanes.retain(|_| kept.next().is_some_and(|used| *used));
        for node in &mut self.model.nodes {
            node.lane = new_place.get(node.lane).copied().unwrap_or(0);
        }
        let addressed: Vec<usize> = self.model.messages.iter().map(|message| message.partner).collect();
        let new_place: Vec<usize> = (0..self.model.partners.len())
            .map(|partner| (0..partner).filter(|other| addressed.contains(other)).count())
            .collect();
        let mut at = 0;
        self.model.partners.retain(|_| {
            at += 1;
            addressed.contains(&(at - 1))
        });
        for message in &mut self.model.messages {
            message.partner = new_place.get(message.partner).copied().unwrap_or(0);
        }
    }
}

/// The requests an act raises, and whether always or only when files are missing.
fn raised(act: &ActDef) -> impl Iterator<Item = (&Name, bool)> {
    let missing = act.fields().filter_map(|field| field.may_follow.as_ref());
    act.raises.iter().map(|mark| (mark, true)).chain(missing.map(|mark| (mark, false)))
}

const fn kind(limit: &Limit) -> &'static str {
    match limit.kind {
        kernel::procedure::LimitKind::Statutory => "statutory",
        kernel::procedure::LimitKind::Promised => "promised",
        kernel::procedure::LimitKind::Internal => "internal",
    }
}

/// ISO 8601. Working days are written as days; the unit beside them says what they are.
fn duration(amount: u32, unit: Unit) -> String {
    match unit {
        Unit::Minute => format!("PT{amount}M"),
        Unit::Hour => format!("PT{amount}H"),
        Unit::NaturalDay | Unit::WorkingDay => format!("P{amount}D"),
        Unit::Month => format!("P{amount}M"),
        Unit::Year => format!("P{amount}Y"),
    }
}
