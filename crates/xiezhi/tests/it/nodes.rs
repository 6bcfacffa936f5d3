//! A journey in a browser over three programs on one database, while one of them is killed and another is exchanged.

use crate::front::Front;
use crate::journeys;
use crate::program::{Server, run_json};
use crate::server::on_a_server;
use std::sync::{Arc, Mutex};

/// The request in whose middle the first program is killed: one that it was given.
const KILLED_AT: usize = 60;
/// The request after which the second is stopped, and a new one started in its place.
const EXCHANGED_AT: usize = 150;

#[test]
fn a_journey_goes_on_while_one_program_is_killed_and_another_exchanged() {
    if !journeys::can_walk() {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let folder = on_a_server(data.path());
    let start = {
        let folder = folder.clone();
        move || Server::start(&["demo", "--data", &folder, "--listen", "127.0.0.1:0"])
    };
    // The first founds the city.
    let programs = vec![start(), start(), start()];
    let addresses: Vec<_> = programs.iter().map(|program| program.address).collect();
    let programs: Arc<Mutex<Vec<Option<Server>>>> = Arc::new(Mutex::new(programs.into_iter().map(Some).collect()));
    let exchanged = Arc::new(Mutex::new(None));
    let front = {
        let (programs, exchanged) = (Arc::clone(&programs), Arc::clone(&exchanged));
        Front::start(&addresses, move |number, nodes| match number {
            // Nobody tells the front: it finds out.
            KILLED_AT => programs.lock().unwrap()[0].take().unwrap().kill(),
            EXCHANGED_AT => {
                let (programs, nodes, start) = (Arc::clone(&programs), nodes.clone(), start.clone());
                *exchanged.lock().unwrap() = Some(std::thread::spawn(move || {
                    let old = programs.lock().unwrap()[1].take().unwrap();
                    nodes.leave(1);
                    let ended = old.terminate();
                    let new = start();
                    nodes.join(1, new.address);
                    programs.lock().unwrap()[1] = Some(new);
                    ended
                }));
            }
            _ => {}
        })
    };
    journeys::walk_at("journeys/whole.test.mjs", &format!("{},{folder}", front.origin()));
    let exchanged = exchanged.lock().unwrap().take();
    let ended = exchanged.unwrap_or_else(|| panic!("only {} requests came", front.requests())).join().unwrap();
    assert_eq!(ended, 0, "the old program finished what it had begun");
    for program in programs.lock().unwrap().drain(..).flatten() {
        assert_eq!(program.terminate(), 0);
    }
    let (code, ledger) = run_json(&["verify", "ledger", "--data", &folder]);
    assert_eq!((code, &ledger["holds"]), (0, &true.into()), "{ledger}");
    let (code, rebuilt) = run_json(&["rebuild", "--data", &folder]);
    assert_eq!((code, &rebuilt["before"]), (0, &rebuilt["after"]), "{rebuilt}");
}
