//! Two clerks decide the same matter at the same moment, again and again: one of them does.

use store::AppendError;

use crate::ground::{Engine, Ground, asked};
use crate::sample::{append, bare, matter, sequence_all};

#[test]
fn one_of_two_clerks_wins_each_version_in_a_file() {
    contend(Engine::File);
}

#[test]
fn one_of_two_clerks_wins_each_version_on_a_server() {
    contend(Engine::Server);
}

fn contend(engine: Engine) {
    let ground = Ground::new(engine);
    // Each in a program of their own.
    let clerks = [ground.open(), ground.open()];
    let versions = asked().map_or(200, |asked| asked * 5);
    let id = matter("contended");
    for version in 0..versions {
        let seen = clerks.each_ref().map(|store| store.head(&id).unwrap().map_or(0, |head| head.version));
        assert_eq!(seen, [version; 2], "both see the same");
        let answers = std::thread::scope(|scope| {
            let decisions = clerks.each_ref().map(|store| scope.spawn(|| store.append(append(bare(&id, version)))));
            decisions.map(|decision| decision.join().unwrap())
        });
        let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        assert_eq!(won.len(), 1, "{version}: {lost:?}");
        assert_eq!(won[0].as_ref().unwrap().entries[0].version, version + 1);
        let lost = lost[0].as_ref().unwrap_err();
        let stale = matches!(lost, AppendError::Stale { matter, expected, actual }
            if *matter == id && *expected == version && *actual == version + 1);
        assert!(stale, "{version}: {lost}");
    }
    let store = &clerks[0];
    sequence_all(store);
    let report = store.verify().unwrap();
    assert!(report.holds(), "{report:?}");
    let found = store.acts_of(&id).unwrap();
    let found: Vec<u32> = found.iter().map(|act| act.version).collect();
    assert_eq!((report.acts, found), (versions.into(), (1..=versions).collect()));
}
