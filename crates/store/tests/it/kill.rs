//! SIGKILL at random points: what was acknowledged is there, and nothing half.
//!
//! The test binary runs itself again as the victim.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use store::Store;

use crate::sample::{REALM, append, application, bare, matter};

const VICTIM: &str = "XIEZHI_STORE_VICTIM";
const ROUNDS: u64 = 20;

/// Not a test of its own: appends until it is killed, when asked to.
#[test]
fn victim() {
    let Ok(path) = std::env::var(VICTIM) else { return };
    let store = Store::open(Path::new(&path), REALM).unwrap();
    let run = std::process::id();
    std::thread::scope(|scope| {
        for client in 0..8 {
            let store = store.clone();
            scope.spawn(move || {
                for number in 0_u32.. {
                    let id = matter(format!("{run}-{client}-{number:06}"));
                    let done = store.append(append(application(&id))).unwrap();
                    say(&format!("acked {id} 1 {}", done.entries[0].numbers["number"]));
                    store.append(append(bare(&id, 1))).unwrap();
                    say(&format!("acked {id} 2 -"));
                }
            });
        }
        scope.spawn(|| {
            loop {
                store.sequence(50).unwrap();
            }
        });
    });
}

/// One line in one write, so that a line is there or is not.
fn say(line: &str) {
    std::io::stdout().lock().write_all(format!("\n{line}\n").as_bytes()).unwrap();
}

/// Runs the victim, kills it after some acknowledgements, and answers them.
fn kill_after(path: &Path, acknowledgements: usize, spins: u64) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["kill::victim", "--exact", "--nocapture", "--test-threads=1"])
        .env(VICTIM, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut acknowledged = Vec::new();
    let mut line = Vec::new();
    let mut killed = false;
    while output.read_until(b'\n', &mut line).unwrap() > 0 {
        if let Some(text) = String::from_utf8(std::mem::take(&mut line)).unwrap().strip_suffix('\n') {
            acknowledged.extend(text.strip_prefix("acked ").map(str::to_owned));
        }
        if !killed && acknowledged.len() >= acknowledgements {
            // Some more work for the victim, so that it dies anywhere.
            for spin in 0..spins {
                std::hint::black_box(spin);
            }
            child.kill().unwrap();
            killed = true;
        }
    }
    assert!(killed, "the victim ended by itself");
    child.wait().unwrap();
    acknowledged
}

#[test]
fn what_was_acknowledged_survives_sigkill() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("xiezhi.db");
    let mut acknowledged = Vec::new();
    // A fixed sequence (Knuth's constants): the points differ, the test does not.
    let mut seed = 0x5849_455A_u64;
    for round in 0..ROUNDS {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (count, spins) = ((seed >> 33) % 120, (seed >> 40) % 200_000);
        acknowledged.extend(kill_after(&path, count as usize, spins));
        let store = Store::open(&path, REALM).unwrap();
        let report = store.verify().unwrap();
        assert!(report.holds(), "round {round}: {report:?}");
        for line in &acknowledged {
            let mut words = line.split(' ');
            let (id, version, number) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
            let act = store.act(&matter(id), version.parse().unwrap()).unwrap();
            assert!(act.is_some(), "round {round}: {line} is lost");
            if number != "-" {
                let drawn = store.number(number).unwrap().unwrap();
                assert_eq!(drawn.matter.as_str(), id);
                assert_eq!(store.find_by_number(number).unwrap().unwrap().matter.as_str(), id);
            }
        }
        assert!(report.acts >= acknowledged.len() as u64);
    }
    assert!(!acknowledged.is_empty());
}
