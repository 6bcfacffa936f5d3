//! The check notices slips: a model file is broken on purpose, in a few of the ways a tired hand breaks it.

use statute::{NoCorpus, mutate, read};

use crate::paths;

/// The day on which the law of this repository was last checked by a person.
fn today() -> jiff::civil::Date {
    jiff::civil::date(2026, 11, 24)
}

#[test]
fn slips_in_the_model_file_are_noticed() {
    let sources = paths::law();
    let (book, _) = read(&sources);
    let source = sources.iter().find(|source| source.path == "services/legal-aid.md").expect("the file");
    let count: usize = std::env::var("XIEZHI_SLIPS").ok().and_then(|count| count.parse().ok()).unwrap_or(20);
    let tally = mutate(&book, source, &NoCorpus, today(), count, 1).expect("a procedure");
    let lost: Vec<_> = tally.survivors.iter().filter(|survivor| survivor.harmless.is_none()).collect();
    println!("{} slips, {} noticed by rules and cases, {} in all", tally.tried, tally.by_rules, tally.caught);
    assert_eq!(tally.tried, count);
    assert!(tally.caught * 100 >= tally.mattered() * 95, "{lost:#?}");
    assert_eq!(mutate(&book, source, &NoCorpus, today(), count, 1), Some(tally), "the same seed, the same answers");
}

#[test]
fn a_file_without_a_procedure_has_no_slips() {
    let sources = paths::law();
    let (book, _) = read(&sources);
    let statutes = sources.iter().find(|source| source.path == "statutes.md").expect("the statutes");
    assert_eq!(mutate(&book, statutes, &NoCorpus, today(), 5, 1), None);
}
