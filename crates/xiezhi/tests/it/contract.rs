//! The API against its own OpenAPI document: schemathesis asks as every role, with right data and with wrong data.
//!
//! What is asked and by whom is in `e2e/attacks/contract.py`. Where the registry of Python packages is out of reach it cannot
//! run and says so on the terminal; without Python it fails. `XIEZHI_CONTRACT=all` tries every operation, which takes long;
//! otherwise every fixed one, and all acts of a few procedures.

use crate::program::{Server, root};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The tester; what it is made of is in `contract.txt`.
const TESTER: &str = "schemathesis==4.32.5";

/// The operations of the usual run: what is fixed, and the acts of procedures with every kind of field between them.
const OPERATIONS: &str = concat!(
    "^/api/v1/(sessions|verify|worklist|procedures|procedures/\\{procedure\\}|matters/\\{matter\\}",
    "|matters/\\{matter\\}/receipts/\\{version\\}|procedures/(legal-aid|penalty|appraisal)/.*",
    "|matters/\\{matter\\}/acts/(propose-.*|grant|accept|refuse|withdraw|close|receive|assign|file-.*))$"
);

/// The tester in a folder of its own; none where the registry is out of reach.
fn tester(attacks: &Path) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(TESTER.replace("==", "-"));
    let program = folder.join("bin/schemathesis");
    if program.exists() {
        return Some(program);
    }
    let made = Command::new("python3").args(["-m", "venv"]).arg(&folder).output();
    assert!(
        made.as_ref().is_ok_and(|output| output.status.success()),
        "Python with venv is needed (python3-venv): {made:?}"
    );
    let pins = attacks.join("contract.txt");
    let mut brings = Command::new(folder.join("bin/pip"));
    let brought = brings.args(["install", "--quiet", TESTER, "--constraint"]).arg(pins).output().expect("pip runs");
    let said = String::from_utf8_lossy(&brought.stderr);
    if said.contains("after connection broken by") && !brought.status.success() {
        // Past the test harness, which keeps what a test prints when it holds.
        let told = "skipped: the API is NOT tried by schemathesis: the registry of Python packages is out of reach";
        writeln!(std::io::stderr(), "{told}\n{said}").expect("a terminal");
        return None;
    }
    assert!(brought.status.success(), "{TESTER} cannot be installed: {said}");
    Some(program)
}

#[test]
fn the_api_keeps_to_its_document_whoever_asks_and_whatever_is_sent() {
    let attacks = root().join("e2e/attacks").canonicalize().unwrap();
    let Some(program) = tester(&attacks) else { return };
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(&["demo", "--data", data.path().to_str().unwrap(), "--listen", "127.0.0.1:0"]);
    let origin = format!("http://{}", server.address);
    let mut asks = Command::new(program);
    asks.current_dir(data.path())
        .env("SCHEMATHESIS_HOOKS", "contract")
        .env("PYTHONPATH", &attacks)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("XIEZHI_ORIGIN", &origin)
        .env("XIEZHI_ACCOUNTS", data.path().join("accounts.txt"))
        .arg("--config-file")
        .arg(attacks.join("contract.toml"))
        .args(["run", &format!("{origin}/api/openapi.json"), "--phases", "coverage,fuzzing", "--seed", "1"])
        .args(["--max-examples", "4", "--no-shrink", "--continue-on-failure", "--warnings", "off"])
        .args(["--suppress-health-check", "all"]);
    if std::env::var("XIEZHI_CONTRACT").is_ok_and(|asked| asked == "all") {
        asks.args(["--max-time", "3600"]);
    } else {
        asks.args(["--include-path-regex", OPERATIONS, "--max-time", "60"]);
    }
    let told = asks.output().expect("the tester runs");
    let said = String::from_utf8_lossy(&told.stdout);
    assert!(told.status.success(), "{said}{}", String::from_utf8_lossy(&told.stderr));
    assert!(said.contains("Test cases:"), "it asked something: {said}");
}
