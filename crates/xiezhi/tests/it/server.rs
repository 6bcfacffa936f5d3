//! The same city on a server: founded, read, worked at, verified and rebuilt on PostgreSQL.

use crate::cluster;
use crate::program::{Server, run, run_json};
use std::path::Path;

fn city(data: &Path) -> (String, Server) {
    std::fs::create_dir_all(data).unwrap();
    cluster::make(data);
    std::fs::write(data.join("database"), format!("{}\n", cluster::url(data))).unwrap();
    let folder = data.to_str().unwrap().to_owned();
    let server = Server::start(&["demo", "--data", &folder, "--listen", "127.0.0.1:0"]);
    (folder, server)
}

#[test]
fn a_city_lives_on_a_server() {
    let data = tempfile::tempdir().unwrap();
    let (folder, server) = city(data.path());
    let mut browser = crate::http::Client::connect(server.address).unwrap();
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
    let (code, _, err) = run(&["backup", "--data", &folder, "--to", target.to_str().unwrap()]);
    assert!(code == 1 && err.contains("服务器"), "{err}");
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
