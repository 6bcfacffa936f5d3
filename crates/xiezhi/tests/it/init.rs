//! The first start: three administrators, each secret shown once, and posts by the one who may.

use crate::program::{run, run_json};
use std::collections::BTreeSet;

/// Every byte under a folder.
fn bytes_below(folder: &std::path::Path) -> Vec<u8> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        found.extend(if path.is_dir() { bytes_below(&path) } else { std::fs::read(path).unwrap() });
    }
    found
}

#[test]
fn init_makes_three_administrators_once_and_keeps_no_password() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    let (code, made) = run_json(&["init", "--data", folder, "--place", "990100"]);
    assert_eq!(code, 0, "{made}");
    let made = made["first_accounts"].as_array().unwrap();
    let text = |one: &serde_json::Value, key: &str| one[key].as_str().unwrap().to_owned();
    let logins: Vec<String> = made.iter().map(|one| text(one, "login")).collect();
    assert_eq!(logins, ["operator", "security", "auditor"]);
    let passwords: BTreeSet<String> = made.iter().map(|one| text(one, "password")).collect();
    assert_eq!(passwords.len(), 3);
    let kept = bytes_below(data.path());
    for password in &passwords {
        assert!(!kept.windows(password.len()).any(|part| part == password.as_bytes()), "a password is in a file");
    }
    let (code, out, err) = run(&["init", "--data", folder]);
    assert!(code == 1 && err.contains("已经初始化过"), "{code} {out}{err}");
    assert!(!out.contains("密码   "), "{out}");
}

#[test]
fn posts_are_given_and_ended_by_the_security_administrator_alone() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    assert_eq!(run(&["init", "--data", folder, "--place", "990100"]).0, 0);
    let (code, _, err) =
        run(&["accounts", "add", "both", "两任", "bureau-city:operator", "bureau-city:auditor", "--data", folder]);
    assert!(code == 1 && err.contains("不能由同一个人担任"), "{err}");
    assert_eq!(run(&["accounts", "add", "chen", "陈敏", "--data", folder]).0, 0);
    let grant =
        |login: &str, post: &str, by: &str| run(&["accounts", "grant", login, post, "--by", by, "--data", folder]);
    for (login, post, by, said) in [
        ("chen", "aid-east:aid-clerk", "operator", "不是安全管理员"),
        ("security", "aid-east:aid-clerk", "security", "不能任免自己的岗位"),
        ("operator", "bureau-city:auditor", "security", "不能由同一个人担任"),
        ("nobody", "aid-east:aid-clerk", "security", "没有登录名“nobody”"),
        ("chen", "aid-east:nothing", "security", "没有岗位“aid-east:nothing”"),
    ] {
        let (code, _, err) = grant(login, post, by);
        assert!(code == 1 && err.contains(said), "{login} {post} {by}: {err}");
    }
    let (code, out, err) = grant("chen", "aid-east:aid-clerk", "security");
    assert!(code == 0 && out.contains("已任命chen担任aid-east:aid-clerk"), "{out}{err}");
    let end = || run(&["accounts", "end", "chen", "aid-east:aid-clerk", "--by", "security", "--data", folder]);
    let (code, out, err) = end();
    assert!(code == 0 && out.contains("已免去chen"), "{out}{err}");
    let (code, _, err) = end();
    assert!(code == 1 && err.contains("没有担任这个岗位"), "{err}");
    let (code, ledger) = run_json(&["verify", "ledger", "--data", folder]);
    assert_eq!((code, &ledger["holds"]), (0, &true.into()), "{ledger}");
}

#[test]
fn second_factors_are_demanded_and_taken_off_by_the_security_administrator_alone() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    assert_eq!(run(&["init", "--data", folder, "--place", "990100"]).0, 0);
    let from = |day: &str, by: &str| run(&["accounts", "factor-from", day, "--by", by, "--data", folder]);
    assert!(from("none", "operator").2.contains("不是安全管理员"));
    assert!(from("soon", "security").2.contains("“soon”不是日期"));
    let (code, out, err) = from("2026-03-01", "security");
    assert!(code == 0 && out.contains("从2026-03-01起要有"), "{out}{err}");
    let off = |login: &str, by: &str| run(&["accounts", "factor-off", login, "--by", by, "--data", folder]);
    for (login, by, said) in [
        ("operator", "operator", "不是安全管理员"),
        ("security", "security", "要取消的是自己的"),
        ("nobody", "security", "没有登录名“nobody”"),
        ("operator", "security", "operator没有二次验证，不用取消"),
    ] {
        let (code, _, err) = off(login, by);
        assert!(code == 1 && err.contains(said), "{login} {by}: {err}");
    }
}
