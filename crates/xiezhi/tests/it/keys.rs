//! Another master key while the service runs, and masters that lie in another program.

use crate::program::{Server, run, run_json};
use serde_json::{Value as Json, json};
use std::path::Path;

fn demo(folder: &str) -> Server {
    Server::start(&["demo", "--data", folder, "--listen", "127.0.0.1:0"])
}

fn key_file(folder: &Path) -> Json {
    serde_json::from_str(&std::fs::read_to_string(folder.join("keys.json")).unwrap()).unwrap()
}

fn holds(folder: &str) {
    let (code, ledger) = run_json(&["verify", "ledger", "--data", folder]);
    assert_eq!((code, &ledger["holds"]), (0, &true.into()), "{ledger}");
}

#[test]
fn the_master_is_changed_beside_a_running_program_and_a_change_goes_on_where_it_ended() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    let server = demo(folder);
    let before = key_file(data.path());
    let (code, done) = run_json(&["keys", "rotate", "--data", folder, "--batch", "7"]);
    assert_eq!(code, 0, "{done}");
    assert!(done["persons"].as_u64().unwrap() > 20 && done["messages"].as_u64().unwrap() > 0, "{done}");
    let after = key_file(data.path());
    assert!(after["master"] != before["master"] && after.get("older").is_none() && after.get("next").is_none());
    assert_eq!((&after["linking"], &after["signing"]), (&before["linking"], &before["signing"]));
    let (_, list) = run_json(&["keys", "list", "--data", folder]);
    assert_eq!(list["working"][0]["masters"][0], done["masters"][0], "the running program was waited for: {list}");
    holds(folder);
    drop(server);

    // The master of before lies in a file of its own, for backups made before; nothing here opens under it any more.
    let aside = done["aside"][0].as_str().unwrap();
    let retired: Json = serde_json::from_str(&std::fs::read_to_string(aside).unwrap()).unwrap();
    assert_eq!(retired["master"], before["master"]);
    std::fs::copy(aside, data.path().join("keys.json")).unwrap();
    let (code, ledger) = run_json(&["verify", "ledger", "--data", folder]);
    assert!(code == 1 && ledger["holds"] != true, "{ledger}");

    // A change that was cut off after its second step: the new master wraps, all is still under the old one.
    let cut_off = json!({ "master": "1f2e3d4c5b6a79880716253443526170", "older": [after["master"]],
                          "linking": after["linking"], "signing": after["signing"] });
    std::fs::write(data.path().join("keys.json"), cut_off.to_string()).unwrap();
    holds(folder);
    let (code, done) = run_json(&["keys", "rotate", "--data", folder]);
    assert!(code == 0 && done["persons"].as_u64().unwrap() > 20, "{done}");
    let ended = key_file(data.path());
    assert_eq!((&ended["master"], ended.get("older")), (&cut_off["master"], None), "no third master was made");
    holds(folder);
}

#[cfg(unix)]
#[test]
fn masters_may_lie_in_another_program() {
    use std::os::unix::fs::PermissionsExt;
    let data = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    drop(demo(folder));
    let (keys, held) = (data.path().join("keys.json"), elsewhere.path().join("held.json"));
    let linking = key_file(data.path())["linking"].clone();
    std::fs::rename(&keys, &held).unwrap();
    std::fs::write(&keys, json!({ "linking": linking }).to_string()).unwrap();
    std::fs::set_permissions(&keys, PermissionsExt::from_mode(0o600)).unwrap();
    let script = elsewhere.path().join("vault.sh");
    let text = format!("#!/bin/sh\nexec {} keys vault --file {}\n", env!("CARGO_BIN_EXE_xiezhi"), held.display());
    std::fs::write(&script, text).unwrap();
    std::fs::set_permissions(&script, PermissionsExt::from_mode(0o700)).unwrap();
    std::fs::write(data.path().join("vault"), format!("{}\n", script.display())).unwrap();

    holds(folder);
    let server = demo(folder);
    let (code, list) = run_json(&["keys", "list", "--data", folder]);
    assert_eq!((code, list["masters"].as_array().map(Vec::len)), (0, Some(1)), "{list}");
    drop(server);

    std::fs::write(data.path().join("vault"), "/bin/false\n").unwrap();
    let (code, _, err) = run(&["verify", "ledger", "--data", folder]);
    assert!(code == 1 && err.contains("代管密钥的程序"), "{err}");
    std::fs::write(data.path().join("vault"), "vault.sh\n").unwrap();
    let (code, _, err) = run(&["verify", "ledger", "--data", folder]);
    assert!(code == 1 && err.contains("绝对路径"), "{err}");
}
