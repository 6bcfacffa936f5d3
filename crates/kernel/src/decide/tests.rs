//! Every reason why not, and what follows when nothing stands against it.

use super::Refusal::{
    Condition, Incomplete, NoGoverningDay, NoOffice, NoSuchNumber, NotApart, NotInForce, NotInStage, NotYourMatter,
    NotYourSeat, OnlyOnce, UnknownAct, Unreadable,
};
use super::*;
use crate::guard::Expr;
use crate::procedure::Guard;
use crate::procedure::RateRead;
use crate::sample::{Bench, changed, cite, names, procedure};

const CLERK: &str = "c1/clerk/east";
const HEAD: &str = "h1/head/east";
const PARTY: &str = "p1/party/";
const DAY: &str = "2026-03-03";

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn done(procedure: Procedure) -> Bench {
    let mut bench = Bench::opened(procedure);
    bench.does("propose-yes", CLERK, DAY, &[]).unwrap();
    bench.does("decide", HEAD, DAY, &[]).unwrap();
    bench
}

#[test]
fn the_straight_way() {
    let mut bench = Bench::opened(procedure());
    let opened = bench.matter().history[0].act.clone();
    assert_eq!((opened.owner.as_str(), opened.pins.program.as_str()), ("east", "test"));
    bench.does("propose-yes", CLERK, DAY, &[]).unwrap();
    let outcome = bench.does("decide", HEAD, DAY, &[]).unwrap();
    let slots: Vec<_> = outcome.draws.iter().map(|(slot, series)| (slot.as_str(), series.series.as_str())).collect();
    assert_eq!(slots, [("decision", "permit.decision")]);
    assert_eq!(bench.stage(), "done");
}

#[test]
fn the_first_reason_why_not_is_told() {
    let check = |act: &str, who: &str, expected: Refusal| {
        let mut bench = Bench::opened(procedure());
        assert_eq!(bench.does(act, who, DAY, &[]), Err(expected), "{act} by {who}");
    };
    let not_here = |act: &str| NotInStage { act: act.into(), stage: "review".into() };
    check("fly", CLERK, UnknownAct("fly".into()));
    check("decide", HEAD, not_here("decide"));
    check("apply", PARTY, not_here("apply"));
    check("ask", HEAD, NotYourSeat { act: "ask".into(), seat: "head".into() });
    check("ask", "c1/clerk/west", NotYourMatter { seat: "clerk".into() });
    check("ask", "c1/clerk/", NotYourMatter { seat: "clerk".into() });
    let mut bench = done(procedure());
    bench.does("object", PARTY, DAY, &[]).unwrap();
    let east = bench.does("uphold", "r1/reviewer/east", DAY, &[]);
    assert_eq!(east, Err(NotYourMatter { seat: "reviewer".into() }), "never the office itself");
    bench.does("uphold", "r1/reviewer/bureau", DAY, &[]).unwrap();
}

#[test]
fn an_edition_opens_matters_only_while_in_force() {
    for (day, opens) in [("2025-12-31", false), ("2026-01-01", true), ("2026-12-31", true), ("2027-01-01", false)] {
        let mut bench = Bench { matter: None, ..Bench::opened(procedure()) };
        let result = bench.does("apply", PARTY, day, &[("venue", text("990101"))]);
        assert_eq!(result.is_ok(), opens, "{day}");
        assert!(opens || matches!(result, Err(NotInForce(_))));
    }
    let mut bench = Bench::opened(procedure());
    bench.does("ask", CLERK, "2027-05-01", &[]).expect("an open matter goes on under its edition");
}

#[test]
fn the_competent_office_follows_from_the_region() {
    let mut bench = Bench { matter: None, ..Bench::opened(procedure()) };
    let missing = bench.does("apply", PARTY, DAY, &[]);
    assert_eq!(missing, Err(Unreadable(GuardError::NotCollected("venue".into()))));
    let nowhere = bench.does("apply", PARTY, DAY, &[("venue", text("880101"))]);
    assert_eq!(nowhere, Err(NoOffice { kind: "centre".into(), region: "880101".into() }));
    bench.does("apply", PARTY, DAY, &[("venue", text("990102"))]).unwrap();
    assert_eq!(bench.matter().owner.as_str(), "west");
    bench.does("reroute", "c2/clerk/west", DAY, &[("venue", text("990101"))]).unwrap();
    assert_eq!((bench.matter().owner.as_str(), bench.stage()), ("east", "review"));
}

#[test]
fn once_is_once_and_two_persons_are_two() {
    let mut bench = Bench::opened(procedure());
    bench.does("ask", CLERK, DAY, &[]).unwrap();
    bench.does("answer", PARTY, DAY, &[]).unwrap();
    assert_eq!(bench.does("ask", CLERK, DAY, &[]), Err(OnlyOnce("ask".into())));
    bench.does("propose-no", CLERK, DAY, &[]).unwrap();
    let both = bench.does("decide", "c1/head/east", DAY, &[]);
    assert_eq!(both, Err(NotApart("propose-no".into())));
}

#[test]
fn a_condition_says_what_the_law_file_says() {
    let given = |field: &str| Guard {
        when: Expr::Given(field.into()),
        source: String::new(),
        otherwise: "还没有".into(),
        cite: Some(cite()),
    };
    let mut bench = Bench::opened(changed("decide", |act| act.guards = vec![given("yes")]));
    bench.does("propose-yes", CLERK, DAY, &[("yes", text("y"))]).unwrap();
    bench.does("return", HEAD, DAY, &[]).unwrap();
    bench.does("propose-no", CLERK, DAY, &[("no", text("n"))]).unwrap();
    let refused = Condition { otherwise: "还没有".into(), cite: Some(cite()) };
    assert_eq!(bench.does("decide", HEAD, DAY, &[]), Err(refused), "the later proposal replaced the earlier");
    bench.does("return", HEAD, DAY, &[]).unwrap();
    bench.does("propose-yes", CLERK, DAY, &[("yes", text("y"))]).unwrap();
    bench.does("decide", HEAD, DAY, &[]).unwrap();
}

#[test]
fn the_case_file_must_hold_what_it_must() {
    let mut bench = done(changed("object", |act| act.needs_dossier = true));
    let number = bench.matter().papers[0].number.clone();
    assert_eq!(number, None, "the store draws numbers, not the kernel");
    let mut matter = bench.matter().clone();
    matter.papers[0].number = Some("2026-1".into());
    bench.matter = Some(matter);
    let wrong = bench.does("void", CLERK, DAY, &[("number", text("2026-2"))]);
    assert_eq!(wrong, Err(NoSuchNumber("2026-2".into())));
    bench.does("void", CLERK, DAY, &[("number", text("2026-1"))]).unwrap();
    assert_eq!(bench.does("object", PARTY, DAY, &[]), Err(Incomplete(vec!["决定书".into()])));
    let again = bench.does("void", CLERK, DAY, &[("number", text("2026-1"))]);
    assert_eq!(again, Err(NoSuchNumber("2026-1".into())));
}

#[test]
fn money_is_of_the_day_that_governs_and_pinned() {
    let compute = Compute {
        field: "sum".into(),
        title: String::new(),
        base: RateRead { rate: "fee".into(), key: Some("kind".into()) },
        factor: Some(RateRead { rate: "factor".into(), key: None }),
        governed_by: "propose-yes".into(),
        cite: cite(),
    };
    let procedure = changed("decide", |act| {
        act.computes = vec![compute];
        act.apart_from = names(&[]);
    });
    let mut bench = Bench::opened(procedure);
    bench.does("propose-no", CLERK, DAY, &[("kind", text("big"))]).unwrap();
    assert_eq!(bench.does("decide", HEAD, DAY, &[]), Err(NoGoverningDay("propose-yes".into())));
    bench.does("return", HEAD, DAY, &[]).unwrap();
    bench.does("propose-yes", CLERK, DAY, &[]).unwrap();
    let outcome = bench.does("decide", HEAD, "2027-08-01", &[]).unwrap();
    assert_eq!(outcome.act.computed, Facts::from([("sum".into(), Value::Fen(336_000))]));
    assert_eq!(outcome.act.pins.rates["fee/big"], "280000@2026-01-01");
}

#[test]
fn what_is_offered_can_be_done_by_that_seat() {
    let bench = Bench::opened(procedure());
    let offered = |who: (&str, &str, &str)| -> Vec<String> {
        let actor = crate::sample::actor(who.0, who.1, who.2);
        let world = bench.world();
        let found = available(&bench.procedure, bench.matter(), &actor, &world);
        found.map(|def| def.name.to_string()).collect()
    };
    assert_eq!(offered(("c1", "clerk", "east")), ["ask", "propose-yes", "propose-no", "reply", "reroute"]);
    assert_eq!(offered(("p1", "party", "")), ["complain"]);
    assert!(offered(("c1", "clerk", "west")).is_empty());
}

#[test]
fn identities_are_compared_without_spaces_or_case() {
    assert_eq!(normalised(" 1101 01x "), "110101X");
    assert_eq!(normalised("快行　公司"), "快行公司");
}
