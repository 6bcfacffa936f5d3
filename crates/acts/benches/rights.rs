//! What a decision, a list and a cipher cost: beside Cedar alone on the same policies, and beside the act they are part of.
//!
//! `cargo bench -p acts --bench rights`. It prints ratios of medians taken turn and turn about in one run; the limits are
//! those of `docs/reference/measured.md`. It fails for nothing: a slow machine is no wrong answer.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a measurement that cannot be made ends where it stands"
)]
#![expect(
    clippy::print_stdout,
    dead_code,
    reason = "it prints what it measured, and the bench of the tests can do more"
)]

#[path = "../tests/it/bench.rs"]
mod bench;
#[path = "../tests/it/cast.rs"]
mod cast;

use crate::bench::{Bench, post};
use acts::policy::{About, HeldPost, Policy};
use cedar_policy::{Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request, Schema};
use kernel::names::OfficeId;
use kernel::world::{Actor, Office, Place};
use std::hint::black_box;
use std::str::FromStr;
use std::time::{Duration, Instant};

/// Policies of the measurement, those of the house among them.
const POLICIES: usize = 200;
/// Offices one below the other.
const LEVELS: usize = 6;
/// Rows of a page.
const ROWS: usize = 50;
const TURNS: usize = 400;

fn text(name: &str) -> String {
    std::fs::read_to_string(bench::root().join("law/policy").join(name)).unwrap()
}

/// The policies of the house and as many more as make up the number, half about acts and half about reading.
fn policies() -> String {
    let mut policies = text("policies.cedar");
    for at in policies.matches("@id(").count()..POLICIES {
        let (action, also) = match at % 2 {
            0 => ("act", "context.place == \"owner\" && context.office == resource.owner"),
            _ => ("read", "principal.offices.contains(resource.owner)"),
        };
        policies.push_str(&format!(
            "@id(\"more-{at}\") permit (principal, action == Action::\"{action}\", resource)
             when {{ principal.seats.contains(\"seat-{at}\") && {also} }};\n"
        ));
    }
    policies
}

/// A place whose offices stand six deep, the centre of the demo city at the bottom.
fn place(mut place: Place) -> Place {
    let level = |at: usize| OfficeId::new(format!("level-{at}"));
    let office = place.offices.iter().find(|office| office.id.as_str() == "aid-east").unwrap().clone();
    for at in 1..LEVELS {
        let parent = (at > 1).then(|| level(at - 1));
        place.offices.push(Office { id: level(at), parent, ..office.clone() });
    }
    let lowest = place.offices.iter_mut().find(|office| office.id.as_str() == "aid-east").unwrap();
    lowest.parent = Some(level(LEVELS - 1));
    place
}

/// Medians of things done turn and turn about.
fn medians<const N: usize>(mut things: [&mut dyn FnMut(); N]) -> [Duration; N] {
    let mut taken = [(); N].map(|()| Vec::with_capacity(TURNS));
    for _ in 0..TURNS {
        for (thing, taken) in things.iter_mut().zip(&mut taken) {
            let start = Instant::now();
            thing();
            taken.push(start.elapsed());
        }
    }
    taken.map(|mut times: Vec<Duration>| {
        times.sort_unstable();
        times[TURNS / 2]
    })
}

fn told(what: &str, found: Duration, beside: &str, other: Duration, limit: f64) {
    let ratio = found.as_secs_f64() / other.as_secs_f64();
    let reached = if ratio <= limit { "reached" } else { "NOT reached" };
    println!("{what}: {found:.1?}; {beside}: {other:.1?}; ratio {ratio:.2}, at most {limit}: {reached}");
}

/// Cedar alone: the same policies, the same facts, no code of ours in between.
struct Alone {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
    request: Request,
}

impl Alone {
    fn new(policies: &str, place: &Place, person: &str, held: &HeldPost, matter: &str) -> Alone {
        let (schema, _) = Schema::from_cedarschema_str(&text("schema.cedarschema")).unwrap();
        let office = |id: &str| serde_json::json!({ "type": "Office", "id": id });
        let mut entities = vec![
            serde_json::json!({ "uid": { "type": "Person", "id": person }, "parents": [], "attrs": {
                "posts": [{ "seat": held.seat.as_str(), "office": { "__entity": office(held.office.as_str()) } }],
                "offices": [{ "__entity": office(held.office.as_str()) }], "seats": [held.seat.as_str()] } }),
            serde_json::json!({ "uid": { "type": "Matter", "id": matter }, "parents": [], "attrs": {
                "procedure": "legal-aid", "owner": { "__entity": office("aid-east") },
                "above": { "__entity": office("level-5") }, "window": { "__entity": office("") },
                "partners": [], "seated": [], "parties": [], "openers": [], "sealed": false, "keepers": [] } }),
        ];
        let mut next = Some(held.office.clone());
        while let Some(id) = next {
            next = place.offices.iter().find(|office| office.id == id).and_then(|office| office.parent.clone());
            let parents: Vec<_> = next.iter().map(|parent| office(parent.as_str())).collect();
            entities.push(serde_json::json!({ "uid": office(id.as_str()), "attrs": {}, "parents": parents }));
        }
        let entities = Entities::from_json_value(entities.into(), Some(&schema)).unwrap();
        let uid = |text: String| EntityUid::from_str(&text).unwrap();
        let context = serde_json::json!({ "seat": held.seat.as_str(), "place": "owner",
            "office": { "__entity": office(held.office.as_str()) }, "opening": false });
        let action = uid("Action::\"act\"".to_owned());
        let context = Context::from_json_value(context, Some((&schema, &action))).unwrap();
        let (who, what) = (uid(format!("Person::\"{person}\"")), uid(format!("Matter::\"{matter}\"")));
        let request = Request::new(who, action, what, context, Some(&schema)).unwrap();
        let policies = PolicySet::from_str(policies).unwrap();
        Alone { authorizer: Authorizer::new(), policies, entities, request }
    }

    fn decides(&self) -> bool {
        let response = self.authorizer.is_authorized(&self.request, &self.policies, &self.entities);
        assert_eq!(response.diagnostics().errors().count(), 0, "it is told all it asks for");
        response.decision() == Decision::Allow
    }
}

fn decisions() {
    let bench = Bench::new();
    let matter = bench.matter(&bench.citizen(1).applies(&[]));
    let (procedure, place) = (bench.procedure(), place(bench.bureau.law.place.clone()));
    let texts = policies();
    let policy = Policy::load(&text("schema.cedarschema"), &texts).unwrap();
    let (person, held) = ("wang-jing".into(), post("aid-clerk", "aid-east"));
    let posts = [held.clone()];
    let about = About { matter: Some(&matter), procedure: &procedure, place: &place };
    let actor = Actor { person: "wang-jing".into(), seat: "aid-clerk".into(), office: Some("aid-east".into()) };
    let alone = Alone::new(&texts, &place, "wang-jing", &held, matter.id.as_str());
    let asking = policy.asking(&person, &posts, about);
    assert!(asking.may_act(&actor) && alone.decides(), "both are asked what both permit");
    let mut fresh = 0;
    let [ours, cedar, told_anew, first, list, rows] = medians([
        &mut || assert!(black_box(&asking).may_act(&actor)),
        &mut || assert!(black_box(&alone).decides()),
        &mut || assert!(black_box(&policy).may_act(&actor, &posts, about)),
        &mut || {
            fresh += 1;
            let somebody = format!("somebody-{fresh}").as_str().into();
            assert!(!policy.readable(&somebody, &posts, &place).open.owners.is_empty());
        },
        &mut || assert!(!black_box(&policy).readable(&person, &posts, &place).open.owners.is_empty()),
        &mut || {
            for _ in 0..ROWS {
                assert!(policy.may_read(&person, &posts, about));
            }
        },
    ]);
    println!("{POLICIES} policies, offices {LEVELS} deep, medians of {TURNS}");
    told("a decision", ours, "Cedar alone", cedar, 1.2);
    told("a decision, all facts told anew", told_anew, "Cedar alone", cedar, 1.2);
    told("what a page of 50 rows asks", list, "three decisions", told_anew * 3, 1.0);
    told("the same, the first time somebody asks", first, "50 decisions one by one", rows, 1.0);
}

/// What sealing takes of an act: the same bytes sealed once more, beside the whole act.
fn ciphers() {
    let bench = Bench::new();
    let citizens: Vec<_> = (1..=TURNS as u32).map(|at| bench.citizen(at)).collect();
    let first = bench.citizen(999).applies(&[]);
    let sealed = bench.bureau.store.acts_of(&store::MatterId(first.to_string())).unwrap().remove(0).sealed;
    let sizes: Vec<usize> = sealed.iter().map(|part| part.bytes.len()).collect();
    let content = vec![0x5a; sizes.iter().sum()];
    let key = bench.bureau.keys.realm_key();
    let mut next = citizens.iter();
    let [act, seal] = medians([&mut || drop(black_box(next.next().unwrap().applies(&[]))), &mut || {
        drop(black_box(key.seal([7; 12], &content, b"label").unwrap()))
    }]);
    told(&format!("sealing {} bytes", content.len()), seal, "an application, with its file, on disk", act, 0.05);
}

fn main() {
    decisions();
    ciphers();
}
