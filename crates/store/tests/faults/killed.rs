//! SIGKILL of the program at random points: what was acknowledged is there, and nothing half.

use std::cell::Cell;
use std::sync::Arc;

use crate::chance::Chance;
use crate::ground::{Engine, Ground, rounds};
use crate::load::{Load, ToldBy, client, holds, holds_exactly};
use crate::program::{CLIENTS, Program};

#[test]
fn what_was_acknowledged_survives_sigkill_in_a_file() {
    survives(Engine::File);
}

#[test]
fn what_was_acknowledged_survives_sigkill_on_a_server() {
    survives(Engine::Server);
}

fn survives(engine: Engine) {
    let ground = Ground::new(engine);
    let mut chance = Chance::new(engine as u64);
    let mut told = ToldBy::new();
    for round in 0..rounds(10, 1) {
        let name = format!("round{round}");
        let load = killed(&ground, &name, &mut chance);
        let acknowledged = load.told();
        let store = ground.open();
        assert!(load.failures().is_empty(), "round {round}: {:?}", load.failures());
        holds(&store, &acknowledged);
        // Everybody sends everything again, and what was on its way; each must be told the same as before.
        for number in 0..CLIENTS {
            let name = format!("{name}p0c{number}");
            let known = acknowledged.keys().filter(|key| key.starts_with(&format!("{name}-"))).count();
            let left = Cell::new(known + 1);
            client(&store, &name, 1000, 100, &|heard| {
                left.set(left.get() - 1);
                load.hear(heard) && left.get() > 0
            });
        }
        told.extend(load.told());
        assert_eq!(store.verify().unwrap().acts, told.len() as u64, "round {round}");
    }
    holds_exactly(&ground.open(), &told);
}

/// Runs the program, and kills it after some acknowledgements and some more work, so that it dies anywhere.
fn killed(ground: &Ground, name: &str, chance: &mut Chance) -> Arc<Load> {
    let program = Program::start(&ground.address(), name);
    let load = Arc::clone(&program.load);
    load.wait_for_stored(chance.below(120) as usize);
    for spin in 0..chance.below(200_000) {
        std::hint::black_box(spin);
    }
    program.kill();
    load
}
