//! What the commands answer, as text and as data, and how they end.

use crate::program::{Server, laws, root, run, run_json};
use std::path::Path;

#[test]
fn the_law_of_this_repository_holds_and_every_citation_resolves() {
    let corpus = laws("citations are not resolved to articles");
    let folder = corpus.as_ref().map(|path| path.display().to_string());
    let mut args = vec!["check", "law"];
    args.extend(folder.iter().flat_map(|folder| ["--corpus", folder.as_str()]));
    let (code, out, err) = run(&args);
    assert_eq!(code, 0, "{out}{err}");
    let (code, data) = run_json(&args);
    assert_eq!((code, &data["holds"]), (0, &true.into()));
    for (key, at_least) in [("matters", 1), ("stages", 19), ("acts", 40), ("limits", 7), ("worked_cases", 17)] {
        let number = data[key].as_u64().unwrap();
        assert!(number >= at_least, "{key} is {number}");
        assert!(out.contains(&number.to_string()), "{out}");
    }
    if corpus.is_some() {
        assert_eq!(data["resolved"], data["citations"]);
        assert!(out.contains("100%"), "{out}");
    }
    let (_, open, _) = run(&["check", "--open"]);
    assert_eq!(open.matches("待核〔").count(), data["open_points"].as_array().unwrap().len());
}

/// The broken law files of the statute crate, each in the surroundings they were written for.
#[test]
fn broken_law_files_give_their_diagnostics_and_end_with_1() {
    let tests = root().join("crates/statute/tests");
    let mut count = 0;
    for entry in std::fs::read_dir(tests.join("broken")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let expected = std::fs::read_to_string(path.with_extension("expected")).unwrap();
        let law = tempfile::tempdir().unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        lay_out(&tests.join("base"), &path, law.path());
        let folder = law.path().to_str().unwrap();
        let (code, out, err) = run(&["check", folder]);
        assert_eq!(code, 1, "{name}: {out}{err}");
        let (_, data) = run_json(&["check", folder]);
        let found: Vec<&str> =
            data["diagnostics"].as_array().unwrap().iter().map(|d| d["code"].as_str().unwrap()).collect();
        for line in expected.lines().filter(|line| line.starts_with("错误[")) {
            // Without a corpus nobody can know whether an article exists.
            if !line.starts_with("错误[unknown-article]") {
                assert!(out.contains(line), "{name} says: {line}\n{out}");
                let code = line.trim_start_matches("错误[").split(']').next().unwrap();
                assert!(found.contains(&code), "{name}: {found:?}");
            }
        }
        count += 1;
    }
    assert!(count >= 5, "at least five broken files");
}

fn lay_out(base: &Path, broken: &Path, law: &Path) {
    let files = [("statutes.md", "statutes.md"), ("places/990100.md", "place.md"), ("calendar/2026.md", "calendar.md")];
    for room in ["places", "calendar", "services", "papers/demo"] {
        std::fs::create_dir_all(law.join(room)).unwrap();
    }
    for (to, from) in files {
        std::fs::copy(base.join(from), law.join(to)).unwrap();
    }
    std::fs::write(law.join("papers/demo/refusal.typ"), "").unwrap();
    std::fs::copy(broken, law.join("services").join(broken.file_name().unwrap())).unwrap();
}

#[test]
fn a_due_date_is_found_and_explained() {
    let example = ["clock", "--statute", "法律援助法", "--from", "2026-02-13", "--within", "7d"];
    let (code, out, _) = run(&example);
    assert_eq!(code, 0);
    assert_eq!(
        out,
        "到期日 2026-02-24（2026年2月24日）\n\
         《法律援助法》7日，自2026-02-13起，按自然日计算（附则无换算条款）（民法典:200）\n  \
         1. 2026年2月13日是开始的当日，不计入，从次日起算（民法典第二百零一条）。\n  \
         2. 按自然日计算，第7日是2026年2月20日；期间内的休息日照算。\n  \
         3. 最后一日2026年2月20日是春节，不上班，顺延到其后第一个工作日2026年2月24日（民法典第二百零三条）。\n"
    );
    let (code, data) = run_json(&example);
    assert_eq!((code, data["due"].as_str(), data["unit"].as_str()), (0, Some("2026-02-24"), Some("natural-day")));
    assert_eq!(data["cite"], "民法典:200");
    assert_eq!(data["steps"].as_array().unwrap().len(), 3);
    for step in data["steps"].as_array().unwrap() {
        assert!(out.contains(step["text"].as_str().unwrap()), "text and data say the same");
    }
}

#[test]
fn days_count_as_the_statute_says_and_stops_are_not_counted() {
    let check = |args: &[&str], due: &str, unit: &str| {
        let (code, data) = run_json(&[&["clock"], args].concat());
        assert_eq!((code, data["due"].as_str(), data["unit"].as_str()), (0, Some(due), Some(unit)), "{args:?}");
    };
    check(&["--statute", "行政复议法", "--from", "2026-03-02", "--within", "5d"], "2026-03-09", "working-day");
    check(&["--statute", "法律援助法", "--from", "2026-03-02", "--within", "5wd"], "2026-03-09", "working-day");
    check(&["--statute", "行政复议法", "--from", "2026-03-02", "--within", "5nd"], "2026-03-09", "natural-day");
    check(&["--statute", "行政复议法", "--from", "2026-01-31", "--within", "1m"], "2026-02-28", "month");
    check(&["--statute", "法律援助法", "--from", "2026-03-02T10:30", "--within", "24h"], "2026-03-03T10:30:00", "hour");
    let stop =
        ["--statute", "法律援助法", "--from", "2026-03-02", "--within", "7d", "--stop", "2026-03-04..2026-03-07"];
    check(&stop, "2026-03-12", "natural-day");
}

#[test]
fn what_is_not_known_is_said_and_a_question_not_understood_ends_with_2() {
    let check = |args: &[&str], code: i32, words: &str| {
        let (found, out, err) = run(&[&["clock"], args].concat());
        assert_eq!(found, code, "{args:?}: {out}{err}");
        assert!(err.contains(words), "{args:?}: {err}");
    };
    check(&["--statute", "法律援助法", "--from", "2027-03-02", "--within", "7d"], 1, "2027年的节假日安排尚未录入");
    check(&["--statute", "没有这部法", "--from", "2026-03-02", "--within", "7d"], 1, "不知道它怎样数日");
    check(&["--statute", "法律援助法", "--from", "2021-03-02", "--within", "7d"], 1, "还不适用");
    check(&["--statute", "法律援助法", "--from", "2026-03-02", "--within", "7q"], 2, "看不懂期限");
    check(&["--statute", "法律援助法", "--from", "三月二日", "--within", "7d"], 2, "看不懂日期");
    check(&["--statute", "法律援助法"], 2, "--from");
    let (code, data) = run_json(&["clock", "--statute", "法律援助法", "--from", "2027-03-02", "--within", "7d"]);
    assert_eq!(code, 1);
    assert!(data["error"].as_str().unwrap().contains("2027年"));
}

#[test]
fn a_data_directory_is_started_checked_rebuilt_and_backed_up() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    let server = Server::start(&["serve", "--data", folder, "--listen", "127.0.0.1:0", "--place", "990100"]);
    assert_eq!(crate::http::Client::connect(server.address).unwrap().get("/").unwrap().status, 200);
    assert_eq!(server.terminate(), 0, "SIGTERM ends it in good order");

    let (code, out, err) = run(&["accounts", "add", "chen", "陈敏", "aid-east:aid-clerk", "--data", folder]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("密码"));
    let (code, _, err) = run(&["accounts", "add", "chen", "陈敏", "aid-east:aid-clerk", "--data", folder]);
    assert!(code == 1 && err.contains("已经有人用了"), "{err}");
    let (code, _, err) = run(&["accounts", "add", "li", "李", "nowhere:aid-clerk", "--data", folder]);
    assert!(code == 1 && err.contains("没有岗位"), "{err}");

    if let Some(corpus) = laws("no statutes are imported") {
        let (code, counted) = run_json(&["law", "import", corpus.to_str().unwrap(), "--data", folder]);
        assert_eq!((code, counted["statutes"].as_u64()), (0, Some(83)));
        let (code, checked) = run_json(&["check", "--data", folder]);
        assert_eq!((code, &checked["resolved"]), (0, &checked["citations"]));
    }
    let (code, ledger) = run_json(&["verify", "ledger", "--data", folder]);
    assert_eq!((code, &ledger["holds"]), (0, &true.into()));
    let (code, rebuilt) = run_json(&["rebuild", "--data", folder]);
    assert_eq!((code, &rebuilt["before"]), (0, &rebuilt["after"]));
    let copy = data.path().join("copy.db");
    let (code, _) = run_json(&["backup", "--data", folder, "--to", copy.to_str().unwrap()]);
    assert_eq!(code, 0);
    let (code, _, err) = run(&["backup", "--data", folder, "--to", copy.to_str().unwrap()]);
    assert_eq!(code, 1, "a backup never overwrites: {err}");
    restored(data.path(), &copy, &ledger);
    let (code, ticked) = run_json(&["tick", "--data", folder]);
    assert_eq!((code, ticked["performed"].as_array().map(Vec::len)), (0, Some(0)));
}

/// A backup in another directory says what the original said; what is not whole, or in the way, is refused untouched.
fn restored(data: &Path, copy: &Path, original: &serde_json::Value) {
    let other = tempfile::tempdir().unwrap();
    let folder = other.path().to_str().unwrap();
    let restore = |from: &Path| run(&["restore", "--from", from.to_str().unwrap(), "--data", folder]);
    let refused = |from: &Path, said: &str| {
        let (code, _, err) = restore(from);
        assert!(code == 1 && err.contains(said), "{said}: {code} {err}");
        assert!(!other.path().join("xiezhi.db").exists());
    };
    refused(copy, "keys.json");
    std::fs::copy(data.join("keys.json"), other.path().join("keys.json")).unwrap();
    let short = other.path().join("short.db");
    let bytes = std::fs::read(copy).unwrap();
    std::fs::write(&short, &bytes[..bytes.len() / 2]).unwrap();
    refused(&short, "不能用");
    std::fs::write(&short, "no database at all, but some bytes that were found somewhere").unwrap();
    refused(&short, "不能用");
    std::fs::write(other.path().join("place"), "110000\n").unwrap();
    refused(copy, "请换一个目录");
    std::fs::remove_file(other.path().join("place")).unwrap();
    halted(copy, other.path());
    let (code, restored) = run_json(&["restore", "--from", copy.to_str().unwrap(), "--data", folder]);
    assert_eq!(code, 0, "{restored}");
    assert_eq!((&restored["ledger"]["holds"], &restored["ledger"]["acts"]), (&true.into(), &original["acts"]));
    let (code, _, err) = restore(copy);
    assert!(code == 1 && err.contains("不覆盖"), "{err}");
}

/// A copy that stops in the middle, as on a full disk, leaves the folder as it was; so does one that cannot begin.
fn halted(copy: &Path, folder: &Path) {
    let there = || {
        let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        names.collect::<std::collections::BTreeSet<_>>()
    };
    let data = folder.to_str().unwrap();
    let words = ["restore", "--from", copy.to_str().unwrap(), "--data", data];
    let before = there();
    // Files of at most 64 blocks: the system refuses the next byte, and no signal ends the program first.
    let small = "trap '' XFSZ; ulimit -f 64; exec \"$0\" \"$@\"";
    let mut limited = std::process::Command::new("sh");
    let said = limited.args(["-c", small, env!("CARGO_BIN_EXE_xiezhi")]).args(words).output().unwrap();
    let err = String::from_utf8_lossy(&said.stderr);
    assert!(said.status.code() == Some(1) && err.contains("没有抄完"), "{said:?}");
    assert_eq!(there(), before, "nothing is left of half a copy");
    std::fs::create_dir(folder.join("xiezhi.db.restoring")).unwrap();
    let (code, _, err) = run(&words);
    assert!(code == 1 && err.contains("没有抄完"), "{err}");
    std::fs::remove_dir(folder.join("xiezhi.db.restoring")).unwrap();
    assert_eq!(there(), before, "no place is noted for a database that is not there");
}
