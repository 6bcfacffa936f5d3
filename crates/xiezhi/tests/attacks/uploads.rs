//! Files that a scanner finds harmful, and a scanner that is gone.

use crate::browser::{Browser, Reply};
use crate::city::held;
use crate::forms::application;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};

const OPENING: &str = "/desk/open/legal-aid/apply?channel=judicial-office";

/// Lays one file into the form of a window, without sending the form.
fn lay(browser: &mut Browser, csrf: &str, key: &str, name: &str, bytes: &[u8]) -> Reply {
    let mut texts = application(7, csrf, key);
    texts.push(("upload".into(), "yes".into()));
    let texts: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    browser.upload(OPENING, &texts, &[("id-copy", name, bytes)])
}

/// A scanner of our own beside the tests, with one signature: the bytes `xiezhi-harmful`.
fn clamd(folder: &Path) -> Option<(Child, String)> {
    let port = std::net::TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port();
    let base = folder.join("signatures");
    fs::create_dir(&base).unwrap();
    fs::write(base.join("own.ndb"), format!("Xiezhi.Test:0:*:{}\n", hex::encode("xiezhi-harmful"))).unwrap();
    let lines = format!(
        "TCPSocket {port}\nTCPAddr 127.0.0.1\nDatabaseDirectory {}\nForeground yes\nLogTime no\n",
        base.display()
    );
    fs::write(folder.join("clamd.conf"), lines).unwrap();
    let programs = ["clamd", "/usr/sbin/clamd"];
    let started = programs.iter().find_map(|program| {
        let config = format!("--config-file={}", folder.join("clamd.conf").display());
        Command::new(program).arg(config).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()
    });
    let Some(mut child) = started else {
        println!("skipped: a file with a signature (clamd is not installed)");
        return None;
    };
    // It answers when it has read its signatures.
    for _ in 0..30_000_000_u64 {
        let answer =
            std::net::TcpStream::connect(("127.0.0.1", port)).and_then(|mut socket| socket.write_all(b"zPING\0"));
        if answer.is_ok() {
            return Some((child, format!("127.0.0.1:{port}")));
        }
        if child.try_wait().unwrap().is_some() {
            println!("skipped: a file with a signature (clamd ended)");
            return None;
        }
        std::thread::yield_now();
    }
    panic!("clamd does not answer")
}

#[test]
fn a_harmful_file_is_refused_and_without_the_scanner_no_file_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let Some((mut scanner, address)) = clamd(folder.path()) else { return };
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    let name = data.to_str().unwrap();
    let args = ["serve", "--scan", &address, "--listen", "127.0.0.1:0", "--place", "990100", "--data", name];
    let (_held, site, _) = held(&args, &folder.path().join("log"));
    let mut add = Command::new(env!("CARGO_BIN_EXE_xiezhi"));
    let made =
        add.args(["accounts", "add", "window", "窗口", "judicial-east-1:window", "--json", "--data", name]).output();
    let made: serde_json::Value = serde_json::from_slice(&made.unwrap().stdout).unwrap();
    let mut browser = Browser::new(site);
    let csrf = browser.get("/desk/sign-in").hidden("csrf");
    let fields = [("csrf", csrf.as_str()), ("account", "window"), ("password", made["password"].as_str().unwrap())];
    assert_eq!(browser.post("/desk/sign-in", &fields).status, 303);
    let csrf = browser.get(OPENING).hidden("csrf");
    let png = |what: &str| [b"\x89PNG\r\n\x1a\n ".as_slice(), what.as_bytes()].concat();
    let good = lay(&mut browser, &csrf, &"1".repeat(32), "good.png", &png("harmless"));
    assert!(good.text().contains("/files/"), "{}", good.words());
    let bad = lay(&mut browser, &csrf, &"2".repeat(32), "bad.png", &png("xiezhi-harmful"));
    assert!(bad.status == 422 && bad.words().contains("查出了病毒"), "{} {}", bad.status, bad.words());
    assert!(
        !bad.text().contains("/files/") && bad.text().contains("湖滨街道一号院"),
        "the file is not kept, the text is"
    );
    scanner.kill().unwrap();
    scanner.wait().unwrap();
    let down = lay(&mut browser, &csrf, &"3".repeat(32), "good.png", &png("harmless"));
    assert!(down.status == 422 && down.words().contains("病毒查不了"), "{} {}", down.status, down.words());
    assert!(down.text().contains("湖滨街道一号院"), "nothing typed is lost");
}
