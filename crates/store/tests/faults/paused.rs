//! A program stands still, as on a machine that was put to sleep, and comes back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::engine;
use crate::ground::{Engine, Ground, asked};
use crate::load::{Load, Weight, holds_exactly, under_load};
use crate::program::Program;

/// Who holds the lock of a realm, and since when its server waits for it; empty while it is at work.
const HOLDER: &str = "select coalesce(case when a.state = 'idle in transaction' then a.state_change::text end, '')
    from pg_locks l join pg_stat_activity a on a.pid = l.pid
    where l.locktype = 'advisory' and l.granted and a.datname = current_database()";
/// What is seen so often without a change does not change any more.
const SEEN: u32 = 50;

#[test]
fn a_program_that_stood_still_goes_on_in_a_file() {
    // The other is told that the file is in use, or appends; it cannot be promised to go on.
    stands_still(Engine::File, 0, |_, program| program.signal("-STOP"));
}

#[test]
fn others_go_on_while_a_program_stands_still_on_a_server() {
    stands_still(Engine::Server, 40, |_, program| program.signal("-STOP"));
}

/// The server ends the session of whoever keeps the others waiting; that one is told, and makes another.
#[test]
fn others_go_on_while_a_program_stands_still_inside_its_transaction() {
    let failures = stands_still(Engine::Server, 40, stop_inside_its_transaction);
    assert!(failures > 0, "the program was told that its transaction was ended");
}

/// Stops a program under load while another goes on; how often the one that was stopped was told of a failure.
fn stands_still(engine: Engine, meanwhile: usize, stop: impl FnOnce(&Ground, &Program)) -> usize {
    let ground = Ground::new(engine);
    drop(ground.open());
    let program = Program::start(&ground.address(), "standing-");
    program.load.wait_for_stored(20);
    stop(&ground, &program);
    let (other, load) = (ground.open(), Load::default());
    under_load(&[other], &Weight { clients: 4, bytes: 100, sequenced: 50 }, &load, |load| {
        let begun = Instant::now();
        load.wait_for_stored(meanwhile);
        let pause = Duration::from_secs(if asked().is_some() { 30 } else { 3 });
        while let Some(left) = pause.checked_sub(begun.elapsed()) {
            std::thread::park_timeout(left);
        }
        program.signal("-CONT");
        program.load.wait_for_stored(20);
        load.wait_for_stored(20);
    });
    let hears = Arc::clone(&program.load);
    program.end();
    let mut told = load.told();
    told.extend(hears.told());
    holds_exactly(&ground.open(), &told);
    hears.failures().len()
}

/// Stops a program again and again, until it holds the realm's lock and its server waits for it.
fn stop_inside_its_transaction(ground: &Ground, program: &Program) {
    let mut watch = engine::client(&engine::url(ground.folder()));
    let mut holder = || watch.query(HOLDER, &[]).unwrap().first().map(|row| row.get::<_, String>(0));
    for _ in 0..1000 {
        program.signal("-STOP");
        let (mut before, mut seen) = (String::new(), 0);
        while let Some(since) = holder() {
            seen = if since == before && !since.is_empty() { seen + 1 } else { 0 };
            if seen == SEEN {
                return;
            }
            before = since;
        }
        program.signal("-CONT");
    }
    panic!("the program was never in a transaction");
}
