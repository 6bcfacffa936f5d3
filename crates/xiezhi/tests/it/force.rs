//! A city at work under a new edition and a corrected calendar: tried, signed, and the ledger still holds.

use crate::program::{Server, root, run, run_json};
use serde_json::Value as Json;
use std::path::Path;

/// The demo city, stopped, with somebody who keeps the law.
fn city(data: &Path) {
    let folder = data.to_str().unwrap();
    drop(Server::start(&["demo", "--data", folder, "--listen", "127.0.0.1:0"]));
    let (code, _, err) = run(&["accounts", "add", "zheng-fa", "郑法规", "bureau-city:law-keeper", "--data", folder]);
    assert_eq!(code, 0, "{err}");
}

/// The law of the repository with legal aid reviewed in ten days, from the first of October.
fn amended(law: &Path) {
    crate::lawbook::copy(&root().join("law"), law);
    let file = law.join("services/legal-aid.md");
    let text = std::fs::read_to_string(&file).unwrap();
    let text = text.split("## 算例").next().unwrap();
    let text = text.replace("in-force-from=\"2022-01-01\"", "in-force-from=\"2026-10-01\"");
    let text = text.replace("title=\"审查决定期限\" within=7", "title=\"审查决定期限\" within=10");
    let node = "```kdl\nedition {\n    change \"审查由七日改为十日\" cite=\"法律援助法:43\"\n    moves in=\"review,supplementing,approve\" reason=\"程序从新\" cite=\"法律援助法:43\"\n}\n```\n";
    std::fs::write(&file, format!("{text}{node}")).unwrap();
    let (code, _, err) = run(&["law", "table", "legal-aid", "--law", law.to_str().unwrap(), "--write"]);
    assert_eq!(code, 0, "{err}");
}

fn count(data: &Json, verdict: &str) -> usize {
    data["matters"].as_array().unwrap().iter().filter(|one| one["verdict"] == verdict).count()
}

#[test]
fn a_city_goes_over_to_a_new_edition_and_a_corrected_calendar() {
    let (data, law) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    city(data.path());
    amended(law.path());
    let (folder, law_folder) = (data.path().to_str().unwrap(), law.path().to_str().unwrap());
    let old = root().join("law/services/legal-aid.md");
    let new = law.path().join("services/legal-aid.md");
    let live = ["law", "diff", old.to_str().unwrap(), new.to_str().unwrap(), "--live", "--data", folder];
    let (code, tried) = run_json(&live);
    assert_eq!(code, 0, "{tried}");
    let moving = count(&tried, "moves");
    assert!(moving > 0 && count(&tried, "unchanged") > 0 && count(&tried, "needs-person") == 0, "{tried}");
    let (_, ledger) = run_json(&["verify", "ledger", "--data", folder]);
    assert_eq!(ledger["holds"], true);

    let adopt = |by: &str| run_json(&["law", "adopt", "legal-aid", "--data", folder, "--by", by, "--law", law_folder]);
    let (code, refused) = adopt("operator");
    assert!(code == 1 && refused["error"].is_string(), "{refused}");
    let (code, adopted) = adopt("zheng-fa");
    assert_eq!((code, adopted["moved"].as_array().map(Vec::len)), (0, Some(moving)), "{adopted}");
    let (_, again) = adopt("zheng-fa");
    assert_eq!(again["moved"].as_array().map(Vec::len), Some(0), "signed twice, done once");

    corrected(data.path(), law.path(), &adopted["moved"][0]);
    let (code, rebuilt) = run_json(&["rebuild", "--data", folder, "--law", law_folder]);
    assert_eq!((code, &rebuilt["before"]), (0, &rebuilt["after"]));
    let (code, ledger) = run_json(&["verify", "ledger", "--data", folder, "--law", law_folder]);
    assert_eq!((code, &ledger["holds"]), (0, &true.into()), "{ledger}");
}

/// Makes the last day of one limit a day off.
fn corrected(data: &Path, law: &Path, matter: &Json) {
    let (folder, law_folder) = (data.to_str().unwrap(), law.to_str().unwrap());
    let dated = matter["limits"].as_array().unwrap().iter().find_map(|limit| limit["after"].as_str()).unwrap();
    let year = dated.get(..4).unwrap();
    let text = std::fs::read_to_string(law.join(format!("calendar/{year}.md"))).unwrap();
    let kept: String = text.lines().filter(|line| !line.contains(dated)).map(|line| format!("{line}\n")).collect();
    let open = format!("calendar {year} {{\n");
    let notice = kept.replace(&open, &format!("{open}    holiday \"{dated}\" \"更正\"\n"));
    let file = data.join("notice.md");
    std::fs::write(&file, notice).unwrap();
    let apply = |more: &[&str]| {
        let file = file.to_str().unwrap();
        let args = ["calendar", "apply", file, "--data", folder, "--by", "zheng-fa", "--law", law_folder];
        let (code, data) = run_json(&[&args, more].concat());
        assert_eq!(code, 0, "{data}");
        data
    };
    let tried = apply(&["--dry-run"]);
    let done = apply(&[]);
    assert_eq!(tried["moved"], done["moved"]);
    let moved = done["moved"].as_array().unwrap();
    assert!(moved.iter().any(|one| one["number"] == matter["number"]), "{done}");
    assert_eq!(apply(&[])["moved"].as_array().map(Vec::len), Some(0), "the notice is read at the next start");
}
