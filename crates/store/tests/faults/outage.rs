//! The server itself dies in the middle of load and is started again: clients are told, and go on.

use store::Store;

use crate::engine::{Cluster, Wanted};
use crate::ground::rounds;
use crate::load::{Load, Weight, holds_exactly, under_load};
use crate::sample::REALM;

#[test]
fn what_was_acknowledged_survives_the_death_of_the_server() {
    let cluster = Cluster::new(&Wanted { settings: &["fsync=on"], ..Wanted::default() });
    cluster.make("outage");
    let store = Store::connect(&cluster.url("outage"), REALM).unwrap();
    let load = Load::default();
    under_load(std::slice::from_ref(&store), &Weight { clients: 8, bytes: 100, sequenced: 50 }, &load, |load| {
        for round in 0..rounds(3, 4) {
            load.wait_for_stored(40);
            let failures = load.failures().len();
            // Ended by its operator, who is in a hurry; and, one time in three, by the machine.
            if round % 3 == 1 {
                cluster.kill()
            } else {
                cluster.stop_at_once()
            }
            load.wait_for_failure_beyond(failures);
            start_again(&cluster);
        }
        load.wait_for_stored(40);
    });
    holds_exactly(&store, &load.told());
}

/// A server whose first process was killed does not start before the others have noticed.
fn start_again(cluster: &Cluster) {
    let tries = (0..600).any(|_| cluster.start());
    assert!(tries, "the server does not start again");
}
