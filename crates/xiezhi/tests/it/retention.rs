//! What need no longer be kept, as an archivist at the command line meets it.

use crate::program::{Server, run, run_json};
use serde_json::Value as Json;

fn archivists(folder: &str) {
    drop(Server::start(&["demo", "--data", folder, "--listen", "127.0.0.1:0"]));
    for (login, name) in [("dang-yi", "党档案"), ("dang-er", "单档案")] {
        let (code, _, err) = run(&["accounts", "add", login, name, "bureau-city:archivist", "--data", folder]);
        assert_eq!(code, 0, "{err}");
    }
}

fn refused(answer: (i32, Json), words: &str) {
    let (code, data) = answer;
    assert!(code == 1 && data["error"].as_str().is_some_and(|error| error.contains(words)), "{words}: {data}");
}

#[test]
fn an_archivist_lists_holds_and_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    archivists(folder);
    let list = |on: &[&str]| run_json(&[&["retention", "list", "--data", folder], on].concat());
    let (code, today) = list(&[]);
    assert_eq!((code, today["due"].as_array().map(Vec::len)), (0, Some(0)), "{today}");
    let (code, one_day) = list(&["--on", "2099-01-01"]);
    let due = one_day["due"].as_array().unwrap();
    assert!(code == 0 && due.len() >= 3, "{one_day}");
    let number = due[0]["number"].as_str().unwrap();
    for key in ["title", "closed_on", "term", "kept_until"] {
        assert!(due[0][key].is_string(), "{key}: {one_day}");
    }
    assert_eq!(run(&["retention", "list", "--data", folder, "--on", "2099-13-01"]).0, 2);

    let does = |what: &str, number: &str, by: &str, more: &[&str]| {
        run_json(&[&["retention", what, number, "--by", by, "--data", folder], more].concat())
    };
    refused(does("propose", number, "operator", &[]), "没有档案管理岗");
    refused(does("propose", "〔2026〕没有第1号", "dang-yi", &[]), "没有编号");
    refused(does("propose", number, "dang-yi", &[]), "还不能销毁");
    refused(does("dispose", number, "dang-er", &[]), "还不能销毁");
    let why = ["--reason", "调卷函第7号", "--authority", "示范市监察委员会"];
    let (code, held) = does("hold", number, "dang-yi", &why);
    assert!(code == 0 && held["act"].is_u64(), "{held}");
    refused(does("hold", number, "dang-er", &why), "同样的原因");
    let (_, one_day) = list(&["--on", "2099-01-01"]);
    let of_it = one_day["due"].as_array().unwrap().iter().find(|one| one["number"] == number).unwrap();
    assert_eq!(of_it["holds"][0]["authority"], "示范市监察委员会");
    let (_, text, _) = run(&["retention", "list", "--data", folder, "--on", "2099-01-01"]);
    assert!(text.contains("暂缓销毁：") && text.contains("调卷函第7号"), "{text}");
    assert_eq!(does("release", number, "dang-er", &["--reason", "案件已结"]).0, 0);
    refused(does("release", number, "dang-er", &["--reason", "案件已结"]), "没有这样的暂缓");

    let (code, ledger) = run_json(&["verify", "ledger", "--data", folder]);
    assert_eq!((code, &ledger["holds"], &ledger["disposed"]), (0, &true.into(), &0.into()), "{ledger}");
    let (code, rebuilt) = run_json(&["rebuild", "--data", folder]);
    assert_eq!((code, &rebuilt["before"]), (0, &rebuilt["after"]));
}

#[test]
fn a_person_is_not_erased_by_one_nor_while_something_of_theirs_is_open() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    archivists(folder);
    let due = run_json(&["retention", "list", "--data", folder, "--on", "2099-01-01"]).1;
    let number = due["due"][0]["number"].as_str().unwrap().to_owned();
    let does = |what: &str, party: &str, by: &str, more: &[&str]| {
        run_json(&[&["erase", what, &number, "--party", party, "--by", by, "--data", folder], more].concat())
    };
    let why = ["--reason", "本人请求"];
    refused(does("propose", "applicant", "operator", &why), "没有档案管理岗");
    refused(does("propose", "nobody", "dang-yi", &why), "没有“nobody”");
    refused(does("propose", "applicant", "dang-yi", &["--reason", " "]), "原因要写");
    refused(does("propose", "applicant", "dang-yi", &why), "才期满");
    refused(does("approve", "applicant", "dang-er", &[]), "请先提出");
}
