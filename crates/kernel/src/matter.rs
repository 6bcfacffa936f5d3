//! A matter: the fold of its acts.
//!
//! Nothing about a matter is stored as truth but its acts. Stage, slots, open requests, papers
//! and facts are what the acts, read in order, leave behind.
//!
//! INVARIANT: folding the same acts gives the same matter.

mod body;

use crate::ledger::Digest;
use crate::names::{MatterId, Name, OfficeId, PersonId};
use crate::procedure::{ActKind, Procedure};
use crate::value::{Facts, Value};
use crate::world::{Actor, Moment};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// One act as it stands in the ledger: who, in what capacity, when, on which matter, what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// The act declared in the law file.
    pub name: Name,
    /// The procedure and its edition.
    pub procedure: Name,
    /// The edition the matter is on.
    pub edition: Digest,
    /// When.
    pub moment: Moment,
    /// Who.
    pub actor: Actor,
    /// The office that owns the matter after the act.
    pub owner: OfficeId,
    /// The persons behind the parties; opening acts only. Opaque: keys of sealed content.
    pub parties: BTreeMap<Name, PersonId>,
    /// Through which channel it came in; opening acts only.
    pub channel: Option<String>,
    /// The stage after the act.
    pub to: Name,
    /// Who was put where, and whom the rule passed over.
    pub slots: BTreeMap<Name, Seated>,
    /// Slots emptied.
    pub released: Vec<Name>,
    /// Facts worked out from rates.
    pub computed: Facts,
    /// Papers issued.
    pub papers: Vec<Name>,
    /// Numbers drawn, by slot: `matter`, or the name of a paper. Filled by the store.
    pub numbers: BTreeMap<String, String>,
    /// Number declared void, with the reason among the facts.
    pub voids: Option<String>,
    /// Papers issued anew, and the act whose content they carry.
    pub reissued: BTreeMap<Name, u32>,
    /// Requests opened.
    pub raises: Vec<Name>,
    /// Requests settled.
    pub settles: Vec<Name>,
    /// Papers put onto the public page.
    pub publishes: Vec<Name>,
    /// Papers taken off it.
    pub unpublishes: Vec<Name>,
    /// What must be known to repeat the decision.
    pub pins: Pins,
}

/// What a decision read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pins {
    /// Version of the calendar.
    pub calendar: String,
    /// Rates read: name or name/key, to value@from.
    pub rates: BTreeMap<String, String>,
    /// Version of the program.
    pub program: String,
}

/// A person in a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seated {
    /// The register they were taken from.
    pub register: Name,
    /// The entry.
    pub entry: String,
    /// The rank among the wishes, or none for the rota.
    pub rank: Option<u32>,
    /// Everybody the rule passed over, with the reason.
    pub skipped: Vec<(String, String)>,
}

/// The matter itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matter {
    /// Identity.
    pub id: MatterId,
    /// Procedure.
    pub procedure: Name,
    /// Edition it was opened under.
    pub edition: Digest,
    /// Version of its last act.
    pub version: u32,
    /// Its number.
    pub number: Option<String>,
    /// The office that owns it.
    pub owner: OfficeId,
    /// Channel it came in by.
    pub channel: String,
    /// The persons behind the parties.
    pub parties: BTreeMap<Name, PersonId>,
    /// Who opened it.
    pub opener: Actor,
    /// Stage it waits in.
    pub stage: Name,
    /// What is known, latest answer per field.
    pub facts: Facts,
    /// Which act stated a fact last.
    pub stated_by: BTreeMap<Name, u32>,
    /// Who holds which slot now.
    pub slots: BTreeMap<Name, Seated>,
    /// Who ever held a slot.
    pub held: BTreeMap<Name, Vec<String>>,
    /// Open requests, and the act that raised them.
    pub raised: BTreeMap<Name, u32>,
    /// Papers issued.
    pub papers: Vec<Issued>,
    /// Papers on the public page, and since when.
    pub published: BTreeMap<Name, Date>,
    /// Everything that happened.
    pub history: Vec<Done>,
}

/// A paper that was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// The paper.
    pub paper: Name,
    /// The act that issued it.
    pub version: u32,
    /// The act whose content it carries: the one that issued it, unless it was issued anew.
    pub content_of: u32,
    /// Its number, where it has one.
    pub number: Option<String>,
    /// When.
    pub on: Date,
    /// Declared void.
    pub voided: bool,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// Version.
    pub version: u32,
    /// The act.
    pub act: Act,
    /// What was stated with it.
    pub facts: Facts,
}

/// Why acts could not be folded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FoldError {
    /// No acts.
    #[error("the matter has no acts")]
    Empty,
    /// The body is not an act.
    #[error("the body of act {version} lacks `{key}`")]
    Unreadable {
        /// Which act.
        version: u32,
        /// Which key.
        key: &'static str,
    },
}

impl Matter {
    /// Folds acts, first to last. Each comes with what was stated in it.
    ///
    /// # Errors
    /// [`FoldError::Empty`] without acts.
    pub fn fold(id: &MatterId, acts: impl IntoIterator<Item = (Act, Facts)>) -> Result<Matter, FoldError> {
        let mut acts = acts.into_iter();
        let (first, facts) = acts.next().ok_or(FoldError::Empty)?;
        let mut matter = Matter::opened(id, &first);
        matter.apply(first, facts);
        for (act, facts) in acts {
            matter.apply(act, facts);
        }
        Ok(matter)
    }

    fn opened(id: &MatterId, first: &Act) -> Matter {
        Matter {
            id: id.clone(),
            procedure: first.procedure.clone(),
            edition: first.edition,
            version: 0,
            number: None,
            owner: first.owner.clone(),
            channel: first.channel.clone().unwrap_or_default(),
            parties: first.parties.clone(),
            opener: first.actor.clone(),
            stage: first.to.clone(),
            facts: Facts::new(),
            stated_by: BTreeMap::new(),
            slots: BTreeMap::new(),
            held: BTreeMap::new(),
            raised: BTreeMap::new(),
            papers: Vec::new(),
            published: BTreeMap::new(),
            history: Vec::new(),
        }
    }

    /// Adds the next act.
    pub fn apply(&mut self, act: Act, facts: Facts) {
        self.version += 1;
        let version = self.version;
        self.edition = act.edition;
        self.owner = act.owner.clone();
        self.stage = act.to.clone();
        if let Some(number) = act.numbers.get("matter") {
            self.number = Some(number.clone());
        }
        for (field, value) in facts.iter().chain(&act.computed) {
            self.facts.insert(field.clone(), value.clone());
            self.stated_by.insert(field.clone(), version);
        }
        for slot in &act.released {
            self.slots.remove(slot);
        }
        for (slot, seated) in &act.slots {
            self.held.entry(slot.clone()).or_default().push(seated.entry.clone());
            self.slots.insert(slot.clone(), seated.clone());
        }
        for mark in &act.raises {
            self.raised.insert(mark.clone(), version);
        }
        for mark in &act.settles {
            self.raised.remove(mark);
        }
        if let Some(number) = &act.voids {
            for paper in self.papers.iter_mut().filter(|paper| paper.number.as_ref() == Some(number)) {
                paper.voided = true;
            }
        }
        for paper in &act.papers {
            self.papers.push(Issued {
                paper: paper.clone(),
                version,
                content_of: act.reissued.get(paper).copied().unwrap_or(version),
                number: act.numbers.get(paper.as_str()).cloned(),
                on: act.moment.on(),
                voided: false,
            });
        }
        for paper in &act.publishes {
            self.published.insert(paper.clone(), act.moment.on());
        }
        for paper in &act.unpublishes {
            self.published.remove(paper);
        }
        self.history.push(Done { version, act, facts });
    }

    /// Whether the act has been performed.
    pub fn has_done(&self, act: &Name) -> bool {
        self.history.iter().any(|done| &done.act.name == act)
    }

    /// The latest performance of an act.
    pub fn last(&self, act: &Name) -> Option<&Done> {
        self.history.iter().rev().find(|done| &done.act.name == act)
    }

    /// The first of these acts in which a person took part, alone or as the second of two.
    pub fn was_done_by(&self, procedure: &Procedure, acts: &[Name], person: &PersonId) -> Option<&Done> {
        let took_part = |done: &&Done| {
            let second = procedure.act(&done.act.name).and_then(|def| def.with.as_ref());
            let second = second.and_then(|field| done.facts.get(field)).and_then(Value::as_text);
            &done.act.actor.person == person || second == Some(person.as_str())
        };
        self.history.iter().filter(|done| acts.contains(&done.act.name)).find(took_part)
    }

    /// Whether somebody was recused (回避).
    pub fn is_recused(&self, procedure: &Procedure, person: &PersonId) -> bool {
        self.history.iter().any(|done| {
            let field = procedure.act(&done.act.name).and_then(|def| def.recuses.as_ref());
            field.and_then(|field| done.facts.get(field)).and_then(Value::as_text) == Some(person.as_str())
        })
    }

    /// The performances of an act that no act has answered yet.
    pub fn open_items<'a>(&'a self, procedure: &'a Procedure, act: &'a Name) -> impl Iterator<Item = &'a Done> {
        let answered: BTreeSet<i64> = self
            .history
            .iter()
            .filter_map(|done| {
                let answers = procedure.act(&done.act.name)?.answers.as_ref().filter(|answers| &answers.act == act)?;
                match done.facts.get(&answers.item)? {
                    Value::Int(version) => Some(*version),
                    _ => None,
                }
            })
            .collect();
        let performed = self.history.iter().filter(move |done| &done.act.name == act);
        performed.filter(move |done| !answered.contains(&i64::from(done.version)))
    }

    /// The day the matter was opened.
    pub fn opened_on(&self) -> Option<Date> {
        self.history.first().map(|done| done.act.moment.on())
    }

    /// The day the matter entered its present stage.
    pub fn entered_on(&self) -> Option<Date> {
        let mut entered = None;
        let mut stage = None;
        for done in &self.history {
            if stage != Some(&done.act.to) {
                entered = Some(done.act.moment.on());
                stage = Some(&done.act.to);
            }
        }
        entered
    }

    /// Whether the stage it is in counts as closed.
    pub fn is_closed(&self, procedure: &Procedure) -> bool {
        procedure.stage(&self.stage).is_some_and(|stage| stage.closed)
    }

    /// The decisions in it, latest last.
    pub fn decisions<'a>(&'a self, procedure: &'a Procedure) -> impl Iterator<Item = &'a Done> {
        self.history.iter().filter(|done| procedure.act(&done.act.name).is_some_and(|act| act.kind == ActKind::Decide))
    }
}

impl Act {
    /// Who does what when, before anything follows from it.
    pub fn bare(procedure: &Procedure, name: Name, moment: Moment, actor: Actor) -> Act {
        Act {
            name,
            procedure: procedure.id.clone(),
            edition: procedure.edition,
            moment,
            actor,
            owner: OfficeId::default(),
            parties: BTreeMap::new(),
            channel: None,
            to: Name::default(),
            slots: BTreeMap::new(),
            released: Vec::new(),
            computed: Facts::new(),
            papers: Vec::new(),
            numbers: BTreeMap::new(),
            voids: None,
            reissued: BTreeMap::new(),
            raises: Vec::new(),
            settles: Vec::new(),
            publishes: Vec::new(),
            unpublishes: Vec::new(),
            pins: Pins::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Bench, changed, procedure};
    use jiff::civil::date;

    fn lived() -> Bench {
        let mut bench = Bench::opened(procedure());
        bench.does("complain", "p1/party/", "2026-03-03", &[("why", Value::Text("慢".into()))]).unwrap();
        bench.does("ask", "c1/clerk/east", "2026-03-04", &[]).unwrap();
        bench.does("answer", "p1/party/", "2026-03-05", &[("why", Value::Text("快".into()))]).unwrap();
        bench.does("propose-yes", "c1/clerk/east", "2026-03-06", &[]).unwrap();
        bench.does("decide", "h1/head/east", "2026-03-09", &[]).unwrap();
        bench
    }

    #[test]
    fn folding_the_same_acts_gives_the_same_matter() {
        let bench = lived();
        let acts = bench.matter().history.iter().map(|done| (done.act.clone(), done.facts.clone()));
        assert_eq!(Matter::fold(&"m1".into(), acts).as_ref(), Ok(bench.matter()));
        assert_eq!(Matter::fold(&"m1".into(), []), Err(FoldError::Empty));
    }

    #[test]
    fn the_latest_answer_counts_and_says_who_gave_it() {
        let bench = lived();
        let matter = bench.matter();
        assert_eq!(matter.facts[&"why".into()], Value::Text("快".into()));
        assert_eq!(matter.stated_by[&"why".into()], 4);
        assert_eq!(matter.raised[&"asked".into()], 2);
        assert_eq!((matter.opened_on(), matter.entered_on()), (Some(date(2026, 3, 2)), Some(date(2026, 3, 9))));
        assert!(matter.is_closed(&bench.procedure));
        let papers: Vec<_> = matter.papers.iter().map(|issued| (issued.paper.as_str(), issued.version)).collect();
        assert_eq!(papers, [("decision", 6)]);
    }

    #[test]
    fn a_stage_is_entered_when_it_changes_and_not_when_something_else_happens() {
        let mut bench = Bench::opened(procedure());
        bench.does("complain", "p1/party/", "2026-03-03", &[]).unwrap();
        assert_eq!(bench.matter().entered_on(), Some(date(2026, 3, 2)));
        bench.does("reply", "c1/clerk/east", "2026-03-04", &[]).unwrap();
        assert!(bench.matter().raised.is_empty());
    }

    #[test]
    fn a_body_comes_back_as_it_was() {
        let bench = lived();
        for done in &bench.matter().history {
            let mut act = done.act.clone();
            let seated = Seated {
                register: "r".into(),
                entry: "l1".into(),
                rank: Some(2),
                skipped: vec![("l0".into(), "满".into())],
            };
            act.slots.insert("lawyer".into(), seated);
            act.computed.insert("sum".into(), Value::Fen(1));
            act.voids = Some("2026-1".into());
            assert_eq!(Act::from_body(1, &act.to_body()), Ok(act));
        }
    }

    #[test]
    fn a_body_that_lacks_something_is_named() {
        let bench = lived();
        let whole = bench.matter().history[0].act.to_body();
        for key in ["act", "procedure", "edition", "at", "civil", "actor", "owner", "to", "slots", "pins", "papers"] {
            let mut body = whole.clone();
            body.remove(key);
            assert_eq!(Act::from_body(3, &body), Err(FoldError::Unreadable { version: 3, key }));
        }
    }

    #[test]
    fn a_slot_that_is_released_is_empty_and_remembered() {
        let bench = Bench::opened(changed("ask", |act| act.releases = vec!["lawyer".into()]));
        let mut matter = bench.matter().clone();
        let mut act = matter.history[0].act.clone();
        act.slots.insert(
            "lawyer".into(),
            Seated { register: "r".into(), entry: "l1".into(), rank: None, skipped: Vec::new() },
        );
        matter.apply(act.clone(), Facts::new());
        assert_eq!(matter.slots.len(), 1);
        (act.slots, act.released) = (BTreeMap::new(), vec!["lawyer".into()]);
        matter.apply(act, Facts::new());
        assert!(matter.slots.is_empty());
        assert_eq!(matter.held[&"lawyer".into()], ["l1"]);
    }
}
