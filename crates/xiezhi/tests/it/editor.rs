//! The extension for editors: its grammar is the one the program reads by, and its logic holds.

use crate::program::{root, run};
use std::process::Command;

#[test]
fn the_grammar_of_the_extension_is_current() {
    let path = root().join("editors/vscode/grammar.json");
    let (code, exported, err) = run(&["law", "grammar", "--json"]);
    assert_eq!(code, 0, "{err}");
    if std::env::var_os("XIEZHI_BLESS").is_some() {
        std::fs::write(&path, &exported).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == exported, "editors/vscode/grammar.json is stale: run the tests once with XIEZHI_BLESS=1");
}

#[test]
fn completion_and_findings_hold_without_an_editor() {
    if !Command::new("node").arg("--version").output().is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: no Node found");
        return;
    }
    let output = Command::new("node")
        .args(["--test", "--test-reporter=spec", "lawfile.test.mjs"])
        .current_dir(root().join("editors/vscode"))
        .output()
        .unwrap();
    let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{told}");
}
