//! Journeys of people in a real browser: the scripts in `e2e/journeys`, run against this binary.
//!
//! Without Node or Chromium they cannot run; the test says so in a line instead of passing silently. In CI both
//! are installed first.

use std::path::{Path, PathBuf};
use std::process::Command;

fn journeys() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../e2e")
}

fn browser() -> Option<PathBuf> {
    let named = std::env::var_os("XIEZHI_CHROMIUM").map(PathBuf::from);
    let usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].map(PathBuf::from);
    named.into_iter().chain(usual).find(|path| path.exists())
}

fn has_node() -> bool {
    Command::new("node").arg("--version").output().is_ok_and(|output| output.status.success())
}

/// Brings the packages the journeys use, where they are not there yet.
fn bring_packages(folder: &Path) {
    if ["playwright-core", "bpmn-moddle", "oidc-provider"]
        .iter()
        .all(|name| folder.join("node_modules").join(name).exists())
    {
        return;
    }
    let npm = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(folder)
        .status();
    assert!(
        npm.is_ok_and(|status| status.success()),
        "`npm ci` in e2e/ failed: the journeys need the packages of e2e/package-lock.json"
    );
}

/// Runs a file of tests in a city of its own, where there are a browser and Node.
pub fn walk(file: &str) {
    if can_walk() {
        node(file, browser().as_deref(), None);
    }
}

/// Walks in a city that runs already, given as `origin,folder`.
pub fn walk_at(file: &str, site: &str) {
    node(file, browser().as_deref(), Some(site));
}

/// Whether there are a browser and Node; otherwise a line says what is skipped.
pub fn can_walk() -> bool {
    if browser().is_none() {
        eprintln!("skipped: no Chromium found; install it or name it in XIEZHI_CHROMIUM");
        return false;
    }
    if !has_node() {
        eprintln!("skipped: no Node found");
        return false;
    }
    true
}

/// Runs a file of tests in `e2e/`.
fn node(file: &str, browser: Option<&Path>, site: Option<&str>) {
    let folder = journeys();
    bring_packages(&folder);
    let output = Command::new("node")
        .args(["--test", "--test-reporter=spec", "--test-timeout=900000", file])
        .current_dir(&folder)
        .env("XIEZHI_BINARY", env!("CARGO_BIN_EXE_xiezhi"))
        .envs(browser.map(|browser| ("XIEZHI_CHROMIUM", browser)))
        .envs(site.map(|site| ("XIEZHI_SITE", site)))
        .output()
        .unwrap();
    let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{file}:\n{told}");
}

#[test]
fn the_whole_procedure() {
    walk("journeys/whole.test.mjs");
}

#[test]
fn every_kind_of_person() {
    walk("journeys/people.test.mjs");
}

#[test]
fn an_identity_of_another_house_and_passkeys() {
    walk("journeys/identity.test.mjs");
}

#[test]
fn five_other_procedures() {
    walk("journeys/procedures.test.mjs");
}

#[test]
fn a_minors_file_is_sealed() {
    walk("journeys/sealing.test.mjs");
}

#[test]
fn every_procedure_is_drawn_for_other_tools() {
    if has_node() {
        node("drawings/bpmn.test.mjs", None, None);
    } else {
        eprintln!("skipped: no Node found");
    }
}
