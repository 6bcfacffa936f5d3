//! Anything may happen in any order: random acts by random people.
//!
//! Every run is made by a seed that the failure names. `XIEZHI_RUNS` sets how many runs are made; 50 take some seconds,
//! a night takes more.

use crate::bench::{Bench, post};
use crate::cast::{STAFF, identity};
use acts::Bureau;
use acts::load::{Loaded, load};
use acts::policy::{About, HeldPost};
use acts::rows::plain_world;
use acts::{Command, PerformError, Standing};
use kernel::decide::available;
use kernel::intake::Raw;
use kernel::matter::Matter;
use kernel::names::{MatterId, PersonId};
use kernel::procedure::{ActDef, Field, FieldKind, Procedure, SeatPlace, Target};
use kernel::world::Actor;
use std::collections::{BTreeMap, BTreeSet};
use store::{MatterScope, MattersQuery, Sort};

const STEPS: u32 = 25;

/// Chance that can be repeated.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    fn pick<'v, T>(&mut self, values: &'v [T]) -> &'v T {
        &values[self.below(values.len())]
    }

    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

#[test]
fn anything_may_happen_in_any_order() {
    let runs: u64 = std::env::var("XIEZHI_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(50);
    // A bench carries several runs, so that lawyers fill up and numbers run on.
    for bundle in 0..runs.div_ceil(25) {
        let bench = Bench::new();
        let mut reached = BTreeMap::new();
        for run in 0..25 {
            let seed = bundle * 25 + run + 1;
            let matter = opened(&bench, &mut Dice(seed << 20 | 7), run as u32);
            *reached.entry(lived(&bench, &matter, seed)).or_insert(0) += 1;
        }
        println!("{bundle}: {reached:?}");
        crate::sealing::files(&bench, bundle);
        lists_hold_what_may_be_read(&bench);
        let before = bench.bureau.store.projection_digest().unwrap();
        acts::audit::rebuild(&bench.bureau).unwrap();
        assert_eq!(bench.bureau.store.projection_digest().unwrap(), before, "bundle {bundle}");
        let audit = acts::audit::audit(&bench.bureau).unwrap();
        assert!(audit.holds(), "bundle {bundle}: {audit:?}");
    }
}

/// For everybody: the list of the matters they may read has those of which the policy says yes when asked one by one.
fn lists_hold_what_may_be_read(bench: &Bench) {
    let Bureau { store, policy, law, .. } = &bench.bureau;
    let query = |scope| MattersQuery {
        scope,
        closed: None,
        procedure: None,
        text: None,
        opened_from: None,
        opened_until: None,
        sort: Sort::OpenedNewest,
        page: 1,
        per_page: 10_000,
    };
    let all = store.matters(&query(MatterScope::All)).unwrap().rows;
    let loaded: Vec<_> =
        all.iter().map(|row| load(&bench.bureau, &MatterId::new(row.matter.as_str())).unwrap()).collect();
    let mut people: Vec<(PersonId, Vec<HeldPost>)> =
        STAFF.iter().map(|(login, _, seat, office)| (PersonId::from(*login), vec![post(seat, office)])).collect();
    let two = |one: &str, other: &str| vec![post("aid-clerk", one), post("window", other)];
    people.push(("two-posts".into(), two("aid-east", "judicial-west-1")));
    people.push(("barred".into(), [two("aid-east", "aid-west"), vec![post("auditor", "bureau-city")]].concat()));
    people.push(("stranger".into(), Vec::new()));
    people.extend(crate::sealing::people());
    for loaded in &loaded {
        let matter = &loaded.matter;
        let persons = matter.parties.values().cloned().chain([matter.opener.person.clone()]);
        let seated = matter.slots.values().map(|seated| PersonId::new(seated.entry.clone()));
        people.extend(persons.chain(seated).map(|person| (person, Vec::new())));
    }
    let mut seen = 0;
    for (person, posts) in &people {
        let may = |loaded: &&Loaded| {
            let about = About { matter: Some(&loaded.matter), procedure: &loaded.procedure, place: &law.place };
            policy.may_read(person, posts, about)
        };
        let single: BTreeSet<String> = loaded.iter().filter(may).map(|loaded| loaded.matter.id.to_string()).collect();
        let list = query(MatterScope::Readable(policy.readable(person, posts, &law.place)));
        let found = store.matters(&list).unwrap();
        let listed: BTreeSet<String> = found.rows.iter().map(|row| row.matter.to_string()).collect();
        assert_eq!(listed, single, "{person} {posts:?}");
        assert_eq!((found.total, found.rows.len()), (single.len() as u64, single.len()), "{person} {posts:?}");
        seen += single.len();
    }
    assert!(seen > all.len(), "somebody reads something");
}

fn opened(bench: &Bench, dice: &mut Dice, run: u32) -> MatterId {
    let (login, act) =
        *dice.pick(&[("", "apply"), ("", "apply"), ("shi-suo", "apply"), ("court", "notify"), ("prison", "forward")]);
    bench.on("2026-03-02");
    loop {
        let command = Command {
            procedure: "legal-aid".into(),
            act: act.into(),
            raw: filled(bench, &bench.procedure(), bench.procedure().act(&act.into()).unwrap(), None, dice, run),
            channel: Some("online".to_owned()),
            ..Command::default()
        };
        let result = match login {
            "" => bench.citizen(run).party(None).sends(&command),
            login => bench.officer(login).sends(&command),
        };
        match result {
            Ok(done) => return done.matter,
            Err(error) => assert!(is_an_answer(&error), "{act}: {error:?}"),
        }
    }
}

/// One matter lives for a while; answers the stage it came to.
fn lived(bench: &Bench, id: &MatterId, seed: u64) -> String {
    let mut dice = Dice(seed << 16 | 3);
    let mut hour = 9;
    for step in 0..STEPS {
        let loaded = load(&bench.bureau, id).unwrap();
        holds_together(bench, &loaded.procedure, &loaded.matter, seed, step);
        hour += dice.below(40) as i64;
        let civil = crate::bench::moment("2026-03-02T00:00").civil + jiff::Span::new().hours(hour);
        bench.at(&civil.to_string());
        if dice.once_in(10) {
            let tick = bench.tick();
            assert!(tick.failed.is_empty(), "seed {seed}, step {step}: {tick:?}");
            continue;
        }
        let options = options(bench, &loaded.procedure, &loaded.matter);
        let Some((standing, act)) = drawn(&loaded.procedure, &options, &mut dice) else { break };
        let def = loaded.procedure.act(&act.as_str().into()).unwrap();
        let raw = filled(bench, &loaded.procedure, def, Some(&loaded.matter), &mut dice, 1);
        let command = Command { matter: Some(id.clone()), act: act.as_str().into(), raw, ..Command::default() };
        let actor = crate::bench::Actor { bench, standing };
        match actor.sends(&command) {
            Ok(done) => assert_eq!(done.version, loaded.matter.version + 1),
            Err(error) => {
                assert!(is_an_answer(&error), "seed {seed}, step {step}, {act}: {error:?}");
                let after = load(&bench.bureau, id).unwrap();
                assert_eq!(after.matter, loaded.matter, "seed {seed}, step {step}: {act} left something behind");
            }
        }
    }
    let loaded = load(&bench.bureau, id).unwrap();
    holds_together(bench, &loaded.procedure, &loaded.matter, seed, STEPS);
    loaded.matter.stage.to_string()
}

/// One of the options; those that end a matter are drawn less often, so that more matters live long.
fn drawn(procedure: &Procedure, options: &[(Standing, String)], dice: &mut Dice) -> Option<(Standing, String)> {
    let ends = |act: &str| match &procedure.act(&act.into()).unwrap().to {
        Target::Stage(stage) => procedure.stage(stage).unwrap().closed,
        Target::Stay => false,
    };
    let mut option = (!options.is_empty()).then(|| dice.pick(options).clone())?;
    for _ in 0..8 {
        let stays = matches!(procedure.act(&option.1.as_str().into()).unwrap().to, Target::Stay);
        if !(ends(&option.1) || stays) || dice.once_in(12) {
            break;
        }
        option = dice.pick(options).clone();
    }
    Some(option)
}

/// Refusals a person can read; anything else would be a fault of the program.
fn is_an_answer(error: &PerformError) -> bool {
    matches!(error, PerformError::Invalid(_) | PerformError::Refused(_) | PerformError::Forbidden { .. })
}

/// What holds of any matter at any time.
fn holds_together(bench: &Bench, procedure: &Procedure, matter: &Matter, seed: u64, step: u32) {
    let told = || format!("seed {seed}, step {step}, stage {}", matter.stage);
    let stage = procedure.stage(&matter.stage).unwrap_or_else(|| panic!("{}: not declared", told()));
    let id = store::MatterId(matter.id.to_string());
    let tasks = bench.bureau.store.tasks_of(&id).unwrap();
    let waits = |seat: &kernel::names::Name| {
        let place = &procedure.seat(seat).unwrap().place;
        *place == SeatPlace::Party || tasks.iter().any(|task| task.seat == seat.as_str())
    };
    assert!(stage.closed || stage.by.iter().any(waits), "{}: nobody's turn: {tasks:?}", told());
    let view = bench.bureau.store.matter(&id).unwrap().unwrap();
    assert_eq!(
        (view.stage.as_str(), view.closed, view.version),
        (matter.stage.as_str(), stage.closed, matter.version),
        "{}",
        told()
    );
    let nobody = BTreeMap::new();
    let world = plain_world(&bench.bureau.law, &nobody);
    let in_turn = !stage.closed && kernel::deadline::deadlines(matter, procedure, &world).is_empty();
    assert!(!in_turn, "{}: no limit ever started", told());
    for mark in matter.raised.keys() {
        assert!(!stage.closed, "{}: closed with `{mark}` unanswered", told());
    }
}

/// Who could do what now, as the procedure has it.
fn options(bench: &Bench, procedure: &Procedure, matter: &Matter) -> Vec<(Standing, String)> {
    let nobody = BTreeMap::new();
    let world = plain_world(&bench.bureau.law, &nobody);
    let mut standings: Vec<Standing> = STAFF.iter().map(|(login, ..)| bench.standing(login)).collect();
    for (slot, seated) in &matter.slots {
        let (person, seat) = (seated.entry.as_str().into(), slot.clone());
        standings.push(Standing::Seated { person, seat, posts: Vec::new() });
    }
    let person = matter.parties.values().next().cloned();
    standings.push(Standing::Party { party: "applicant".into(), person });
    let mut options = Vec::new();
    for standing in standings {
        let actor = actor(&standing);
        for def in available(procedure, matter, &actor, &world) {
            options.push((standing.clone(), def.name.to_string()));
        }
    }
    options
}

fn actor(standing: &Standing) -> Actor {
    match standing.clone() {
        Standing::Post { person, acting, .. } => Actor { person, seat: acting.seat, office: Some(acting.office) },
        Standing::Seated { person, seat, .. } => Actor { person, seat, office: None },
        Standing::Party { party, person } => Actor { person: person.unwrap_or_default(), seat: party, office: None },
        Standing::Clock => Actor { person: "clock".into(), seat: "clock".into(), office: None },
    }
}

/// A form filled by chance, mostly well.
fn filled(
    bench: &Bench,
    procedure: &Procedure,
    def: &ActDef,
    matter: Option<&Matter>,
    dice: &mut Dice,
    run: u32,
) -> Raw {
    let mut form: Vec<(String, String)> = Vec::new();
    for field in def.fields() {
        let skipped = !field.required && dice.once_in(2) || dice.once_in(60);
        if !skipped && field.or_promise.is_none() {
            let values = values(bench, procedure, field, matter, dice, run);
            form.extend(values.into_iter().map(|value| (field.name.to_string(), value)));
        }
    }
    let form: Vec<(&str, &str)> = form.iter().map(|(field, value)| (field.as_str(), value.as_str())).collect();
    bench.raw(&form)
}

fn values(
    bench: &Bench,
    procedure: &Procedure,
    field: &Field,
    matter: Option<&Matter>,
    dice: &mut Dice,
    run: u32,
) -> Vec<String> {
    let entry = |list, dice: &mut Dice| dice.pick(&procedure.choice_list(list).unwrap().entries).name.clone();
    let one = |text: &str| vec![text.to_owned()];
    match &field.kind {
        FieldKind::Text { .. } if field.name.as_str() == "voided-number" => {
            let numbers =
                matter.into_iter().flat_map(|matter| &matter.papers).filter_map(|issued| issued.number.clone());
            numbers.take(1).collect()
        }
        FieldKind::Text { .. } => one("某"),
        FieldKind::Long { .. } => one("写了些什么。"),
        FieldKind::Money => vec![format!("{}.5", dice.below(4000))],
        FieldKind::Number { .. } => vec![dice.below(32).to_string()],
        FieldKind::Date { .. } => vec![bench.now().on().to_string()],
        FieldKind::Time => one("2026-03-01T08:30"),
        FieldKind::Bool | FieldKind::Promise { .. } => one("yes"),
        FieldKind::Choice { list } | FieldKind::Choices { list } => vec![entry(list, dice)],
        FieldKind::Ranking { .. } => one(["l1-shen", "l2-gu", "l3-qin", "l4-yang", "l5-xia"][dice.below(5)]),
        FieldKind::ResidentId => vec![identity(run)],
        FieldKind::CreditCode => Vec::new(),
        FieldKind::Phone => one("13800001111"),
        FieldKind::Region => one(["990101001000", "990101", "990101002000", "990102"][dice.below(4)]),
        FieldKind::Files { .. } => one("@照片.jpg"),
        FieldKind::Office { .. } | FieldKind::Colleague { .. } | FieldKind::Item { .. } | FieldKind::Matter { .. } => {
            Vec::new()
        }
    }
}
