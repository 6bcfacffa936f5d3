//! Two programs on a link that is slow and breaks: what is repeated is not doubled.

use std::net::TcpListener;

use store::Store;

use crate::engine::{Cluster, Wanted};
use crate::ground::rounds;
use crate::link::Link;
use crate::load::{Load, Weight, holds_exactly, under_load};
use crate::sample::REALM;

#[test]
fn what_was_acknowledged_over_a_bad_link_is_stored_once() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let wanted = Wanted { port: Some(port), settings: &["fsync=off"], ..Wanted::default() };
    let cluster = Cluster::new(&wanted);
    cluster.make("lossy");
    let links = [1, 2].map(|seed| Link::to(port, seed << 32));
    let programs = links.each_ref().map(|link| {
        let url = format!("host=127.0.0.1 port={} user=xiezhi dbname=lossy", link.port);
        Store::connect(&url, REALM).unwrap()
    });
    let load = Load::default();
    under_load(&programs, &Weight { clients: 2, bytes: 100, sequenced: 10 }, &load, |load| {
        links.iter().for_each(|link| link.set_bad(true));
        while links.iter().map(Link::cuts).sum::<u32>() < rounds(16, 1) {
            load.wait_for_stored(2);
        }
        links.iter().for_each(|link| link.set_bad(false));
        load.wait_for_stored(20);
    });
    assert!(!load.failures().is_empty(), "the programs were told");
    let [near, _] = programs;
    holds_exactly(&near, &load.told());
}
