//! `xiezhi law new`: a law file to begin with.
//!
//! INVARIANT: a file that is there is never overwritten, and what is written passes the check.

use crate::answer::{Answer, Complaint, OrSay};
use crate::cli::LawNew;
use crate::edge;
use crate::law::{self, LawText};
use kernel::procedure::Function;
use serde_json::json;
use statute::{Book, NoCorpus, Starter};

const FUNCTIONS: [Function; 5] =
    [Function::Coordination, Function::Legislation, Function::Enforcement, Function::Corrections, Function::Services];

/// The statute that says how days are counted where no other does.
const GENERAL: &str = "民法典";

/// Writes the file.
///
/// # Errors
/// A name that is taken or cannot be one, a statute nobody declared, a folder that holds no law.
pub fn new(asked: &LawNew) -> Result<Answer, Complaint> {
    let text = LawText::find(Some(&asked.dir))?;
    let (book, _) = text.read();
    let function = function(&asked.function)?;
    is_name(&asked.id)?;
    if let Some(known) = book.procedures.iter().find(|one| one.id.as_str() == asked.id) {
        return Err(Complaint::fact(format!("事项“{}”已经有了：{}。请换一个名称", asked.id, known.title)));
    }
    if asked.title.trim().is_empty() || asked.title.contains(['"', '\\', '\n', '{', '}']) {
        return Err(Complaint::usage("--title 要写显示的名称，不能有引号、花括号和换行"));
    }
    let statute = statute(&book, asked.statute.as_deref())?;
    let offices: Vec<&str> = book.places.iter().flat_map(|place| &place.offices).map(|it| it.kind.as_str()).collect();
    if !offices.contains(&asked.office.as_str()) {
        let mut known = offices;
        known.sort_unstable();
        known.dedup();
        return Err(Complaint::fact(format!("places/ 里没有“{}”这种机构；有：{}", asked.office, known.join("、"))));
    }
    let starter = Starter { id: &asked.id, title: asked.title.trim(), function, statute, office: &asked.office };
    let written = starter
        .written(&book.calendar)
        .ok_or_else(|| Complaint::fact("calendar/ 里没有一年的日历，算例算不出来：请先录入日历"))?;
    let below = format!("{}/{}.md", statute::function(function).1, asked.id);
    let path = asked.dir.join(&below);
    if path.exists() {
        return Err(Complaint::fact(format!("{}已经有了，没有改动", path.display())));
    }
    let written = with_tables(&text, &below, &asked.id, written);
    proven(&text, &below, &written)?;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).or_say(&format!("建不了目录{}", folder.display()))?;
    }
    std::fs::write(&path, &written).or_say(&format!("写不了{}", path.display()))?;
    let folder = asked.dir.display();
    Ok(Answer {
        holds: true,
        text: format!(
            "已写好起步稿 {}\n接下来：一边读条文一边改，然后\n  xiezhi check {folder}\n  xiezhi law table {} --law {folder}",
            path.display(),
            asked.id
        ),
        data: json!({ "id": asked.id, "path": path }),
    })
}

fn function(word: &str) -> Result<Function, Complaint> {
    let found = FUNCTIONS.into_iter().find(|one| statute::function(*one).1 == word);
    found.ok_or_else(|| {
        let known: Vec<String> = FUNCTIONS
            .into_iter()
            .map(|one| format!("{}（{}）", statute::function(one).1, statute::function(one).0))
            .collect();
        Complaint::usage(format!("没有职能“{word}”；有：{}", known.join("、")))
    })
}

fn is_name(id: &str) -> Result<(), Complaint> {
    let letters = id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if letters && id.starts_with(|c: char| c.is_ascii_lowercase()) && !id.ends_with('-') {
        return Ok(());
    }
    Err(Complaint::usage(format!("“{id}”不能作事项名称：用小写英文字母、数字和连字符，如 notary-complaint")))
}

fn statute<'b>(book: &'b Book, asked: Option<&str>) -> Result<&'b str, Complaint> {
    let wanted = asked.unwrap_or(GENERAL);
    let found = book.statutes.iter().find(|known| known.name == wanted || known.title == wanted);
    match found {
        Some(found) => Ok(&found.name),
        None => {
            let known: Vec<&str> = book.statutes.iter().map(|known| known.name.as_str()).collect();
            Err(Complaint::fact(format!(
                "statutes.md 里没有声明“{wanted}”：请先声明，或者换一部；有：{}",
                known.join("、")
            )))
        }
    }
}

/// The starter with its tables at the end.
fn with_tables(text: &LawText, below: &str, id: &str, written: String) -> String {
    let (book, _) = text.surroundings().with(below, written.as_str()).read();
    let own = book.procedures.iter().find(|one| one.id.as_str() == id);
    own.map_or(written.clone(), |own| statute::with_tables(&written, own))
}

/// The starter against the law it is written for. Problems that were there before are not its own.
fn proven(text: &LawText, below: &str, written: &str) -> Result<(), Complaint> {
    let alone = text.surroundings().with(below, written);
    let (book, mut found) = alone.read();
    let (more, _) = statute::check(&book, &NoCorpus, edge::today());
    found.extend(more);
    let errors: Vec<_> = law::errors(&found).into_iter().filter(|one| one.path == below).collect();
    if errors.is_empty() {
        return Ok(());
    }
    Err(Complaint::fact(format!("在这个目录里起步稿通不过检查，没有写：\n\n{}", alone.drawn(&errors))))
}
