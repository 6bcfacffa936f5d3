//! `xiezhi law steps` and `xiezhi law mutate`: the table of a procedure, and slips made on purpose.
//!
//! INVARIANT: `mutate` writes nothing; `steps` writes only with `--write`, and only the tables at the end of a file.

use crate::answer::{Answer, Complaint, OrSay};
use crate::cli::{LawMutate, LawSteps};
use crate::law::LawText;
use crate::{edge, import};
use serde_json::{Value as Json, json};
use statute::{Book, Corpus, NoCorpus, Source, Tally, Texts};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Writes or prints the tables of procedures.
///
/// # Errors
/// When files cannot be read or written.
pub(super) fn steps(asked: &LawSteps) -> Result<Answer, Complaint> {
    let text = LawText::find(asked.law.as_deref())?;
    let (book, _) = text.read();
    let wanted = |id: &str| asked.id.as_ref().is_none_or(|asked| asked == id);
    let mut said = Vec::new();
    let mut data = Vec::new();
    for procedure in book.procedures.iter().filter(|procedure| wanted(procedure.id.as_str())) {
        let Some(path) = text.path_of(procedure.edition) else { continue };
        let tables = statute::tables(procedure);
        if let Some(folder) = asked.law.as_deref().filter(|_| asked.write) {
            let written = statute::with_tables(text.file(path).unwrap_or_default(), procedure);
            std::fs::write(folder.join(path), written).or_say(&format!("写不了{path}"))?;
            said.push(format!("已写进{path}：请对照法律原文读一遍"));
        } else {
            said.push(format!("{}（{path}）\n\n{tables}", procedure.title));
        }
        data.push(json!({ "id": procedure.id.as_str(), "path": path, "tables": tables }));
    }
    if said.is_empty() {
        return Err(Complaint::fact(format!("没有事项“{}”", asked.id.as_deref().unwrap_or_default())));
    }
    Ok(Answer { holds: true, text: said.join("\n"), data: Json::Array(data) })
}

/// Breaks law files on purpose and counts what the check notices.
///
/// # Errors
/// When files cannot be read.
pub(super) fn mutate(asked: &LawMutate) -> Result<Answer, Complaint> {
    let text = LawText::find(asked.law.as_deref())?;
    let texts = match &asked.corpus {
        Some(folder) => Some(Texts::new(import::read_folder(folder)?.into_iter().map(|(statute, _)| statute))),
        None => None,
    };
    let (book, _) = text.read();
    let wanted = |id: &str| asked.id.as_ref().is_none_or(|asked| asked == id);
    let chosen = book.procedures.iter().filter(|procedure| wanted(procedure.id.as_str()));
    let paths: Vec<&str> = chosen.filter_map(|procedure| text.path_of(procedure.edition)).collect();
    let sources = text.sources();
    let files: Vec<&Source> = sources.iter().filter(|source| paths.contains(&source.path.as_str())).collect();
    let tallies = tallies(&book, &files, texts.as_ref(), asked);
    if tallies.is_empty() {
        return Err(Complaint::fact(format!("没有事项“{}”", asked.id.as_deref().unwrap_or_default())));
    }
    Ok(told(&tallies))
}

/// Two threads share the files, the next one to whoever is free.
fn tallies(book: &Book, files: &[&Source], texts: Option<&Texts>, asked: &LawMutate) -> Vec<Tally> {
    let next = Mutex::new(files.iter().enumerate());
    let found = Mutex::new(BTreeMap::new());
    let work = || {
        let known: &dyn Corpus = texts.map_or(&NoCorpus, |texts| texts);
        loop {
            let Some((at, source)) = next.lock().ok().and_then(|mut next| next.next()) else { break };
            let tally = statute::mutate(book, source, known, edge::today(), asked.count, asked.seed);
            if let (Some(tally), Ok(mut found)) = (tally, found.lock()) {
                found.insert(at, tally);
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        work();
    });
    found.into_inner().map(|found| found.into_values().collect()).unwrap_or_default()
}

fn told(tallies: &[Tally]) -> Answer {
    let mut said = String::new();
    let mut classes: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for tally in tallies {
        said.push_str(&format!("{}（{}）：{}\n", tally.title, tally.path, shares(tally)));
        for survivor in &tally.survivors {
            let why = survivor.harmless.map_or_else(|| "没有发现".to_owned(), |why| format!("无害：{why}"));
            said.push_str(&format!("  {}行〔{}〕{why}\n    - {}\n", survivor.line, survivor.class, survivor.before));
            if !survivor.after.is_empty() {
                said.push_str(&format!("    + {}\n", survivor.after));
            }
        }
        for (class, counts) in &tally.classes {
            let sum = classes.entry(class).or_default();
            sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
    }
    let sum = |of: fn(&Tally) -> usize| tallies.iter().map(of).sum::<usize>();
    let (mattered, by_rules, caught) = (sum(Tally::mattered), sum(|one| one.by_rules), sum(|one| one.caught));
    for (class, [tried, rules, all]) in &classes {
        said.push_str(&format!("〔{class}〕{tried}处：规则和算例发现{rules}，连同程序表发现{all}\n"));
    }
    let percent = |part: usize| part * 1000 / mattered.max(1);
    let tenths = |part: usize| format!("{}.{}%", percent(part) / 10, percent(part) % 10);
    said.push_str(&format!(
        "共{mattered}处有害的错：规则和算例发现{by_rules}（{}），连同程序表发现{caught}（{}）",
        tenths(by_rules),
        tenths(caught)
    ));
    let data = tallies.iter().map(|tally| {
        json!({ "path": tally.path, "tried": tally.tried, "harmless": tally.harmless, "by_rules": tally.by_rules,
                "caught": tally.caught, "survivors": tally.survivors.len() })
    });
    Answer { holds: caught * 100 >= mattered * 95, text: said, data: Json::Array(data.collect()) }
}

fn shares(tally: &Tally) -> String {
    let harmless = if tally.harmless == 0 { String::new() } else { format!("，其中无害{}处", tally.harmless) };
    format!("改错{}处{harmless}；规则和算例发现{}，连同程序表发现{}", tally.tried, tally.by_rules, tally.caught)
}
