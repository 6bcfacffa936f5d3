//! Posts given and ended: by whom, to whom, and what nobody may hold together.

use crate::bench::{Bench, day, post};
use acts::people::posts::{Grant, PostError, end, grant};
use acts::people::{SignInError, create, living_session, person, sign_in};
use kernel::names::PersonId;

const WORD: &str = "First-password-1";

fn given(account: &str, seat: &str, office: &str) -> Grant {
    let post = post(seat, office);
    Grant { account: account.to_owned(), post, from: day("2026-02-01"), until: None, instead_of: None }
}

/// A bureau with its security administrator and somebody new.
fn bench() -> (Bench, PersonId) {
    let bench = Bench::new();
    let (bureau, now) = (&bench.bureau, bench.now());
    let security = create(bureau, now, "an-quan", "安全", WORD, &[post("security", "bureau-city")]).unwrap();
    create(bureau, now, "newcomer", "新人", WORD, &[]).unwrap();
    (bench, security)
}

#[test]
fn only_the_security_administrator_gives_posts_and_never_to_themselves() {
    let (bench, security) = bench();
    let (bureau, now) = (&bench.bureau, bench.now());
    let wanted = given("newcomer", "aid-clerk", "aid-east");
    for other in ["op", "auditor", "wang-jing", "zheng-fa", "newcomer", "nobody"] {
        let refused = grant(bureau, now, &other.into(), &wanted);
        assert!(matches!(refused, Err(PostError::Forbidden)), "{other}");
    }
    let own = grant(bureau, now, &security, &given("an-quan", "aid-clerk", "aid-east"));
    assert!(matches!(own, Err(PostError::Own)));
    let nobody = grant(bureau, now, &security, &given("nobody", "aid-clerk", "aid-east"));
    assert!(matches!(nobody, Err(PostError::Account(_))));
    let token = sign_in(bureau, now, "newcomer", WORD).unwrap();
    grant(bureau, now, &security, &wanted).unwrap();
    assert!(living_session(bureau, now, &token).unwrap().is_none(), "no session gains rights while it lives");
    assert_eq!(person(bureau, "newcomer", now.on()).unwrap().unwrap().posts, [post("aid-clerk", "aid-east")]);
    let ended = end(bureau, now, &security, "newcomer", &post("aid-clerk", "aid-west"), now.on());
    assert!(matches!(ended, Err(PostError::NotHeld)));
    end(bureau, now, &security, "newcomer", &post("aid-clerk", "aid-east"), now.on()).unwrap();
    assert_eq!(person(bureau, "newcomer", now.on()).unwrap().unwrap().posts, []);
    let chain = bureau.store.acts_of(&store::MatterId("account/newcomer".to_owned())).unwrap();
    assert_eq!(chain.len(), 2, "each is an act");
}

#[test]
fn nobody_holds_two_of_the_three_administrators_seats_on_one_day() {
    let (bench, security) = bench();
    let (bureau, now) = (&bench.bureau, bench.now());
    for (holder, seat) in [("op", "auditor"), ("op", "security"), ("auditor", "operator"), ("auditor", "security")] {
        let refused = grant(bureau, now, &security, &given(holder, seat, "bureau-city"));
        assert!(matches!(refused, Err(PostError::SecondSeat)), "{holder} {seat}");
    }
    let both = [post("operator", "bureau-city"), post("security", "bureau-city")];
    let refused = create(bureau, now, "both", "两任", WORD, &both);
    assert!(matches!(refused, Err(SignInError::SecondSeat)));
    let auditor = Grant { until: Some(day("2026-03-01")), ..given("newcomer", "auditor", "bureau-city") };
    grant(bureau, now, &security, &auditor).unwrap();
    let before = Grant { from: day("2026-02-28"), ..given("newcomer", "operator", "bureau-city") };
    assert!(matches!(grant(bureau, now, &security, &before), Err(PostError::SecondSeat)));
    let after = Grant { from: day("2026-03-01"), ..given("newcomer", "operator", "bureau-city") };
    grant(bureau, now, &security, &after).unwrap();
}

#[test]
fn whoever_stands_in_for_another_has_the_post_in_the_span_and_not_a_day_longer() {
    let (bench, security) = bench();
    let (bureau, now) = (&bench.bureau, bench.now());
    let stand_in = |until: Option<&str>, other: &str| Grant {
        until: until.map(day),
        instead_of: Some(other.to_owned()),
        ..given("newcomer", "aid-director", "aid-east")
    };
    for (until, other) in [(None, "zhao-zhu"), (Some("2026-02-11"), "he-zhu"), (Some("2026-02-11"), "newcomer")] {
        let refused = grant(bureau, now, &security, &stand_in(until, other));
        assert!(matches!(refused, Err(PostError::NotDelegable)), "{until:?} {other}");
    }
    let backwards = grant(bureau, now, &security, &stand_in(Some("2026-02-01"), "zhao-zhu"));
    assert!(matches!(backwards, Err(PostError::Backwards)));
    grant(bureau, now, &security, &stand_in(Some("2026-02-11"), "zhao-zhu")).unwrap();
    let held = |on: &str| person(bureau, "newcomer", day(on)).unwrap().unwrap().posts.len();
    assert_eq!(["2026-01-31", "2026-02-01", "2026-02-10", "2026-02-11"].map(held), [0, 1, 1, 0]);
}
