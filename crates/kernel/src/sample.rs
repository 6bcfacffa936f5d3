//! A small procedure made by hand, for the tests of this crate: somebody applies, a clerk looks, a head decides.

use crate::calendar::{Calendar, CalendarYear};
use crate::clock::Unit;
use crate::ledger::sm3;
use crate::names::Name;
use crate::procedure::*;
use crate::world::{Actor, Moment, Office, Place, Rate, RateUnit, RateValue};
use jiff::civil::date;
use jiff::tz::{Offset, TimeZone};
use std::collections::BTreeMap;

pub fn cite() -> Citation {
    Citation { statute: "示例法".into(), article: 1 }
}

pub fn names(names: &[&str]) -> Vec<Name> {
    names.iter().map(|name| Name::from(*name)).collect()
}

/// An act that moves from one stage to another.
pub fn act(name: &str, kind: ActKind, by: &str, within: &[&str], to: &str) -> ActDef {
    ActDef {
        name: name.into(),
        title: name.into(),
        kind,
        by: names(&[by]),
        within: names(within),
        to: if to.is_empty() { Target::Stay } else { Target::Stage(to.into()) },
        cites: vec![cite()],
        ..ActDef::default()
    }
}

pub fn field(name: &str, kind: FieldKind) -> Field {
    Field {
        name: name.into(),
        title: name.into(),
        kind,
        required: true,
        when: None,
        hint: String::new(),
        personal: None,
        or_promise: None,
        may_follow: None,
        veiled_from: Vec::new(),
        cite: None,
    }
}

pub fn limit(name: &str, amount: Amount, unit: Unit, from: &[&str], spans: &[&str]) -> Limit {
    Limit {
        name: name.into(),
        title: name.into(),
        kind: LimitKind::Statutory,
        amount,
        unit,
        from: Anchor::Acts(names(from)),
        spans: names(spans),
        while_raised: None,
        met_by: Vec::new(),
        binds: Binds::Within,
        without: Vec::new(),
        post: None,
        by: "clerk".into(),
        rolls: true,
        day_one: false,
        expiry: Expiry::Alarm,
        cite: Some(cite()),
        checked: None,
        open_point: None,
    }
}

fn stage(name: &str, by: &[&str]) -> Stage {
    let tells = String::new();
    let closed = by.is_empty();
    Stage { name: name.into(), title: name.into(), by: names(by), closed, no_limit: None, tells, cites: vec![cite()] }
}

fn seat(name: &str, place: SeatPlace) -> Seat {
    Seat { name: name.into(), title: name.into(), place }
}

fn acts() -> Vec<ActDef> {
    vec![
        act("apply", ActKind::Open, "party", &[], "review"),
        ActDef { stops: names(&["review"]), once: true, ..act("ask", ActKind::Ask, "clerk", &["review"], "waiting") },
        ActDef { resumes: names(&["review"]), ..act("answer", ActKind::Answer, "party", &["waiting"], "review") },
        act("propose-yes", ActKind::Propose, "clerk", &["review"], "approve"),
        act("propose-no", ActKind::Propose, "clerk", &["review"], "approve"),
        act("return", ActKind::Record, "head", &["approve"], "review"),
        ActDef {
            apart_from: names(&["propose-yes", "propose-no"]),
            papers: names(&["decision"]),
            ..act("decide", ActKind::Decide, "head", &["approve"], "done")
        },
        ActDef { raises: names(&["asked"]), ..act("complain", ActKind::Ask, "party", &["review", "done"], "") },
        ActDef { settles: names(&["asked"]), ..act("reply", ActKind::Record, "clerk", &["review", "done"], "") },
        ActDef { voids: Some("number".into()), ..act("void", ActKind::Record, "clerk", &["done"], "") },
        ActDef { reroutes: true, ..act("reroute", ActKind::Record, "clerk", &["review"], "") },
        act("object", ActKind::Ask, "party", &["done"], "objection"),
        act("uphold", ActKind::Decide, "reviewer", &["objection"], "done"),
    ]
}

pub fn procedure() -> Procedure {
    let series = |series: &str| NumberSeries { series: series.into(), pattern: "{year}-{seq}".into() };
    Procedure {
        id: "permit".into(),
        title: "许可".into(),
        function: Function::Services,
        edition: sm3(b"permit"),
        in_force_from: date(2026, 1, 1),
        in_force_until: Some(date(2027, 1, 1)),
        titled_by: None,
        seal: None,
        statute: "示例法".into(),
        seats: vec![
            seat("party", SeatPlace::Party),
            seat("clerk", SeatPlace::Owner),
            seat("head", SeatPlace::Owner),
            seat("reviewer", SeatPlace::AboveOwner),
            seat("clock", SeatPlace::System),
        ],
        choices: vec![ChoiceList {
            name: "kinds".into(),
            entries: ["big", "small"]
                .map(|name| Choice { name: name.into(), title: name.into(), cite: None, keep: None })
                .into(),
        }],
        competence: Competence {
            office_kind: "centre".into(),
            level: None,
            by_field: Some("venue".into()),
            cite: Some(cite()),
        },
        succession: Succession::default(),
        stages: vec![
            stage("review", &["clerk"]),
            stage("waiting", &["party"]),
            stage("approve", &["head"]),
            stage("objection", &["reviewer"]),
            stage("done", &[]),
        ],
        acts: acts(),
        limits: vec![limit("review", Amount::Fixed(7), Unit::NaturalDay, &["apply"], &["review", "approve"])],
        marks: Vec::new(),
        number: series("permit"),
        papers: vec![PaperDef {
            name: "decision".into(),
            title: "决定书".into(),
            template: String::new(),
            number: Some(series("permit.decision")),
            to: None,
            readers: Vec::new(),
            sealed: true,
            in_name_of: None,
            paras: Vec::new(),
        }],
        dossier: vec![DossierItem {
            part: String::new(),
            title: "决定书".into(),
            source: DossierSource::Paper("decision".into()),
            must: None,
            always: true,
        }],
        guide: Guide::default(),
        screening: Screening::default(),
        open_points: Vec::new(),
        sections: Vec::new(),
    }
}

/// The procedure with one act changed.
pub fn changed(name: &str, change: impl FnOnce(&mut ActDef)) -> Procedure {
    let mut procedure = procedure();
    change(procedure.acts.iter_mut().find(|act| act.name.as_str() == name).expect("a declared act"));
    procedure
}

pub fn place() -> Place {
    let office = |id: &str, kind: &str, area: &str, parent: Option<&str>| Office {
        id: id.into(),
        name: id.into(),
        short: id.into(),
        kind: kind.into(),
        area: area.into(),
        parent: parent.map(Into::into),
        phone: String::new(),
        address: String::new(),
    };
    let value = |key: Option<&str>, value: i64| RateValue {
        key: key.map(str::to_owned),
        from: date(2026, 1, 1),
        until: None,
        value,
        source: "示例".into(),
        assumed: true,
    };
    let rate = |name: &str, unit: RateUnit, values: Vec<RateValue>| Rate {
        name: name.into(),
        title: name.into(),
        unit,
        values,
    };
    Place {
        code: "990100".into(),
        name: "示范市".into(),
        regions: BTreeMap::from([("990101000000".into(), "东区".into()), ("990102000000".into(), "西区".into())]),
        offices: vec![
            office("east", "centre", "990101", Some("bureau")),
            office("west", "centre", "990102", Some("bureau")),
            office("bureau", "bureau", "990100", None),
        ],
        rates: vec![
            rate("fee", RateUnit::Fen, vec![value(Some("big"), 280_000), value(Some("small"), 100_001)]),
            rate("factor", RateUnit::Factor, vec![value(None, 12_000)]),
            rate("days", RateUnit::Days, vec![value(None, 3)]),
        ],
        first: None,
    }
}

/// 2026 with a New Year and nothing else.
pub fn calendar() -> Calendar {
    let mut calendar = Calendar::default();
    let holidays = BTreeMap::from([(date(2026, 1, 1), "元旦".to_owned())]);
    let year = CalendarYear { year: 2026, source: "示例".into(), holidays, makeup_workdays: BTreeMap::new() };
    calendar.publish(year).expect("a sound year");
    calendar
}

/// Nine in the morning of a day, eight hours ahead of UTC.
pub fn moment(day: &str) -> Moment {
    let civil = day.parse::<jiff::civil::Date>().expect("a date").at(9, 0, 0, 0);
    Moment { at: civil.to_zoned(TimeZone::fixed(Offset::constant(8))).expect("an instant").timestamp(), civil }
}

pub fn actor(person: &str, seat: &str, office: &str) -> Actor {
    let office = (!office.is_empty()).then(|| office.into());
    Actor { person: person.into(), seat: seat.into(), office }
}

/// A matter, and the world it lives in.
pub struct Bench {
    pub procedure: Procedure,
    pub place: Place,
    pub calendar: Calendar,
    pub candidates: BTreeMap<Name, Vec<crate::assignment::Candidate>>,
    pub matter: Option<crate::matter::Matter>,
}

impl Bench {
    /// A matter that was opened by `p1` on Monday, 2 March 2026 at the centre in the east.
    pub fn opened(procedure: Procedure) -> Bench {
        let (place, calendar, candidates) = (place(), calendar(), BTreeMap::new());
        let mut bench = Bench { procedure, place, calendar, candidates, matter: None };
        let venue = crate::value::Value::Text("990101000000".into());
        bench.does("apply", "p1/party/", "2026-03-02", &[("venue", venue)]).expect("the opening");
        bench
    }

    pub fn world(&self) -> crate::world::World<'_> {
        crate::world::World { calendar: &self.calendar, place: &self.place, candidates: &self.candidates }
    }

    /// Decides and, where permitted, folds it in. `who` is person/seat/office.
    pub fn does(
        &mut self,
        act: &str,
        who: &str,
        day: &str,
        facts: &[(&str, crate::value::Value)],
    ) -> Result<crate::decide::Outcome, crate::decide::Refusal> {
        let mut parts = who.split('/');
        let mut part = || parts.next().unwrap_or_default();
        let actor = actor(part(), part(), part());
        let facts = facts.iter().map(|(field, value)| (Name::from(*field), value.clone())).collect();
        let request = crate::decide::Request {
            act: &act.into(),
            actor: &actor,
            facts: &facts,
            parties: &BTreeMap::new(),
            channel: None,
            moment: moment(day),
            program: "test",
        };
        let outcome = crate::decide::decide(&self.procedure, self.matter.as_ref(), &request, &self.world())?;
        match &mut self.matter {
            Some(matter) => matter.apply(outcome.act.clone(), facts),
            None => {
                let folded = crate::matter::Matter::fold(&"m1".into(), [(outcome.act.clone(), facts)]);
                self.matter = Some(folded.expect("one act"));
            }
        }
        Ok(outcome)
    }

    pub fn matter(&self) -> &crate::matter::Matter {
        self.matter.as_ref().expect("an opened matter")
    }

    pub fn stage(&self) -> &str {
        self.matter().stage.as_str()
    }
}
