//! The same city on a server: founded, read, worked at, verified and rebuilt on PostgreSQL.

use crate::cluster;
use crate::desk::{filing, sign_in, window_account};
use crate::http::Client;
use crate::program::{Server, run, run_json};
use crate::window::{Filing, Window};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A data directory whose store is a database of its own.
pub fn on_a_server(data: &Path) -> String {
    cluster::make(data);
    std::fs::write(data.join("database"), format!("{}\n", cluster::url(data))).unwrap();
    data.to_str().unwrap().to_owned()
}

#[test]
fn a_city_lives_on_a_server() {
    let data = tempfile::tempdir().unwrap();
    let folder = on_a_server(data.path());
    let server = Server::start(&["demo", "--data", &folder, "--listen", "127.0.0.1:0"]);
    let mut browser = Client::connect(server.address).unwrap();
    for path in ["/", "/notices", "/guide/legal-aid", "/status", "/law"] {
        assert_eq!(browser.get(path).unwrap().status, 200, "{path}");
    }
    assert!(!data.path().join("xiezhi.db").exists(), "nothing is kept in a file");
    drop(server);
    let (code, ledger) = run_json(&["verify", "ledger", "--data", &folder]);
    assert_eq!((code, &ledger["holds"]), (0, &true.into()), "{ledger}");
    let (code, rebuilt) = run_json(&["rebuild", "--data", &folder]);
    assert_eq!((code, &rebuilt["before"]), (0, &rebuilt["after"]), "{rebuilt}");
    let target = data.path().join("copy.db");
    let (code, out, err) = run(&["backup", "--data", &folder, "--to", target.to_str().unwrap()]);
    assert!(code == 1 && out.contains("× archive_mode：off") && out.contains("pg_basebackup"), "{out}{err}");
    assert!(!target.exists(), "the server copies itself");
}

#[test]
fn a_database_that_cannot_be_used_is_refused_with_what_to_do() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    std::fs::write(data.path().join("place"), "990100\n").unwrap();
    let refused = |address: &str, said: &str| {
        std::fs::write(data.path().join("database"), address).unwrap();
        let (code, _, err) = run(&["verify", "ledger", "--data", folder]);
        assert!(code == 1 && err.contains(said), "{address}: {code} {err}");
        assert!(!err.contains("geheim"), "the password is told: {err}");
    };
    refused("", "请写上数据库的地址");
    refused("host=/nowhere user=xiezhi dbname=xiezhi password=geheim", "连不上");
    refused("nonsense", "连不上");
}

/// Forms filed at all nodes at once, by whoever is free; a node that is gone is left to the others.
fn filed(
    nodes: &[SocketAddr],
    cookie: &str,
    filings: &[Filing],
    known: &Mutex<BTreeMap<String, String>>,
    seen: &(dyn Fn(usize) + Sync),
) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for node in nodes.iter().flat_map(|node| [node, node]) {
            let next = &next;
            scope.spawn(move || {
                // Signed in at one node is signed in at all.
                let open = || Window::open(Client::with_cookie(*node, "xz_account", cookie)?);
                let Ok(mut window) = open() else { return };
                while let Some(filing) = filings.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let Ok(matter) = window.file(filing) else { return };
                    let count = {
                        let mut known = known.lock().unwrap();
                        let before = known.insert(filing.key.clone(), matter.clone());
                        assert!(before.is_none_or(|before| before == matter), "sending again answers the same matter");
                        known.len()
                    };
                    seen(count);
                }
            });
        }
    });
}

#[test]
fn three_programs_serve_one_city_and_one_of_them_is_killed() {
    const FORMS: usize = 120;
    const KILLED_AT: usize = 40;
    let data = tempfile::tempdir().unwrap();
    let folder = on_a_server(data.path());
    let password = window_account(&folder);
    let start = || Server::start(&["serve", "--data", &folder, "--listen", "127.0.0.1:0"]);
    let (first, second, third) = (start(), start(), start());
    let cookie = sign_in(first.address, &password);
    let nodes = [first.address, second.address, third.address];
    let filings: Vec<Filing> = (0..FORMS).map(filing).collect();
    let known = Mutex::new(BTreeMap::new());
    let doomed = Mutex::new(Some(third));
    filed(&nodes, &cookie, &filings, &known, &|count| {
        if count >= KILLED_AT
            && let Some(third) = doomed.lock().unwrap().take()
        {
            third.kill();
        }
    });
    assert!(doomed.into_inner().unwrap().is_none(), "it was killed while they filed");
    // Everybody sends again, at the two that are left and at one that was started anew.
    let anew = start();
    filed(&[first.address, second.address, anew.address], &cookie, &filings, &known, &|_| {});
    for node in [first, second, anew] {
        assert_eq!(node.terminate(), 0);
    }
    let known = known.into_inner().unwrap();
    assert_eq!(known.len(), FORMS, "all were acknowledged in the end");
    assert_eq!(known.values().collect::<BTreeSet<_>>().len(), FORMS, "no two forms became one matter");
    let (code, ledger) = run_json(&["verify", "ledger", "--data", &folder]);
    assert_eq!((code, ledger["chains"].as_u64()), (0, Some(FORMS as u64)), "{ledger}");
    let (code, rebuilt) = run_json(&["rebuild", "--data", &folder]);
    assert_eq!((code, &rebuilt["before"]), (0, &rebuilt["after"]), "{rebuilt}");
}
