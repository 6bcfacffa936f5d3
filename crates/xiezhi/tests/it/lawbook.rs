//! Law on the command line: drafted, read, compared, put in force; and the guide for beginners, done word by word.

use crate::program::{root, run_in, run_json};
use std::path::Path;

/// The law of this repository in a folder of its own, with one procedure.
fn copied(law: &Path) {
    let from = root().join("law");
    for room in ["calendar", "places", "papers", "policy"] {
        copy(&from.join(room), &law.join(room));
    }
    std::fs::create_dir_all(law.join("services")).unwrap();
    for file in ["statutes.md", "services/legal-aid.md"] {
        std::fs::copy(from.join(file), law.join(file)).unwrap();
    }
}

/// Copies a folder.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, target).unwrap();
        }
    }
}

#[test]
fn a_starter_passes_the_check_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let law = folder.path().join("law");
    copied(&law);
    let law = law.to_str().unwrap();
    let new = ["law", "new", "notary-complaint", "--title", "公证投诉", "--function", "services", "--dir", law];
    let (code, data) = run_json(&new);
    assert_eq!((code, data["id"].as_str()), (0, Some("notary-complaint")), "{data}");
    let (code, checked) = run_json(&["check", law]);
    assert_eq!((code, checked["diagnostics"].as_array().map(Vec::len)), (0, Some(0)), "{checked}");
    let refused = |args: &[&str], expected: i32, words: &str| {
        let (code, data) = run_json(&[&["law", "new"], args, &["--dir", law]].concat());
        let said = data["error"].as_str().unwrap().to_owned();
        assert!(code == expected && said.contains(words), "{args:?}: {code} {said}");
    };
    refused(&["notary-complaint", "--title", "x", "--function", "services"], 1, "已经有了");
    refused(&["Notary", "--title", "x", "--function", "services"], 2, "不能作事项名称");
    refused(&["other", "--title", "x", "--function", "unknown"], 2, "没有职能");
    refused(&["other", "--title", "x", "--function", "services", "--statute", "没有这部法"], 1, "没有声明");
}

#[test]
fn every_procedure_is_listed_and_read_in_every_form() {
    let (code, list) = run_json(&["law", "list"]);
    let list = list.as_array().unwrap();
    assert!(code == 0 && list.iter().any(|one| one["id"] == "legal-aid"), "{list:?}");
    for (form, key, words) in [
        ("guide", "guide", "## 不服怎么办"),
        ("chart", "svg", "<svg xmlns="),
        ("table", "table", "| 步骤 | 谁 |"),
        ("bpmn", "bpmn", "bpmn:definitions"),
    ] {
        let (code, data) = run_json(&["law", form, "legal-aid@2022-01-01"]);
        assert_eq!(code, 0, "{form}");
        assert!(data[key].as_str().unwrap().contains(words), "{form}");
    }
    let (code, data) = run_json(&["law", "guide", "legal-aids"]);
    assert!(code == 1 && data["error"].as_str().unwrap().contains("没有事项"), "{data}");
    let (code, data) = run_json(&["law", "guide", "legal-aid@2021-01-01"]);
    assert!(code == 1 && data["error"].as_str().unwrap().contains("legal-aid@2022-01-01"), "{data}");
}

#[test]
fn editions_and_folders_are_compared_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let law = folder.path().join("law");
    copied(&law);
    let file = law.join("services/legal-aid.md");
    let old = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, old.replace("title=\"审查决定期限\" within=7", "title=\"审查决定期限\" within=10")).unwrap();
    let (a, b) = (folder.path().join("before"), law.clone());
    copied(&a);
    let (a_file, b_file) = (a.join("services/legal-aid.md"), file);
    let line = "“审查决定期限”的多久：7日 → 10日（法律援助法第四十三条）";
    for (before, after) in [(&a, &b), (&a_file, &b_file)] {
        let (code, out, err) = run_in(&root(), &["law", "diff", before.to_str().unwrap(), after.to_str().unwrap()]);
        assert!(code == 0 && out.contains(line) && out.contains("共1处不同"), "{out}{err}");
    }
    let (_, data) = run_json(&["law", "diff", a_file.to_str().unwrap(), b_file.to_str().unwrap()]);
    let change = &data["changes"][0];
    assert_eq!((change["chapter"].as_str(), change["kind"].as_str()), (Some("limits"), Some("changed")));
    assert_eq!((change["from"].as_str(), change["to"].as_str()), (Some("7日"), Some("10日")));
}

/// One thing the guide asks for.
#[derive(Debug)]
enum Step {
    Run { line: String, fails: bool },
    Open(String),
    Replace { from: String, to: String },
    Append(String),
}

/// The steps of the guide: commands in `sh` blocks, edits in `text` blocks behind 找到, 改成 and 加上.
fn steps(guide: &str) -> Vec<Step> {
    let (mut steps, mut said, mut from) = (Vec::new(), String::new(), None);
    let mut lines = guide.lines();
    while let Some(line) = lines.next() {
        let ticks: String = line.chars().take_while(|c| *c == '`').collect();
        if ticks.len() < 3 {
            let opened = line.split("打开 `").nth(1).and_then(|rest| rest.split('`').next());
            steps.extend(opened.map(|path| Step::Open(path.to_owned())));
            if !line.is_empty() {
                line.clone_into(&mut said);
            }
            continue;
        }
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != ticks).collect();
        let block = block.join("\n");
        match line.trim_start_matches('`') {
            "text" if said.ends_with("找到：") => from = Some(block),
            "text" if said.ends_with("改成：") => {
                steps.push(Step::Replace { from: from.take().expect("what to look for"), to: block });
            }
            "text" if said.ends_with("加上：") => steps.push(Step::Append(block)),
            kind if kind.starts_with("sh") => {
                let fails = kind.ends_with("应当报错");
                steps.extend(block.lines().map(|line| Step::Run { line: line.to_owned(), fails }));
            }
            other => panic!("a block `{other}` that nobody does, after: {said}"),
        }
    }
    steps
}

#[test]
fn the_guide_for_beginners_does_what_it_says() {
    let guide = std::fs::read_to_string(root().join("docs/guides/first-procedure.md")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    copied(&folder.path().join("law"));
    let (mut open, mut commands) = (None, 0);
    for step in steps(&guide) {
        match step {
            Step::Open(path) => open = Some(folder.path().join(path)),
            Step::Run { line, fails } => {
                let words: Vec<&str> = line.split(' ').collect();
                commands += 1;
                match words.split_first() {
                    Some((&"xiezhi", args)) => {
                        let (code, out, err) = run_in(folder.path(), args);
                        assert_eq!(code, i32::from(fails), "{line}\n{out}{err}");
                    }
                    Some((&"cp", [from, to])) => {
                        std::fs::copy(folder.path().join(from), folder.path().join(to)).unwrap();
                    }
                    _ => panic!("a command a beginner does not have: {line}"),
                }
            }
            Step::Replace { from, to } => {
                let path = open.as_ref().expect("a file is open");
                let text = std::fs::read_to_string(path).unwrap();
                assert_eq!(text.matches(&from).count(), 1, "it stands there once:\n{from}");
                std::fs::write(path, text.replace(&from, &to)).unwrap();
            }
            Step::Append(block) => {
                let path = open.as_ref().expect("a file is open");
                let text = std::fs::read_to_string(path).unwrap();
                if !text.contains("statute \"政府信息公开条例\"") {
                    std::fs::write(path, format!("{text}\n{block}\n")).unwrap();
                }
            }
        }
    }
    assert!(commands >= 9, "{commands} commands");
    let page = std::fs::read_to_string(folder.path().join("办事指南.md")).unwrap();
    assert!(page.contains("20个工作日") && page.contains("政府信息公开条例第五十一条"), "{page}");
    assert!(std::fs::read_to_string(folder.path().join("流程图.svg")).unwrap().starts_with("<svg"));
    let (code, checked) = crate::program::run_json(&["check", folder.path().join("law").to_str().unwrap()]);
    assert_eq!((code, checked["diagnostics"].as_array().map(Vec::len)), (0, Some(0)), "{checked}");
}
