//! `xiezhi law mutate`: slips made on purpose, and how many of them the check notices.
//!
//! INVARIANT: nothing is written; a broken file stands in memory alone.

use crate::answer::{Answer, Complaint};
use crate::cli::LawMutate;
use crate::law::LawText;
use crate::{edge, import};
use serde_json::{Value as Json, json};
use statute::{Book, Corpus, NoCorpus, Source, Tally, Texts};
use std::collections::BTreeMap;
use std::sync::Mutex;

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
        let take = || next.lock().ok().and_then(|mut next| next.next());
        while let Some((at, source)) = take() {
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
