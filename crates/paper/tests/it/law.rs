//! What the law file of legal aid declares, as far as papers need it: acts, fields, seats, papers.
//!
//! A reader of lines, not the law's parser: the press knows nothing of the law, and its tests
//! only compare names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

/// An act with what its papers print.
#[derive(Default)]
pub struct Act {
    pub title: String,
    pub kind: String,
    pub cites: Vec<String>,
    /// Text, body, term, cite.
    pub remedy: Option<[String; 4]>,
    /// Kind of field by name.
    pub fields: Vec<(String, String)>,
    pub papers: Vec<String>,
}

/// A paper of the law.
pub struct Paper {
    pub title: String,
    pub template: String,
    pub to: Option<String>,
    pub sealed: bool,
    /// Whether it has numbers of its own.
    pub numbered: bool,
}

/// What the law file declares.
#[derive(Default)]
pub struct Law {
    pub acts: BTreeMap<String, Act>,
    pub papers: BTreeMap<String, Paper>,
    pub seats: BTreeMap<String, String>,
    /// Title by field.
    pub fields: BTreeMap<String, String>,
    /// Seats that are slots: their facts are `.name`, `.firm`, `.licence`, `.phone`.
    pub slots: BTreeSet<String>,
}

/// What `fields=` of a `person` adds to its title.
const PERSON: [(&str, &str); 7] = [
    ("name", "姓名"),
    ("id-number", "公民身份号码"),
    ("ethnicity", "民族"),
    ("phone", "手机号码"),
    ("address", "经常居住地"),
    ("household", "户籍地"),
    ("employer", "工作单位"),
];

const KINDS: [&str; 15] = [
    "text",
    "long",
    "money",
    "number",
    "date",
    "time",
    "bool",
    "promise",
    "choice",
    "choices",
    "ranking",
    "resident-id",
    "credit-code",
    "phone",
    "region",
];

/// The law of legal aid, whose papers have templates of their own.
pub static LAW: LazyLock<Law> = LazyLock::new(|| {
    let mut law = Law::default();
    gather(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../law/services/legal-aid.md"), &mut law);
    assert!(law.papers.len() >= 18 && law.acts.len() >= 40, "{} papers, {} acts", law.papers.len(), law.acts.len());
    law
});

fn gather(file: &Path, law: &mut Law) {
    let mut act = None;
    for line in std::fs::read_to_string(file).unwrap().lines() {
        read(line, &mut act, law);
    }
}

fn read(line: &str, act: &mut Option<String>, law: &mut Law) {
    let (node, name) = (line.split_whitespace().next().unwrap_or_default(), argument(line));
    let attr = |key: &str| attribute(line, key);
    match (node, name) {
        ("}", _) if !line.starts_with(' ') => *act = None,
        ("act", Some(name)) if !line.starts_with(' ') => {
            let papers = attr("paper").map(|list| list.split(',').map(str::to_owned).collect()).unwrap_or_default();
            let cites = attr("cite").map(|cite| articles(&cite)).unwrap_or_default();
            let (title, kind) = (attr("title").unwrap_or_default(), attr("kind").unwrap_or_default());
            law.acts.insert(name.clone(), Act { title, kind, cites, papers, ..Act::default() });
            *act = line.trim_end().ends_with('{').then_some(name);
        }
        ("seat", Some(name)) => {
            if attr("where").as_deref() == Some("slot") {
                law.slots.insert(name.clone());
            }
            law.seats.insert(name, attr("title").unwrap_or_default());
        }
        ("paper", Some(name)) => {
            let (title, template) = (attr("title").unwrap_or_default(), attr("template").unwrap_or_default());
            law.papers.insert(
                name,
                Paper {
                    title,
                    template,
                    to: attr("to"),
                    sealed: line.contains("sealed=#true"),
                    numbered: attr("series").is_some(),
                },
            );
        }
        (_, name) => inside(line, node, name, act.as_deref(), law),
    }
}

/// A line inside an act.
fn inside(line: &str, node: &str, name: Option<String>, act: Option<&str>, law: &mut Law) {
    let (Some(name), Some(of)) = (name, act) else { return };
    let Law { acts, fields, .. } = law;
    let Some(act) = acts.get_mut(of) else { return };
    // A field asked in several acts has the title of the first, as the office's papers have it.
    let mut title = |field: &str, title: String| _ = fields.entry(field.to_owned()).or_insert(title);
    let attr = |key: &str| attribute(line, key);
    match node {
        "remedy" => {
            let cite = attr("cite").map(|cite| articles(&cite).concat()).unwrap_or_default();
            act.remedy = Some([name, attr("body").unwrap_or_default(), attr("term").unwrap_or_default(), cite]);
        }
        "person" => {
            for field in attr("fields").unwrap_or_default().split(',') {
                let what = PERSON.iter().find(|known| known.0 == field).unwrap().1;
                let full = format!("{name}.{field}");
                title(&full, format!("{}{what}", attr("title").unwrap_or_default()));
                act.fields.push((full, if field == "id-number" { "resident-id" } else { "text" }.to_owned()));
            }
        }
        "compute" => {
            title(&name, attr("title").unwrap_or_default());
        }
        _ if KINDS.contains(&node) || node == "file" => {
            title(&name, attr("title").unwrap_or_default());
            act.fields.push((name, node.to_owned()));
        }
        _ => {}
    }
}

/// The first word in quotes right after the node.
fn argument(line: &str) -> Option<String> {
    let rest = line.trim_start().split_once(' ')?.1.trim_start().strip_prefix('"')?;
    Some(rest.split_once('"')?.0.to_owned())
}

fn attribute(line: &str, key: &str) -> Option<String> {
    let rest = line.split_once(&format!(" {key}=\""))?.1;
    Some(rest.split_once('"')?.0.to_owned())
}

/// 法律援助法:38,40 -> 法律援助法第三十八条, 法律援助法第四十条.
fn articles(cite: &str) -> Vec<String> {
    let (statute, numbers) = cite.split_once(':').unwrap();
    numbers.split(',').map(|number| format!("{statute}第{}条", chinese(number.parse().unwrap()))).collect()
}

fn chinese(number: usize) -> String {
    let digit = |n: usize| "零一二三四五六七八九".chars().nth(n).unwrap().to_string();
    let tens = match number / 10 {
        0 => String::new(),
        1 => "十".to_owned(),
        n => format!("{}十", digit(n)),
    };
    if number.is_multiple_of(10) { tens } else { tens + &digit(number % 10) }
}
