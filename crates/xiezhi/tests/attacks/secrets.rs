//! Secrets in the program; accounts that everybody knows.

use crate::city::{city, root};
use std::fs;
use std::process::Command;

#[test]
fn no_account_that_everybody_knows_gets_in() {
    let city = city();
    let logins =
        ["admin", "root", "ry", "jeecg", "test", "guest", "user", "demo", "sa", "druid", "xiezhi", "administrator"];
    let passwords =
        ["", "admin", "123456", "admin123", "password", "111111", "888888", "root", "ruoyi", "Admin@123", "xiezhi"];
    city.is_unchanged_by(|| {
        let mut browser = city.stranger();
        let csrf = browser.get("/desk/sign-in").hidden("csrf");
        for login in logins {
            for password in passwords {
                let mut browser = browser.elsewhere();
                let fields = [("csrf", csrf.as_str()), ("account", login), ("password", password)];
                let reply = browser.post("/desk/sign-in", &fields);
                assert_eq!(reply.status, 422, "{login} {password}");
                assert!(!browser.cookies.contains_key("xz_account"), "{login} {password}");
            }
        }
        // Nor is a password of somebody the name of the account.
        for login in city.logins().step_by(11) {
            let fields = [("csrf", csrf.as_str()), ("account", login), ("password", login)];
            assert_eq!(browser.elsewhere().post("/desk/sign-in", &fields).status, 422, "{login}");
        }
    });
}

/// The runs of printed characters in the binary that are longer than a key.
fn strings_of_the_program() -> Vec<String> {
    let bytes = fs::read(env!("CARGO_BIN_EXE_xiezhi")).unwrap();
    let runs = bytes.split(|byte| !(0x20..0x7f).contains(byte)).filter(|run| run.len() >= 12);
    runs.map(|run| String::from_utf8_lossy(run).into_owned()).collect()
}

/// The hash of nothing, compared with where there is no such account, so that it takes as long.
const DECOY: &str = concat!("$argon2", "id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$");

fn is_secret(text: &str) -> bool {
    let text = text.replace(DECOY, "");
    let marks = [
        concat!("-----BEGIN ", "PRIVATE KEY"),
        concat!("-----BEGIN ", "RSA PRIVATE"),
        concat!("-----BEGIN ", "EC PRIVATE"),
        concat!("$argon2", "id$v=19$"),
        concat!("$2", "a$10$"),
        concat!("kPH+bIxk5D2deZi", "IxcaaaA=="),
        concat!("fCq+/xW488hMTCD", "+cmJ3aQ=="),
        concat!("admin", "123"),
    ];
    marks.iter().any(|mark| text.contains(mark))
}

#[test]
fn neither_the_program_nor_the_repository_holds_a_secret() {
    let strings = strings_of_the_program();
    assert!(strings.len() > 10_000, "the program has strings");
    let found: Vec<&String> = strings.iter().filter(|text| is_secret(text)).collect();
    assert!(found.is_empty(), "{found:?}");
    // The passwords of this very city are not in the program that made it.
    let city = city();
    for login in city.logins().step_by(80) {
        let password = city.password(login);
        assert!(!strings.iter().any(|text| text.contains(password)), "{login}");
    }
    let listed = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output();
    let Some(listed) = listed.ok().filter(|output| output.status.success()) else {
        println!("skipped: the files of the repository (no git here)");
        return;
    };
    let own = "crates/xiezhi/tests/attacks/secrets.rs";
    let paths = String::from_utf8(listed.stdout).unwrap();
    for path in paths.split('\0').filter(|path| !path.is_empty() && *path != own) {
        let Ok(bytes) = fs::read(root().join(path)) else { continue };
        let text = String::from_utf8_lossy(&bytes);
        let line = text.lines().find(|line| is_secret(line));
        // A test may hold a password that is refused; a hash or a key nobody may.
        let excused =
            path.contains("/tests/") && line.is_some_and(|line| !line.contains("$argon2") && !line.contains("BEGIN"));
        assert!(line.is_none() || excused, "{path}: {line:?}");
    }
}
